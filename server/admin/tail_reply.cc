// Writing the events of a tail.
#include "server/admin/tail_reply.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/wire/arn.h"
#include "storage/base/log.h"
#include "streams/change_filter.h"
#include "streams/change_json.h"
#include "streams/sequence_number.h"
#include "streams/tail.h"

namespace millrace::server {
namespace {

// Records looked at in one go, whatever becomes of them.
constexpr int kRecordsPerTurn = 1000;
// After so many records that were left out, clients are told where they are.
constexpr int kSilentRecordsMax = 10'000;

// Writers for the streams whose records have been seen.
class EventWriter {
 public:
  explicit EventWriter(const api::Services& services) : services_(services) {}

  // The writer for records of that stream; nullptr if it is gone.
  const streams::ChangeJson* Find(uint32_t stream_id) {
    auto found = writers_.find(stream_id);
    if (found == writers_.end()) {
      found = writers_.emplace(stream_id, NewWriter(stream_id)).first;
    }
    return found->second.get();
  }

 private:
  std::unique_ptr<streams::ChangeJson> NewWriter(uint32_t stream_id) const {
    const tables::StreamPointer stream = services_.streams->FindById(stream_id);
    if (stream == nullptr) {
      return nullptr;
    }
    const std::string arn =
        api::FormatStreamArn(services_, stream->descriptor.table_name, stream->descriptor.label);
    streams::ChangeJsonOptions options;
    options.form = streams::ChangeForm::kEvent;
    options.stream = &stream->descriptor;
    options.region = services_.region;
    options.database_uuid = services_.change_log->database_uuid();
    options.stream_arn = arn;
    return std::make_unique<streams::ChangeJson>(options);
  }

  const api::Services& services_;
  std::unordered_map<uint32_t, std::unique_ptr<streams::ChangeJson>> writers_;
};

void AppendId(uint64_t sequence, std::string* out) {
  out->append("id: ");
  streams::AppendSequenceNumber(sequence, out);
  out->append("\n");
}

class TailReply final : public BodyStream, private Task, private tables::ChangeVisitor {
 public:
  TailReply(const api::Services& services, const TailRequest& request, streams::ChangeFilter filter,
            const std::atomic<uint64_t>* access_revision, TaskQueue* home)
      : access_revision_(access_revision),
        began_revision_(CurrentRevision()),
        log_(services.change_log),
        filter_(std::move(filter)),
        writer_(services),
        tail_(services.change_log, services.streams, request.selection, request.start) {
    waiter_.task = this;
    waiter_.queue = home;
  }

  void Start(Owner* owner) override { owner_ = owner; }

  Outcome Produce(size_t size_max, std::string* out) override {
    if (waiting_ && !StopWaiting()) {
      return Outcome::kWait;  // the task is on its way here
    }
    if (CurrentRevision() != began_revision_) {
      return Outcome::kEnd;
    }
    out_ = out;
    size_left_ = size_max;
    records_left_ = kRecordsPerTurn;
    const Result<streams::Tail::Outcome> outcome = tail_.Read(this);
    if (!outcome.ok()) {
      Log(LogLevel::kError, "a tail cannot go on: " + outcome.status().ToString());
      out->append("event: error\ndata: {\"error\":\"the change log cannot be read\"}\n\n");
      return Outcome::kEnd;
    }
    if (const std::optional<uint64_t> trimmed = tail_.TakeTrimmed()) {
      AppendTrimmed(*trimmed);
    }
    if (tail_.started() && (!told_start_ || silent_records_ >= kSilentRecordsMax)) {
      AppendPosition(out);
    }
    switch (outcome.value()) {
      case streams::Tail::Outcome::kMore:
        return Outcome::kMore;
      case streams::Tail::Outcome::kEnd:
        return Outcome::kEnd;
      case streams::Tail::Outcome::kCaughtUp:
        break;
    }
    waiting_ = tail_.Wait(&waiter_);
    return waiting_ ? Outcome::kWait : Outcome::kMore;
  }

  void KeepAlive(std::string* out) override {
    out->append(":\n");
    if (tail_.started() && tail_.position() > told_position_) {
      AppendPosition(out);
    } else {
      out->append("\n");
    }
  }

  bool CheckAgain() override {
    return waiting_ && (CurrentRevision() != began_revision_ || tail_.CheckAgain());
  }

  bool Close() override {
    closed_ = true;
    return !waiting_ || StopWaiting();
  }

 private:
  uint64_t CurrentRevision() const {
    return access_revision_ == nullptr ? 0 : access_revision_->load(std::memory_order_acquire);
  }

  // The wait is over, or the stream is and this was the last thing to come.
  void Run() override {
    waiting_ = false;
    if (closed_) {
      owner_->StreamClosed();
    } else {
      owner_->StreamReady();
    }
  }

  // False: the task has been posted and will run.
  bool StopWaiting() {
    waiting_ = !log_->Cancel(&waiter_);
    return !waiting_;
  }

  bool Visit(const tables::LoggedChange& change) override {
    if (size_left_ == 0 || records_left_ == 0) {
      return false;
    }
    --records_left_;
    const streams::ChangeJson* const writer = writer_.Find(change.stream_id);
    if (writer == nullptr) {
      return true;  // all its records have been trimmed meanwhile
    }
    if (!filter_.Matches(change, *writer)) {
      ++silent_records_;
      const uint64_t size = writer->SizeBytes(change.record);
      size_left_ -= std::min(static_cast<size_t>(size), size_left_);
      return true;
    }
    const size_t size_before = out_->size();
    AppendId(change.sequence, out_);
    out_->append("event: ").append(streams::ChangeTypeName(change.record.type));
    out_->append("\ndata: ");
    writer->Append(change, out_);
    out_->append("\n\n");
    told_position_ = change.sequence;
    told_start_ = true;
    silent_records_ = 0;
    size_left_ -= std::min(out_->size() - size_before, size_left_);
    return true;
  }

  void AppendPosition(std::string* out) {
    AppendId(tail_.position(), out);
    out->append("\n");
    told_position_ = tail_.position();
    told_start_ = true;
    silent_records_ = 0;
  }

  void AppendTrimmed(uint64_t oldest) {
    out_->append("event: trimmed\ndata: {\"oldestSequenceNumber\":\"");
    streams::AppendSequenceNumber(oldest, out_);
    out_->append("\"}\n\n");
  }

  const std::atomic<uint64_t>* const access_revision_;
  const uint64_t began_revision_;
  tables::ChangeLog* const log_;
  const streams::ChangeFilter filter_;
  EventWriter writer_;
  streams::Tail tail_;
  Owner* owner_ = nullptr;
  tables::ChangeLog::Waiter waiter_;
  bool waiting_ = false;  // the log has the waiter, or its task is posted
  bool closed_ = false;

  uint64_t told_position_ = 0;
  bool told_start_ = false;
  int silent_records_ = 0;  // since the position was told

  // During Produce.
  std::string* out_ = nullptr;
  size_t size_left_ = 0;
  int records_left_ = 0;
};

}  // namespace

Result<std::unique_ptr<BodyStream>> NewTailReply(const api::Services& services,
                                                 const TailRequest& request,
                                                 const std::atomic<uint64_t>* access_revision,
                                                 TaskQueue* home) {
  std::vector<std::string> patterns;
  if (request.filter.has_value()) {
    patterns.push_back(*request.filter);
  }
  // Nobody can compare with what functions get here, so numbers in attributes are numbers.
  streams::PatternOptions options;
  options.numeric_attributes = true;
  Result<streams::ChangeFilter> filter = streams::ChangeFilter::Compile(patterns, options);
  if (!filter.ok()) {
    return Status(StatusCode::kInvalidArgument,
                  "filter: " + std::string(filter.status().message()));
  }
  return std::unique_ptr<BodyStream>(std::make_unique<TailReply>(
      services, request, std::move(filter).value(), access_revision, home));
}

}  // namespace millrace::server
