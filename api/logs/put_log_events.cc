// PutLogEvents.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr int64_t kBatchSizeMax = 1 << 20;
constexpr int64_t kEventOverhead = 26;
constexpr int64_t kSpanMsMax = int64_t{24} * 3600 * 1000;

constexpr std::array<ShapeMember, 2> kEventMembers = {{
    {"timestamp", &kLongShape},
    {"message", &kStringShape},
}};
const Shape kEventShape = {ShapeKind::kStructure, "InputLogEvent", nullptr, kEventMembers};
const Shape kEventsShape = {ShapeKind::kList, "", &kEventShape, {}};
const std::array<ShapeMember, 4> kMembers = {{
    {"logGroupName", &kStringShape},
    {"logStreamName", &kStringShape},
    {"logEvents", &kEventsShape},
    {"sequenceToken", &kStringShape},
}};

LogStatus ReadEvent(json::Value event, size_t index, streams::LogInput* read) {
  const std::string at = "'logEvents." + std::to_string(index + 1) + ".member.";
  const auto refuse = [&](std::string_view value, std::string_view member, std::string_view what) {
    return InvalidLogParameter("1 validation error detected: Value " + std::string(value) + " at " +
                               at + std::string(member) +
                               "' failed to satisfy constraint: Member must " + std::string(what));
  };
  const json::Value time = event.Find("timestamp");
  const json::Value message = event.Find("message");
  if (!time.present()) {
    return refuse("null", "timestamp", "not be null");
  }
  if (!message.present()) {
    return refuse("null", "message", "not be null");
  }
  if (message.AsString().empty()) {
    return refuse("''", "message", "have length greater than or equal to 1");
  }
  read->time_ms = time.AsInt64();
  if (read->time_ms < 0) {
    return refuse("'" + std::to_string(read->time_ms) + "'", "timestamp",
                  "have value greater than or equal to 0");
  }
  read->message = message.AsString();
  return {};
}

LogStatus ReadEvents(json::Value list, std::vector<streams::LogInput>* events) {
  if (!list.present() || list.size() == 0 || list.size() > streams::LogStore::kPutCountMax) {
    return InvalidLogParameter(
        "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member "
        "must have length between 1 and 10000");
  }
  int64_t size = 0;
  for (const json::Value event : list.elements()) {
    RETURN_IF_LOG_ERROR(ReadEvent(event, events->size(), &events->emplace_back()));
    size += static_cast<int64_t>(events->back().message.size()) + kEventOverhead;
  }
  if (size > kBatchSizeMax) {
    return InvalidLogParameter("Upload too large: " + std::to_string(size) +
                               " bytes exceeds limit of " + std::to_string(kBatchSizeMax));
  }
  if (!std::is_sorted(events->begin(), events->end(),
                      [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; })) {
    return InvalidLogParameter(
        "Log events in a single PutLogEvents request must be in chronological order.");
  }
  if (events->back().time_ms - events->front().time_ms > kSpanMsMax) {
    return InvalidLogParameter(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  return {};
}

void WriteOutcome(const streams::LogPutOutcome& outcome, std::string* body) {
  json::Writer writer(body);
  writer.BeginObject();
  // Nobody needs one any more; older clients hand it on.
  writer.Member("nextSequenceToken", std::string(56, '0'));
  if (outcome.too_old_to > 0 || outcome.expired_to > 0 || outcome.too_new_from != SIZE_MAX) {
    writer.Key("rejectedLogEventsInfo");
    writer.BeginObject();
    if (outcome.too_new_from != SIZE_MAX) {
      writer.Key("tooNewLogEventStartIndex");
      writer.Int(static_cast<int64_t>(outcome.too_new_from));
    }
    if (outcome.too_old_to > 0) {
      writer.Key("tooOldLogEventEndIndex");
      writer.Int(static_cast<int64_t>(outcome.too_old_to));
    }
    if (outcome.expired_to > 0) {
      writer.Key("expiredLogEventEndIndex");
      writer.Int(static_cast<int64_t>(outcome.expired_to));
    }
    writer.EndObject();
  }
  writer.EndObject();
}

}  // namespace

const Shape kPutLogEventsShape = {ShapeKind::kStructure, "PutLogEventsRequest", nullptr, kMembers};

void RunPutLogEvents(const Services& services, Call* call) {
  std::string group;
  std::string stream;
  std::vector<streams::LogInput> events;
  LogStatus status = ReadLogGroupName(call->input, &group);
  if (status.ok()) {
    status = ReadLogStreamName(call->input, "logStreamName", &stream);
  }
  if (status.ok()) {
    status = ReadEvents(call->input.Find("logEvents"), &events);
  }
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  services.logs->Put(group, stream, std::move(events), call->home,
                     [call](const Result<streams::LogPutOutcome>& put) {
                       if (!put.ok()) {
                         FailLogCall(FromLogStore(put.status()), call);
                         return;
                       }
                       WriteOutcome(put.value(), &call->body);
                       call->Finish();
                     });
}

}  // namespace millrace::api
