// How a lane comes by its batches.
#include <algorithm>
#include <limits>

#include "storage/codec/key_codec.h"
#include "streams/mappings/lane.h"

namespace millrace::streams {
namespace {

// The event of a batch, with what is around the records.
constexpr size_t kEventSizeMax = 6291456;
constexpr size_t kEventOverhead = 1024;
// A step looks at so many records and then lets others go on.
constexpr size_t kVisitsPerStep = 5000;
// Progress over records that are not for the lane is noted after so many, or after so long.
constexpr int64_t kPassedOverMax = 1000;
constexpr int64_t kPassedOverMs = 1000;

}  // namespace

// The stream as it is now, and what it says about the place where the lane reads. False when there
// is nothing to read.
bool Lane::OpenStream() {
  read_bound_ = services_.log->last_sequence();
  stream_ = services_.streams->FindById(mapping_->stream_id);
  if (stream_ == nullptr) {
    progress_->last_result = "PROBLEM: Stream not found";
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
  const uint64_t horizon = stream_->horizons[name_.hash_range];
  if (scanned_to_ + 1 < horizon) {
    if (scanned_to_ > 0 && records_.empty()) {
      ++progress_->trimmed_gaps;
      progress_->last_result = "PROBLEM: records were trimmed before they were delivered";
    }
    scanned_to_ = horizon - 1;
  }
  if (!stream_->descriptor.open()) {
    read_bound_ = std::min(read_bound_, stream_->descriptor.end_sequence - 1);
  }
  return true;
}

// Takes records until the batch is complete, and makes it work.
void Lane::Gather() {
  if (!OpenStream()) {
    state_ = State::kWaiting;
    return;
  }
  record_limit_ = static_cast<size_t>(mapping_->settings.batch_size);
  const Status status = ReadRecords(scanned_to_ + 1, read_bound_);
  const int64_t now_ms = services_.clock->NowMs();
  if (!status.ok()) {
    progress_->last_result = "PROBLEM: internal error";
    WaitUntil(now_ms + 1000);
    return;
  }
  if (reading_ == Reading::kAll) {
    scanned_to_ = std::max(scanned_to_, read_bound_);
  }
  if (!records_.empty()) {
    const int64_t gathered_ms = first_taken_ms_ + mapping_->settings.batching_window_s * 1000;
    if (reading_ != Reading::kFull && now_ms < gathered_ms) {
      if (reading_ == Reading::kAll) {
        WaitForRecords();
      }
      if (state_ == State::kWaiting) {
        WaitUntil(gathered_ms);
      }
      return;
    }
    Work work;
    work.end = records_.size();
    work.to = scanned_to_;
    work_.push_back(work);
    return;
  }
  if (WindowIsOver()) {
    Work work;
    work.to = scanned_to_;
    work.closes_window = true;
    work_.push_back(work);
    return;
  }
  if (passed_over_ >= kPassedOverMax ||
      (passed_over_ > 0 && now_ms >= committed_ms_ + kPassedOverMs)) {
    Commit({});
    return;
  }
  if (reading_ == Reading::kYield) {
    WaitUntil(now_ms);  // others first
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

Status Lane::ReadRecords(uint64_t from, uint64_t to) {
  reading_ = Reading::kAll;
  visit_count_ = 0;
  if (from > to) {
    return Status::Ok();
  }
  return services_.log->Read({mapping_->stream_id, name_.hash_range, from, to}, this);
}

bool Lane::Visit(const tables::LoggedChange& change) {
  if (!FitsTheBatch(change)) {
    reading_ = Reading::kFull;
    return false;
  }
  if (++visit_count_ > kVisitsPerStep) {
    reading_ = Reading::kYield;
    return false;
  }
  if (!IsMine(change.record, change.sequence)) {
    ++passed_over_;
    scanned_to_ = change.sequence;
    return true;
  }
  ++progress_->polled_events;
  if (!filter_->Matches(change, *writer_)) {
    ++progress_->filtered_out_events;
    ++passed_over_;
    scanned_to_ = change.sequence;
    return true;
  }
  const size_t size_before = json_.size();
  if (!json_.empty()) {
    json_.push_back(',');
  }
  writer_->Append(change, &json_);
  if (!records_.empty() &&
      json_.size() + kEventOverhead + checkpoint_.window_state.size() > kEventSizeMax) {
    json_.resize(size_before);
    --progress_->polled_events;  // it will come again
    reading_ = Reading::kFull;
    return false;
  }
  if (records_.empty()) {
    first_taken_ms_ = services_.clock->NowMs();
    for (const ShardDescriptor& shard : stream_->shards) {
      if (shard.hash_range == name_.hash_range && shard.start_sequence <= change.sequence) {
        shard_id_ = ShardId(*stream_, shard);
        shard_end_ = stream_->EndSequence(shard);
      }
    }
  }
  records_.push_back({change.sequence, change.record.time_ms, json_.size()});
  scanned_to_ = change.sequence;
  return true;
}

// Whether the batch may go on with this record: a batch is of one shard and of one window, and an
// open window is closed before the next one begins.
bool Lane::FitsTheBatch(const tables::LoggedChange& change) const {
  if (records_.size() >= record_limit_) {
    return false;
  }
  if (!records_.empty() && shard_end_ != 0 && change.sequence > shard_end_) {
    return false;
  }
  if (mapping_->settings.tumbling_window_s == 0) {
    return true;
  }
  const int64_t window_ms = WindowOf(change.record.time_ms);
  return records_.empty()
             ? checkpoint_.window_start_ms < 0 || window_ms <= checkpoint_.window_start_ms
             : window_ms == WindowOf(records_.front().time_ms);
}

bool Lane::IsMine(const ChangeRecord& record, uint64_t sequence) const {
  const std::string& key_name = stream_->descriptor.key_schema.partition_key().name;
  const Hash128 hash =
      PartitionHash(services_.engine->hash_seed(), record.key_source().Find(key_name));
  if (hash.low % checkpoint_.lane_count != name_.lane) {
    return false;
  }
  return std::none_of(checkpoint_.skip_marks.begin(), checkpoint_.skip_marks.end(),
                      [&](const SkipMark& mark) {
                        return mark.positions[hash.low % mark.positions.size()] >= sequence;
                      });
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
         services_.clock->NowMs() >= end_ms + services_.retry.window_grace_ms;
}

// Reads the records of failed batches again after a restart.
void Lane::LoadPending() {
  const std::vector<PendingBatch> pending = std::move(checkpoint_.pending);
  checkpoint_.pending.clear();
  ForgetRecords();
  if (!OpenStream()) {
    checkpoint_.pending = pending;
    state_ = State::kWaiting;
    return;
  }
  record_limit_ = std::numeric_limits<size_t>::max();
  for (const PendingBatch& batch : pending) {
    Work work;
    work.begin = records_.size();
    Status status;
    uint64_t from = batch.from;
    do {
      status = ReadRecords(from, batch.to);
      from = scanned_to_ + 1;
    } while (status.ok() && reading_ == Reading::kYield);
    scanned_to_ = std::max(scanned_to_, batch.to);
    work.end = records_.size();
    work.to = batch.to;
    work.attempts = batch.attempts;
    if (work.end > work.begin) {
      work_.push_back(work);
    }
  }
  if (work_.empty()) {
    Commit({});  // all of it has been trimmed
  }
}

}  // namespace millrace::streams
