// GetFunction and GetFunctionConfiguration.
#include <string>
#include <utility>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_target.h"

namespace millrace::api {
namespace {

void WriteFunction(const Services& services, const RestCall& call, const FoundFunction& found,
                   json::Writer* writer) {
  const streams::Function& function = *found.function;
  writer->Key("Configuration");
  WriteFunctionConfiguration(services, function, *found.version, found.target.qualifier, writer);
  writer->Key("Code");
  writer->BeginObject();
  writer->Member("RepositoryType", "S3");
  // A directory that is used in place is no package that could be fetched.
  if (found.version->code.directory.empty()) {
    writer->Member("Location", CodeLocation(services, call, found.version->code));
  }
  writer->EndObject();
  if (!function.tags.empty()) {
    writer->Key("Tags");
    writer->BeginObject();
    for (const auto& [key, value] : function.tags) {
      writer->Member(key, value);
    }
    writer->EndObject();
  }
  if (found.target.qualifier.empty() && function.reserved_concurrency.has_value()) {
    writer->Key("Concurrency");
    writer->BeginObject();
    writer->Key("ReservedConcurrentExecutions");
    writer->Int(*function.reserved_concurrency);
    writer->EndObject();
  }
}

}  // namespace

void RunGetFunction(const Services& services, RestCall* call) {
  FoundFunction found;
  const RestStatus status = FindFunction(services, *call, &found);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  ReplyObject(call, 200,
              [&](json::Writer* writer) { WriteFunction(services, *call, found, writer); });
}

void RunGetFunctionConfiguration(const Services& services, RestCall* call) {
  FoundFunction found;
  const RestStatus status = FindFunction(services, *call, &found);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string body;
  json::Writer writer(&body);
  WriteFunctionConfiguration(services, *found.function, *found.version, found.target.qualifier,
                             &writer);
  call->Reply(200, std::move(body));
}

}  // namespace millrace::api
