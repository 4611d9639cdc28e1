// InvokeWithResponseStream: the response as a sequence of events. It is sent when the handler has
// ended, and is as long as that of Invoke may be.
#include <utility>

#include "api/functions/event_stream.h"
#include "api/functions/invocation_operation_list.h"
#include "api/functions/invoke_request.h"
#include "storage/base/base64.h"
#include "storage/base/json.h"

namespace millrace::api {
namespace {

constexpr size_t kChunkSizeMax = size_t{128} << 10;

void AppendChunks(std::string_view payload, std::string* out) {
  while (!payload.empty()) {
    const std::string_view chunk = payload.substr(0, kChunkSizeMax);
    AppendStreamEvent("PayloadChunk", "application/octet-stream", chunk, out);
    payload.remove_prefix(chunk.size());
  }
}

void AppendEnd(const Invocation& invocation, const streams::InvokeResult& result,
               std::string* out) {
  std::string end;
  json::Writer writer(&end);
  writer.BeginObject();
  if (result.outcome == streams::InvokeOutcome::kFunctionError) {
    writer.Member("ErrorCode", "Unhandled");
    writer.Member("ErrorDetails", result.payload);
  }
  if (invocation.wants_log_tail) {
    std::string log;
    EncodeBase64(result.log_tail, &log);
    writer.Member("LogResult", log);
  }
  writer.EndObject();
  AppendStreamEvent("InvokeComplete", "application/json", end, out);
}

// On a thread of the invoker.
void Answer(const Services& services, const Invocation& invocation, streams::InvokeResult result,
            RestCall* call) {
  if (!result.request_id.empty()) {
    call->SetRequestId(result.request_id);
  }
  const bool failed = result.outcome == streams::InvokeOutcome::kFunctionError;
  if (!failed && result.outcome != streams::InvokeOutcome::kSucceeded) {
    call->Fail(NotInvoked(services, invocation.target, result));
    return;
  }
  std::string body;
  if (!failed) {
    AppendChunks(result.payload, &body);
  }
  AppendEnd(invocation, result, &body);
  call->AddHeader("X-Amz-Executed-Version", result.executed_version);
  call->SetContentType(kEventStreamMediaType);
  call->Reply(200, std::move(body));
}

}  // namespace

void RunInvokeWithResponseStream(const Services& services, RestCall* call) {
  Invocation invocation;
  const RestStatus status =
      ReadInvocation(services, *call, InvocationTypes::kWithoutEvent, &invocation);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  if (invocation.type == InvocationType::kDryRun) {
    call->Reply(204);
    return;
  }
  WithEvent(call, [&services, invocation = std::move(invocation),
                   call](std::shared_ptr<const std::string> event) {
    services.invoker->Invoke(ToInvokeRequest(invocation, std::move(event), *call),
                             [&services, invocation, call](streams::InvokeResult result) {
                               Answer(services, invocation, std::move(result), call);
                             });
  });
}

}  // namespace millrace::api
