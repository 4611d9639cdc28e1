// What is due, and in which order: horizons are moved by a commit and published before a record is
// deleted, and a stream's rows go last.
#include "storage/tables/stream_maintenance.h"

#include <algorithm>
#include <memory>
#include <string>

#include "storage/base/duration.h"
#include "storage/codec/change_codec.h"
#include "storage/tables/stream_change.h"

namespace millrace::tables {
namespace {

constexpr int64_t kSecondMs = 1000;
// Between two looks at the records of a stream: a hundredth of their retention, within these.
constexpr int64_t kTrimIntervalMsMin = kSecondMs;
constexpr int64_t kTrimIntervalMsMax = 5 * 60 * kSecondMs;
// Records looked at with one scanner: what it pins is let go in between.
constexpr int kRecordsPerScan = 50'000;

int64_t TrimIntervalMs(int64_t retention_ms) {
  return std::clamp(retention_ms / 100, kTrimIntervalMsMin, kTrimIntervalMsMax);
}

std::string LogKey(uint32_t stream_id, uint16_t hash_range, uint64_t sequence) {
  std::string key;
  AppendLogKey({stream_id, hash_range, sequence}, &key);
  return key;
}

// Counts records off from the front of a hash range as long as they are old enough.
class OldRecords final : public ChangeVisitor {
 public:
  // Up to those that were committed at `cutoff_ms`.
  explicit OldRecords(int64_t cutoff_ms) : cutoff_ms_(cutoff_ms) {}
  bool Visit(const LoggedChange& change) override {
    if (change.record.time_ms > cutoff_ms_ || count_ == kRecordsPerScan) {
      return false;
    }
    ++count_;
    last_sequence_ = change.sequence;
    return true;
  }
  bool interrupted() const { return count_ == kRecordsPerScan; }
  bool any() const { return count_ != 0; }
  uint64_t last_sequence() const { return last_sequence_; }

 private:
  const int64_t cutoff_ms_;
  int count_ = 0;
  uint64_t last_sequence_ = 0;
};

// No failure: somebody else has changed the stream meanwhile.
Status UnlessOvertaken(const Status& status) {
  return status.code() == StatusCode::kRefused ? Status::Ok() : status;
}

}  // namespace

std::optional<int64_t> ParseRetention(std::string_view text) {
  if (text == "forever") {
    return kRetentionForever;
  }
  const std::optional<int64_t> retention_ms = ParseDuration(text);
  return retention_ms.value_or(0) < kSecondMs || text.ends_with("ms") ? std::nullopt : retention_ms;
}

int64_t RetentionOf(const StreamDescriptor& stream, const Table* table,
                    const StreamOptions& options) {
  if (table != nullptr && table->id() == stream.table_id) {
    for (const Tag& tag : table->descriptor().tags) {
      if (tag.key == kRetentionTag) {
        const std::optional<int64_t> retention_ms = ParseRetention(tag.value);
        if (retention_ms.has_value()) {
          return *retention_ms;
        }
      }
    }
  }
  return stream.retention_ms.value_or(options.retention_ms);
}

StreamMaintenance::StreamMaintenance(engine::Engine* engine, Catalog* catalog,
                                     StreamCatalog* streams, ChangeLog* log, const Clock* clock,
                                     const StreamOptions& options)
    : engine_(engine),
      catalog_(catalog),
      streams_(streams),
      log_(log),
      clock_(clock),
      options_(options) {}

Status StreamMaintenance::Run(const std::atomic<bool>& stop) {
  Status first_failure;
  for (const StreamPointer& stream : streams_->All()) {
    if (stop.load(std::memory_order_relaxed)) {
      break;
    }
    Status status = Maintain(stream->descriptor.stream_id, stream->descriptor.table_name, stop);
    if (!status.ok() && first_failure.ok()) {
      first_failure = std::move(status);
    }
  }
  return first_failure;
}

Status StreamMaintenance::Maintain(uint32_t stream_id, std::string_view table_name,
                                   const std::atomic<bool>& stop) {
  // The table is looked up first: if it is gone, what the stream says of retention was noted before
  // that, and is in the description read now.
  const TablePointer found = catalog_->Find(table_name);
  StreamPointer stream = streams_->FindById(stream_id);
  if (stream == nullptr) {
    return Status::Ok();
  }
  const StreamDescriptor& descriptor = stream->descriptor;
  const Table* const table =
      found != nullptr && found->id() == descriptor.table_id ? found.get() : nullptr;
  if (table == nullptr && descriptor.open()) {
    return Status::Ok();  // it is just being closed
  }
  Progress* const progress = &progress_[stream_id];
  progress->dropped.resize(stream->horizons.size());
  if (descriptor.open()) {
    RETURN_IF_ERROR(RollOver(*stream, progress));
  }
  // What a crash, or a failure, left between a horizon and the deletion.
  RETURN_IF_ERROR(DropTrimmed(*stream, progress, stop));

  const int64_t retention_ms = RetentionOf(descriptor, table, options_);
  const int64_t now_ms = clock_->NowMs();
  const int64_t since_ms = now_ms - progress->trimmed_ms;
  if (retention_ms == kRetentionForever ||
      (since_ms >= 0 && since_ms < TrimIntervalMs(retention_ms))) {
    return Status::Ok();
  }
  const int64_t cutoff_ms = now_ms - retention_ms;
  RETURN_IF_ERROR(Trim(stream, cutoff_ms, progress, stop));
  if (stop.load(std::memory_order_relaxed)) {
    return Status::Ok();
  }
  progress->trimmed_ms = now_ms;
  stream = streams_->FindById(stream_id);
  RETURN_IF_ERROR(RemoveShards(*stream, cutoff_ms));
  stream = streams_->FindById(stream_id);
  if (!stream->descriptor.open() && stream->shards.empty()) {
    return RemoveStream(*stream);
  }
  return Status::Ok();
}

Status StreamMaintenance::RollOver(const Stream& stream, Progress* progress) {
  const uint32_t stream_id = stream.descriptor.stream_id;
  // After a pass that found only empty shards nothing has to be looked up until a record comes.
  if (options_.rollover_ms == 0 || (progress->idle_sequence != 0 &&
                                    log_->LastSequenceOf(stream_id) <= progress->idle_sequence)) {
    return Status::Ok();
  }
  const uint64_t sequence = log_->last_sequence();
  const int64_t now_ms = clock_->NowMs();
  bool idle = true;
  for (const ShardDescriptor& shard : stream.shards) {
    if (stream.EndSequence(shard) != 0) {
      continue;
    }
    if (now_ms - shard.creation_ms < options_.rollover_ms) {
      idle = false;
      continue;
    }
    ASSIGN_OR_RETURN(const auto first,
                     log_->First({stream_id, shard.hash_range, shard.start_sequence, 0}));
    if (first.has_value()) {
      idle = false;
      RETURN_IF_ERROR(UnlessOvertaken(RollShardOver(engine_, streams_, stream_id, shard)));
    }
  }
  progress->idle_sequence = idle ? sequence : 0;
  return Status::Ok();
}

Status StreamMaintenance::Trim(const StreamPointer& stream, int64_t cutoff_ms, Progress* progress,
                               const std::atomic<bool>& stop) {
  const uint32_t stream_id = stream->descriptor.stream_id;
  for (uint16_t hash_range = 0; hash_range < stream->horizons.size(); ++hash_range) {
    ASSIGN_OR_RETURN(const uint64_t horizon, FindHorizon(*stream, hash_range, cutoff_ms, stop));
    if (horizon > stream->horizons[hash_range]) {
      RETURN_IF_ERROR(
          UnlessOvertaken(MoveHorizon(engine_, streams_, stream_id, hash_range, horizon)));
    }
  }
  const StreamPointer trimmed = streams_->FindById(stream_id);
  return trimmed == nullptr ? Status::Ok() : DropTrimmed(*trimmed, progress, stop);
}

// The place behind the old records that the hash range begins with. Each is looked at: a clock that
// was set back may have put younger ones between them.
Result<uint64_t> StreamMaintenance::FindHorizon(const Stream& stream, uint16_t hash_range,
                                                int64_t cutoff_ms,
                                                const std::atomic<bool>& stop) const {
  uint64_t horizon = stream.horizons[hash_range];
  while (!stop.load(std::memory_order_relaxed)) {
    OldRecords old(cutoff_ms);
    RETURN_IF_ERROR(log_->Read({stream.descriptor.stream_id, hash_range, horizon, 0}, &old));
    if (old.any()) {
      horizon = old.last_sequence() + 1;
    }
    if (!old.interrupted()) {
      break;
    }
  }
  return horizon;
}

Status StreamMaintenance::DropTrimmed(const Stream& stream, Progress* progress,
                                      const std::atomic<bool>& stop) {
  const uint32_t stream_id = stream.descriptor.stream_id;
  for (uint16_t hash_range = 0; hash_range < stream.horizons.size(); ++hash_range) {
    const uint64_t horizon = stream.horizons[hash_range];
    uint64_t* const dropped = &progress->dropped[hash_range];
    if (stop.load(std::memory_order_relaxed) || *dropped >= horizon) {
      continue;
    }
    RETURN_IF_ERROR(engine_->TrimRange(engine::Space::kLog, LogKey(stream_id, hash_range, 0),
                                       LogKey(stream_id, hash_range, *dropped),
                                       LogKey(stream_id, hash_range, horizon)));
    *dropped = horizon;
  }
  return Status::Ok();
}

// Removes the closed shards that ended by `cutoff_ms` and whose records have all been trimmed.
Status StreamMaintenance::RemoveShards(const Stream& stream, int64_t cutoff_ms) {
  std::vector<ShardDescriptor> gone;
  for (const ShardDescriptor& shard : stream.shards) {
    const uint64_t end_sequence = stream.EndSequence(shard);
    const int64_t end_ms = shard.end_sequence != 0 ? shard.end_ms : stream.descriptor.end_ms;
    if (end_sequence == 0 || end_ms > cutoff_ms) {
      continue;
    }
    ASSIGN_OR_RETURN(const auto first, log_->First({stream.descriptor.stream_id, shard.hash_range,
                                                    shard.start_sequence, end_sequence}));
    if (!first.has_value()) {
      gone.push_back(shard);
    }
  }
  return gone.empty() ? Status::Ok()
                      : UnlessOvertaken(ForgetShards(engine_, streams_, stream.descriptor.stream_id,
                                                     std::move(gone)));
}

Status StreamMaintenance::RemoveStream(const Stream& stream) {
  const uint32_t stream_id = stream.descriptor.stream_id;
  RETURN_IF_ERROR(engine_->DropRange(engine::Space::kLog, LogKey(stream_id, 0, 0),
                                     LogKey(stream_id + 1, 0, 0)));
  RETURN_IF_ERROR(UnlessOvertaken(
      ForgetStream(engine_, streams_, stream_id, stream.descriptor.hash_range_count)));
  progress_.erase(stream_id);
  log_->Forget(stream_id);
  return Status::Ok();
}

}  // namespace millrace::tables
