// How a lane comes by its batches.
#include <algorithm>

#include "storage/base/log.h"
#include "streams/mappings/checkpoint_commit.h"
#include "streams/mappings/lane.h"
#include "streams/mappings/lane_share.h"

namespace millrace::streams {
namespace {

// A step looks at so many records and then lets others go on. Also how far a lane gets over records
// that are not for it before that is noted.
constexpr size_t kVisitsPerStep = 1000;
// Otherwise it is noted after so long.
constexpr int64_t kPassedOverMs = 1000;

}  // namespace

// The stream as it is now, and what it says about the place where the lane reads. False when there
// is nothing to read.
bool Lane::OpenStream() {
  // The bound first: then the stream's shards are known up to it.
  read_bound_ = services_.log->settled_sequence();
  stream_ = services_.streams->FindById(mapping_->stream_id);
  if (stream_ == nullptr) {
    progress_->last_result = ProcessingResult::kStreamNotFound;
    return false;
  }
  if (writer_ == nullptr) {
    ChangeJsonOptions options;
    options.form = ChangeForm::kEvent;
    options.stream = &stream_->descriptor;
    options.region = services_.region;
    options.database_uuid = services_.log->database_uuid();
    options.stream_arn = mapping_->event_source_arn;
    writer_ = std::make_unique<ChangeJson>(options);
  }
  // A stream that has ended has no news once everything up to its end has been seen.
  can_wait_ = stream_->descriptor.open() || read_bound_ + 1 < stream_->descriptor.end_sequence;
  if (!can_wait_) {
    read_bound_ = std::min(read_bound_, stream_->descriptor.end_sequence - 1);
  }
  return true;
}

// Counts what has left the stream from the sequence `from` on, which was to be read next. Looked at
// after every read: trimming goes on meanwhile.
void Lane::NoteTrimmed(uint64_t from) {
  const tables::StreamPointer stream = services_.streams->FindById(mapping_->stream_id);
  if (stream == nullptr) {
    return;
  }
  const uint64_t seen = first_seen_ == 0 ? read_to_ + 1 : first_seen_;
  const uint64_t gap_end = std::min(stream->horizons[name_.hash_range], seen);
  if (from >= gap_end) {
    return;
  }
  progress_->trimmed_records.Add(static_cast<int64_t>(gap_end - from));
  progress_->last_result = ProcessingResult::kTrimmed;
  Log(LogLevel::kWarning, "records were trimmed before they were delivered mapping=" + name_.uuid +
                              " lane=" + std::to_string(name_.lane) + " from=" +
                              std::to_string(from) + " to=" + std::to_string(gap_end - 1));
}

// Takes records until the batch is complete, and makes it pending.
void Lane::Gather() {
  if (!OpenStream()) {
    Rest();
    return;
  }
  const uint64_t from = scanned_to_ + 1;
  read_to_ = scanned_to_;
  const Status status = ReadRecords(from, read_bound_);
  const int64_t now_ms = services_.clock->NowMs();
  if (!status.ok()) {
    progress_->last_result = ProcessingResult::kInternalError;
    Log(LogLevel::kError, "a lane cannot read its stream mapping=" + name_.uuid + " status=\"" +
                              status.ToString() + "\"");
    WaitUntil(now_ms + 1000);
    return;
  }
  if (reading_ == Reading::kAll) {
    read_to_ = std::max(read_to_, read_bound_);
  }
  NoteTrimmed(from);
  scanned_to_ = read_to_;
  if (!batch_.empty()) {
    const int64_t gathered_ms = first_taken_ms_ + mapping_->settings.batching_window_s * 1000;
    if (reading_ == Reading::kYield) {
      WaitUntil(now_ms);  // others first
      return;
    }
    if (reading_ == Reading::kAll && now_ms < gathered_ms && can_wait_) {
      WaitForRecords();
      if (state_ == State::kWaiting) {
        WaitUntil(gathered_ms);
      }
      return;
    }
    loaded_from_ = batch_[0].sequence;
    loaded_to_ = scanned_to_;
    checkpoint_.pending.push_back({loaded_from_, loaded_to_, 0, WindowClosing::kNone});
    return;
  }
  if (WindowIsOver()) {
    checkpoint_.pending.push_back({scanned_to_ + 1, scanned_to_, 0, WindowClosing::kTimeIsOver});
    return;
  }
  if (passed_over_ >= static_cast<int64_t>(kVisitsPerStep) ||
      (passed_over_ > 0 && now_ms >= committed_ms_ + kPassedOverMs)) {
    Commit({});
    return;
  }
  if (reading_ == Reading::kYield) {
    WaitUntil(now_ms);
    return;
  }
  WaitForRecords();
  if (state_ == State::kReady) {
    return;
  }
  if (passed_over_ > 0) {
    WaitUntil(committed_ms_ + kPassedOverMs);
  }
  if (checkpoint_.window_start_ms >= 0) {
    WaitUntil(checkpoint_.window_start_ms + mapping_->settings.tumbling_window_s * 1000 +
              services_.retry.window_grace_ms);
  }
}

bool Lane::IsLoaded(const PendingBatch& batch) const {
  return batch.closing != WindowClosing::kNone ||
         (!loading_ && loaded_from_ <= batch.from && batch.to <= loaded_to_);
}

// Reads the records of the first pending batch again: after a restart, or after it has waited for
// long. In steps, as there may be much in between that is not of the lane.
void Lane::LoadFirst() {
  if (!OpenStream()) {
    ForgetRecords();
    Rest();
    return;
  }
  if (!loading_) {
    ForgetRecords();
    loading_ = true;
    read_to_ = first().from - 1;
  }
  const uint64_t from = read_to_ + 1;
  const Status status = ReadRecords(from, first().to);
  if (!status.ok()) {
    progress_->last_result = ProcessingResult::kInternalError;
    WaitUntil(services_.clock->NowMs() + 1000);
    return;
  }
  if (reading_ == Reading::kAll) {
    read_to_ = std::max(read_to_, first().to);
  }
  NoteTrimmed(from);
  if (reading_ == Reading::kYield) {
    WaitUntil(services_.clock->NowMs());
    return;
  }
  loading_ = false;
  loaded_from_ = first().from;
  loaded_to_ = first().to;
  if (SliceOf(first()).size() > 0) {
    return;
  }
  // All of it has been trimmed, or is filtered out by now.
  blocked_since_ms_ = 0;
  PassFirst(scanned_to_, &checkpoint_);
  Commit({});
}

Status Lane::ReadRecords(uint64_t from, uint64_t to) {
  reading_ = Reading::kAll;
  visit_count_ = 0;
  first_seen_ = 0;
  if (from > to) {
    return Status::Ok();
  }
  return services_.log->Read({mapping_->stream_id, name_.hash_range, from, to}, this);
}

bool Lane::Visit(const tables::LoggedChange& change) {
  if (first_seen_ == 0) {
    first_seen_ = change.sequence;
  }
  if (!loading_ && !FitsTheBatch(change)) {
    reading_ = Reading::kFull;
    return false;
  }
  if (++visit_count_ > kVisitsPerStep) {
    reading_ = Reading::kYield;
    return false;
  }
  if (!IsForUs(change)) {
    passed_over_ += loading_ ? 0 : 1;
    read_to_ = change.sequence;
    return true;
  }
  const bool was_empty = batch_.empty();
  batch_.Append(change, *writer_);
  CountReadAhead();
  if (!was_empty && !loading_ && HasOutgrown()) {
    batch_.RemoveLast();
    CountReadAhead();
    reading_ = Reading::kFull;
    return false;
  }
  if (was_empty) {
    first_taken_ms_ = services_.clock->NowMs();
    if (const ShardDescriptor* const shard = ShardAt(change.sequence); shard != nullptr) {
      shard_id_ = ShardId(*stream_, *shard);
      shard_end_ = stream_->EndSequence(*shard);
    }
  }
  progress_->polled_events.Add(loading_ ? 0 : 1);
  read_to_ = change.sequence;
  return true;
}

// Whether the record is the lane's and passes the filter.
bool Lane::IsForUs(const tables::LoggedChange& change) {
  const uint64_t hash =
      LaneHash(services_.engine->hash_seed(), stream_->descriptor.key_schema.partition_key().name,
               change.record);
  if (hash % checkpoint_.lane_count != name_.lane ||
      IsMarked(checkpoint_.skip_marks, hash, change.sequence)) {
    return false;
  }
  if (filter_->Matches(change, *writer_)) {
    return true;
  }
  if (!loading_) {
    progress_->polled_events.Add(1);
    progress_->filtered_out_events.Add(1);
  }
  return false;
}

// Whether the batch may go on with this record: a batch is of one shard and of one window, and an
// open window is closed before the next one begins.
bool Lane::FitsTheBatch(const tables::LoggedChange& change) const {
  if (batch_.size() >= static_cast<size_t>(mapping_->settings.batch_size)) {
    return false;
  }
  if (!batch_.empty() && shard_end_ != 0 && change.sequence > shard_end_) {
    return false;
  }
  if (mapping_->settings.tumbling_window_s == 0) {
    return true;
  }
  const int64_t window_ms = WindowOf(change.record.time_ms);
  return batch_.empty()
             ? checkpoint_.window_start_ms < 0 || window_ms <= checkpoint_.window_start_ms
             : window_ms == WindowOf(batch_[0].time_ms);
}

// Whether the batch is too large for an event, or with those of the other lanes for the memory.
bool Lane::HasOutgrown() const {
  return batch_.bytes() + kEventOverhead + checkpoint_.window_state.size() > kEventSizeMax ||
         read_ahead_->bytes > services_.read_ahead_bytes_max;
}

void Lane::CountReadAhead() {
  const auto bytes = static_cast<int64_t>(batch_.bytes());
  read_ahead_->bytes += bytes - counted_bytes_;
  counted_bytes_ = bytes;
}

// The shard that has, or would have, the record; the oldest one left if that one has gone.
const ShardDescriptor* Lane::ShardAt(uint64_t sequence) const {
  const ShardDescriptor* found = nullptr;
  for (const ShardDescriptor& shard : stream_->shards) {
    if (shard.hash_range == name_.hash_range &&
        (found == nullptr || shard.start_sequence <= sequence)) {
      found = &shard;
    }
  }
  return found;
}

// The beginning of the tumbling window that the time lies in.
int64_t Lane::WindowOf(int64_t time_ms) const {
  const int64_t size_ms = mapping_->settings.tumbling_window_s * 1000;
  return time_ms - time_ms % size_ms;
}

// Whether the open window is to be closed: a record of a later one is there, or its time and some
// grace are over.
bool Lane::WindowIsOver() const {
  if (checkpoint_.window_start_ms < 0) {
    return false;
  }
  const int64_t end_ms = checkpoint_.window_start_ms + mapping_->settings.tumbling_window_s * 1000;
  return reading_ == Reading::kFull ||
         (reading_ == Reading::kAll &&
          services_.clock->NowMs() >= end_ms + services_.retry.window_grace_ms);
}

}  // namespace millrace::streams
