// GetRecords: the checks, and reading the page in one or two steps. A page begins on the I/O
// thread; when it turns out to be long, the rest is read by the worker pool.
//
// Which records belong to the shard must be exact while shards are rolled over and streams are
// disabled: the bound of the read (the settled sequence) is taken first, then the stream as it is
// now. All shards that ended by the bound are known then, so a shard that looks open has every
// record up to the bound.
#include "api/operations/get_records.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "api/operations/shard_iterator.h"
#include "api/operations/stream_request.h"
#include "api/wire/arn.h"
#include "api/wire/constraints.h"
#include "streams/change_json.h"

namespace millrace::api {
namespace {

constexpr uint32_t kRecordsMax = 1000;
// The sum of the records' SizeBytes; a single record may be larger.
constexpr uint64_t kPageSizeBytesMax = 1024 * 1024;
// The step on the I/O thread stops after this much.
constexpr uint32_t kInlineRecords = 100;
constexpr uint64_t kInlineBytes = 64 * 1024;

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"ShardIterator", &kStringShape},
    {"Limit", &kIntegerShape},
}};

class RecordsRead final : public Call::State, private Task, private tables::ChangeVisitor {
 public:
  RecordsRead(const Services& services, Call* call) : services_(services), call_(call) {}
  void Start();

 private:
  // How a step ended: at the end of the shard (or of what there is now), because the page is full,
  // or because the step has done its part of the page.
  enum class Progress { kReadAll, kPageFull, kStepFull };

  // All checks in AWS's order; sets what is to be read.
  ApiStatus Check();
  ApiStatus CheckIterator(std::string_view text);
  ApiStatus OpenShard();
  // An iterator on a shard that is not there any more.
  ApiStatus PassTrimmedShard();
  // Reads on, at most so much; sets progress_.
  ApiStatus ReadStep(uint32_t step_records_max, uint64_t step_bytes_max);
  // Whether records behind `from` may have been trimmed by now.
  bool HasTrimmedBehind(uint64_t from) const;
  // Task: first on a worker to read on, then on the home thread to reply.
  void Run() override;
  bool Visit(const tables::LoggedChange& change) override;
  void Reply();

  const Services& services_;
  Call* const call_;
  std::string_view stream_arn_;
  ShardIterator place_;  // position: the next record
  tables::StreamPointer stream_;
  std::optional<streams::ChangeJson> json_;
  uint64_t last_wanted_ = 0;    // the shard's end, or the bound of this read
  bool shard_is_open_ = false;  // there may be more behind last_wanted_
  uint32_t records_max_ = kRecordsMax;

  uint32_t record_count_ = 0;
  uint64_t size_bytes_ = 0;
  uint32_t step_end_records_ = 0;  // record_count_ and size_bytes_ at which the step stops
  uint64_t step_end_bytes_ = 0;
  Progress progress_ = Progress::kReadAll;
  bool read_done_ = false;
  ApiStatus read_status_;
};

void RecordsRead::Start() {
  ApiStatus status = Check();
  if (status.ok()) {
    call_->body.append(R"({"Records":[)");
    status = ReadStep(kInlineRecords, kInlineBytes);
  }
  if (!status.ok()) {
    call_->Fail(status);
    return;
  }
  if (progress_ != Progress::kStepFull) {
    Reply();
    return;
  }
  if (!services_.workers->TryPost(this)) {
    call_->Fail(ApiStatus(ErrorType::kServiceUnavailable,
                          "Too many long reads are waiting; please try again."));
  }
}

void RecordsRead::Run() {
  if (!read_done_) {
    read_status_ = ReadStep(UINT32_MAX, UINT64_MAX);
    read_done_ = true;
    call_->home->PostOne(this);
    return;
  }
  if (read_status_.ok()) {
    Reply();
  } else {
    call_->Fail(read_status_);
  }
}

ApiStatus RecordsRead::Check() {
  const json::Value iterator = call_->input.Find("ShardIterator");
  const json::Value limit = call_->input.Find("Limit");
  ConstraintCollector constraints;
  constraints.CheckIntegerMin(limit, "limit", 1);
  constraints.CheckIntegerMax(limit, "limit", kRecordsMax);
  constraints.RequirePresent(iterator, "shardIterator");
  constraints.CheckLength(iterator, "shardIterator", 1, kShardIteratorSizeMax);
  RETURN_IF_API_ERROR(constraints.Finish());
  if (limit.present()) {
    records_max_ = static_cast<uint32_t>(limit.AsInt64());
  }
  RETURN_IF_API_ERROR(CheckIterator(iterator.AsString()));
  return OpenShard();
}

ApiStatus RecordsRead::CheckIterator(std::string_view text) {
  if (!ParseShardIterator(text, &place_, &stream_arn_)) {
    return ValidationError("Invalid ShardIterator");
  }
  if (services_.clock->NowMs() - place_.issued_ms > kShardIteratorAgeMaxMs) {
    return ApiStatus(ErrorType::kExpiredIterator,
                     "The provided iterator exceeds the maximum age allowed.");
  }
  return ApiStatus::Ok();
}

ApiStatus RecordsRead::OpenShard() {
  const uint64_t bound = services_.change_log->settled_sequence();
  RETURN_IF_API_ERROR(FindStream(services_, stream_arn_, &stream_));
  // The ARN of a stream of another database may fit.
  if (stream_->descriptor.stream_id != place_.stream_id ||
      place_.hash_range >= stream_->horizons.size()) {
    return StreamNotFound(stream_arn_);
  }
  const auto shard = std::find_if(stream_->shards.begin(), stream_->shards.end(),
                                  [this](const ShardDescriptor& candidate) {
                                    return candidate.hash_range == place_.hash_range &&
                                           candidate.start_sequence == place_.shard_start;
                                  });
  if (shard == stream_->shards.end()) {
    return PassTrimmedShard();
  }
  const uint64_t horizon = stream_->horizons[place_.hash_range];
  if (place_.from_horizon) {
    place_.position = std::max(place_.shard_start, horizon);
  } else if (place_.position < horizon) {
    return TrimmedData();
  }
  const ShardBounds bounds = BoundsOf(*stream_, *shard);
  shard_is_open_ = bounds.open();
  last_wanted_ = shard_is_open_ ? bound : bounds.end;
  streams::ChangeJsonOptions options;
  options.stream = &stream_->descriptor;
  options.region = services_.region;
  options.database_uuid = services_.change_log->database_uuid();
  json_.emplace(options);
  return ApiStatus::Ok();
}

// Such a shard had ended and has no records any more. If the iterator had passed them all, it is at
// the end of the shard.
ApiStatus RecordsRead::PassTrimmedShard() {
  if (!place_.from_horizon && place_.position < stream_->horizons[place_.hash_range]) {
    return TrimmedData();
  }
  last_wanted_ = 0;
  shard_is_open_ = false;
  return ApiStatus::Ok();
}

ApiStatus RecordsRead::ReadStep(uint32_t step_records_max, uint64_t step_bytes_max) {
  progress_ = Progress::kReadAll;
  const uint64_t from = place_.position;
  if (from > last_wanted_) {
    return ApiStatus::Ok();
  }
  const uint32_t count_before = record_count_;
  const size_t size_before = call_->body.size();
  step_end_records_ = record_count_ + std::min(step_records_max, kRecordsMax);
  step_end_bytes_ = size_bytes_ + std::min(step_bytes_max, kPageSizeBytesMax);
  const Status status =
      services_.change_log->Read({place_.stream_id, place_.hash_range, from, last_wanted_}, this);
  if (!status.ok()) {
    return FromStorage(status);
  }
  if (!HasTrimmedBehind(from) || (count_before == 0 && place_.from_horizon)) {
    return ApiStatus::Ok();
  }
  if (count_before == 0) {
    return TrimmedData();
  }
  // What came before the gap is a page; the next one will say that there is a gap.
  call_->body.resize(size_before);
  record_count_ = count_before;
  place_.position = from;
  progress_ = Progress::kPageFull;
  return ApiStatus::Ok();
}

bool RecordsRead::HasTrimmedBehind(uint64_t from) const {
  const tables::StreamPointer now = services_.streams->FindById(place_.stream_id);
  return now == nullptr || now->horizons[place_.hash_range] > from;
}

bool RecordsRead::Visit(const tables::LoggedChange& change) {
  if (record_count_ == records_max_) {
    progress_ = Progress::kPageFull;
    return false;
  }
  const uint64_t size_bytes = json_->SizeBytes(change.record);
  if (record_count_ > 0 && size_bytes_ + size_bytes > kPageSizeBytesMax) {
    progress_ = Progress::kPageFull;
    return false;
  }
  if (record_count_ == step_end_records_ || size_bytes_ >= step_end_bytes_) {
    progress_ = Progress::kStepFull;
    return false;
  }
  if (record_count_ > 0) {
    call_->body.push_back(',');
  }
  json_->Append(change, size_bytes, &call_->body);
  ++record_count_;
  size_bytes_ += size_bytes;
  place_.position = change.sequence + 1;
  return true;
}

void RecordsRead::Reply() {
  call_->body.push_back(']');
  if (shard_is_open_ || progress_ == Progress::kPageFull) {
    place_.from_horizon = false;
    place_.issued_ms = services_.clock->NowMs();
    json::AppendQuoted(&call_->body, R"(,"NextShardIterator":)",
                       FormatShardIterator(place_, stream_arn_), "");
  }
  call_->body.push_back('}');
  call_->Finish();
}

}  // namespace

const Shape kGetRecordsShape = {ShapeKind::kStructure, "GetRecordsInput", nullptr, kMembers};

void RunGetRecords(const Services& services, Call* call) {
  auto read = std::make_unique<RecordsRead>(services, call);
  RecordsRead* const started = read.get();
  call->state = std::move(read);
  started->Start();
}

}  // namespace millrace::api
