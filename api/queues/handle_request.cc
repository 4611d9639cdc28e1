// Receipt handles in requests.
#include "api/queues/handle_request.h"

#include <memory>
#include <utility>

namespace millrace::api {
namespace {

struct Request {
  streams::QueuePointer queue;
  bool is_batch = false;
  std::vector<json::Value> entries;                // the request itself if it is no batch
  std::vector<QueueStatus> outcomes;               // by entry
  std::vector<streams::VisibilityChange> changes;  // of the entries that are right
};

QueueStatus ReadRequest(const Services& services, bool deletes, json::Value input,
                        Request* request) {
  RETURN_IF_QUEUE_ERROR(FindQueue(services, input, &request->queue));
  if (request->is_batch) {
    RETURN_IF_QUEUE_ERROR(ReadBatch(input, &request->entries));
  } else {
    request->entries = {input};
  }
  for (const json::Value entry : request->entries) {
    streams::VisibilityChange change;
    request->outcomes.push_back(deletes ? ReadHandle(entry, &change.handle)
                                        : ReadVisibilityChange(entry, &change));
    if (request->outcomes.back().ok()) {
      request->changes.push_back(change);
    }
  }
  return {};
}

void Answer(const Request& request, Call* call) {
  if (request.is_batch) {
    WriteBatchAnswer(
        request.entries, request.outcomes, [](size_t, json::Writer*) {}, call);
  } else {
    FinishQueueCall(request.outcomes[0], call);
  }
}

}  // namespace

QueueStatus ReadHandle(json::Value input, streams::ReceiptHandle* handle) {
  const json::Value text = input.Find("ReceiptHandle");
  if (!text.present()) {
    return {QueueErrorType::kMissingParameter,
            "The request must contain the parameter ReceiptHandle."};
  }
  if (!streams::ParseReceiptHandle(text.AsString(), handle)) {
    return {QueueErrorType::kReceiptHandleIsInvalid,
            "The input receipt handle \"" + std::string(text.AsString().substr(0, 1024)) +
                "\" is not a valid receipt handle."};
  }
  return {};
}

QueueStatus ReadVisibilityChange(json::Value input, streams::VisibilityChange* change) {
  RETURN_IF_QUEUE_ERROR(ReadHandle(input, &change->handle));
  if (!input.Find("VisibilityTimeout").present()) {
    return {QueueErrorType::kMissingParameter,
            "The request must contain the parameter VisibilityTimeout."};
  }
  return ReadRange(input, "VisibilityTimeout", 0, kVisibilityTimeoutMax,
                   &change->visibility_timeout_s);
}

QueueStatus FromHandleOutcome(streams::HandleOutcome outcome) {
  return outcome == streams::HandleOutcome::kDone
             ? QueueStatus()
             : QueueStatus(QueueErrorType::kMessageNotInflight,
                           "Message does not exist or is not available for visibility timeout "
                           "change.");
}

void RunHandles(const Services& services, bool is_batch, bool deletes, Call* call) {
  auto request = std::make_shared<Request>();
  request->is_batch = is_batch;
  const QueueStatus status = ReadRequest(services, deletes, call->input, request.get());
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  if (request->changes.empty()) {
    Answer(*request, call);
    return;
  }
  auto done = [request, call](const Result<std::vector<streams::HandleOutcome>>& outcomes) {
    if (!outcomes.ok()) {
      FailQueueCall(FromQueueStore(outcomes.status()), call);
      return;
    }
    size_t next = 0;
    for (QueueStatus& outcome : request->outcomes) {
      if (outcome.ok()) {
        outcome = FromHandleOutcome(outcomes.value()[next++]);
      }
    }
    Answer(*request, call);
  };
  if (!deletes) {
    services.queues->ChangeVisibility(request->queue, request->changes, call->home,
                                      std::move(done));
    return;
  }
  std::vector<streams::ReceiptHandle> handles;
  for (const streams::VisibilityChange& change : request->changes) {
    handles.push_back(change.handle);
  }
  services.queues->DeleteMessages(request->queue, std::move(handles), call->home, std::move(done));
}

}  // namespace millrace::api
