// Fuzz target of the functions service's requests: the input is a method, a path, a query and a
// body, in lines. Operations are found and bodies checked as the server does it; what they would do
// then is left out.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/functions/function_target.h"
#include "api/functions/mapping_members.h"
#include "api/functions/mapping_request.h"
#include "api/functions/operation_list.h"

namespace millrace::api {
namespace {

class FuzzCall final : public Call {
 public:
  void Finish() override {}
};

void CheckOnly(const Services& services, RestCall* call) {
  RestPage page;
  RestStatus status = ReadRestPage(*call, 50, &page);
  FunctionTarget target;
  if (call->operation().path.find("{FunctionName}") != std::string_view::npos) {
    status = ReadFunctionTarget(services, *call, &target);
  }
  if (call->operation().input != nullptr && !call->input().Find("FunctionName").present()) {
    ConstraintCollector constraints;
    CheckMappingMembers(call->input(), &constraints);
    SettingsEdit edit;
    if (call->operation().name.ends_with("EventSourceMapping") && constraints.empty()) {
      MappingSource source;
      source.stream_id = 1;
      status = ReadSettings(services, source, call->input(), &edit);
    }
  }
  if (status.ok()) {
    call->Reply(200);
  } else {
    call->Fail(status);
  }
}

const RestDispatcher& Dispatcher() {
  static const RestDispatcher* const dispatcher = [] {
    std::vector<RestOperation> operations;
    for (const std::span<const RestOperation> list :
         {FunctionOperations(), InvocationOperations()}) {
      for (RestOperation operation : list) {
        operation.run = CheckOnly;
        operation.thread = RestThread::kHome;
        operations.push_back(operation);
      }
    }
    return new RestDispatcher(Services(), std::move(operations));
  }();
  return *dispatcher;
}

}  // namespace
}  // namespace millrace::api

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string_view parts[3];
  for (std::string_view& part : parts) {
    const size_t end = text.find('\n');
    part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  std::string body(text);
  millrace::api::FuzzCall call;
  millrace::api::RestSegments segments;
  const millrace::api::RestDispatcher& dispatcher = millrace::api::Dispatcher();
  const millrace::api::RestOperation* const operation =
      dispatcher.Find(parts[0], parts[1], &segments);
  if (operation != nullptr) {
    dispatcher.Run(*operation, std::move(segments),
                   {parts[0], parts[1], parts[2], {body.data(), body.size()}, {}}, &call);
  }
  return 0;
}
