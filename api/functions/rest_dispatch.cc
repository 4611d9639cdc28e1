// Finding and running operations of the functions service.
#include "api/functions/rest_dispatch.h"

#include <memory>
#include <utility>

#include "api/functions/rest_path.h"

namespace millrace::api {

RestDispatcher::RestDispatcher(const Services& services, std::vector<RestOperation> operations,
                               const RestAccessCheck* access)
    : services_(services), operations_(std::move(operations)), access_(access) {}

const RestOperation* RestDispatcher::Find(std::string_view method, std::string_view path,
                                          RestSegments* segments) const {
  // A few dozen comparisons, most of which end within the first segment.
  for (const RestOperation& operation : operations_) {
    if (operation.method == method && MatchRestPath(operation.path, path, segments)) {
      return &operation;
    }
  }
  return nullptr;
}

size_t RestDispatcher::BodySizeMax(std::string_view method, std::string_view path) const {
  const RestOperation* const operation = Find(method, path, nullptr);
  return operation == nullptr ? kRestBodySizeMax : operation->body_size_max;
}

void RestDispatcher::Run(const RestOperation& operation, RestSegments segments,
                         const RestRequest& request, Call* call) const {
  SetRequestId(call);
  auto owned = std::make_unique<RestCall>(services_, operation, std::move(segments), request, call);
  RestCall* const rest = owned.get();
  rest->access_ = access_;
  call->state = std::move(owned);
  if (operation.thread == RestThread::kWorker) {
    rest->RunOnWorker([rest] { rest->Begin(); });
  } else {
    rest->Begin();
  }
}

RestStatus RestDispatcher::UnknownOperation() const {
  return {RestErrorType::kUnknownOperation, "The requested operation is not known."};
}

RestStatus RestDispatcher::BodyTooLarge(std::string_view method, std::string_view path) const {
  const RestOperation* const operation = Find(method, path, nullptr);
  const size_t size_max = operation == nullptr ? kRestBodySizeMax : operation->body_size_max;
  return {operation == nullptr ? RestErrorType::kRequestTooLarge : operation->too_large,
          "Request must be smaller than " + std::to_string(size_max) + " bytes for the " +
              (operation == nullptr ? std::string("requested") : std::string(operation->name)) +
              " operation"};
}

void RestDispatcher::Fail(const RestStatus& status, Call* call) const {
  SetRequestId(call);
  FailRestCall(status, call);
}

void RestDispatcher::SetRequestId(Call* call) const {
  if (services_.random != nullptr) {
    call->request_id = NewUuid(services_.random);
  }
}

}  // namespace millrace::api
