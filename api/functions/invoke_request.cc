// Events in requests.
#include "api/functions/invoke_request.h"

#include <utility>

#include "storage/base/json.h"
#include "streams/functions/function_source.h"

namespace millrace::api {
namespace {

// Parsing more than this is not for I/O threads.
constexpr size_t kQuickSizeMax = size_t{64} << 10;

// `text` is changed in the process; a writable byte stands behind it.
RestStatus CheckJson(std::span<char> text) {
  json::Document document;
  const Status status = document.Parse(text);
  if (status.ok()) {
    return {};
  }
  return {RestErrorType::kInvalidRequestContent,
          "Could not parse request body into json: Could not parse payload into json: " +
              std::string(status.message())};
}

void CheckEvent(RestCall* call,
                const std::function<void(std::shared_ptr<const std::string>)>& then) {
  auto event = std::make_shared<std::string>(call->body().data(), call->body().size());
  const RestStatus status = CheckJson(call->body());
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  then(std::move(event));
}

}  // namespace

RestStatus EventTooLarge(size_t size, std::string_view invocation_type, size_t size_max) {
  return {RestErrorType::kRequestTooLarge,
          std::to_string(size) + " byte payload is too large for the " +
              std::string(invocation_type) + " invocation type (limit " + std::to_string(size_max) +
              " bytes)"};
}

void WithEvent(RestCall* call, std::function<void(std::shared_ptr<const std::string>)> then) {
  if (call->body().empty()) {
    then(std::make_shared<std::string>("{}"));
  } else if (call->body().size() <= kQuickSizeMax) {
    CheckEvent(call, then);
  } else {
    call->RunOnWorker([call, then = std::move(then)] { CheckEvent(call, then); });
  }
}

RestStatus FunctionPending() {
  return {RestErrorType::kResourceConflict,
          "The operation cannot be performed at this time. The function is currently in the "
          "following state: Pending"};
}

RestStatus CheckInvocable(const Services& services, const FunctionTarget& target) {
  const streams::RunnableFunctionPointer function =
      services.functions->Resolve(target.name, target.qualifier);
  if (function == nullptr) {
    return FunctionMissing(services, target);
  }
  return function->ready ? RestStatus() : FunctionPending();
}

void EnqueueEvent(const Services& services, const FunctionTarget& target,
                  const std::string& client_context, const std::string& event, RestCall* call,
                  std::function<void(std::string request_id)> done) {
  streams::AsynchronousEvent stored;
  stored.function_name = target.name;
  stored.qualifier = target.qualifier;
  stored.payload = event;
  stored.trace_id = call->header(RestHeader::kTraceId);
  stored.client_context = client_context;
  services.asynchronous->Enqueue(std::move(stored), call->home(),
                                 [call, done = std::move(done)](Result<std::string> id) {
                                   if (!id.ok()) {
                                     call->Fail(FromFunctionStore(id.status()));
                                   } else {
                                     done(std::move(id).value());
                                   }
                                 });
}

}  // namespace millrace::api
