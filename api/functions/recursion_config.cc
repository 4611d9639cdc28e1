// GetFunctionRecursionConfig and PutFunctionRecursionConfig: whether events may go round in circles
// through the function.
#include <array>

#include "api/functions/function_target.h"
#include "api/functions/invocation_operation_list.h"
#include "api/wire/constraints.h"
#include "storage/base/json.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 1> kMembers = {{{"RecursiveLoop", &kStringShape}}};

void Answer(bool allowed, RestCall* call) {
  std::string body;
  json::Writer writer(&body);
  writer.BeginObject();
  writer.Member("RecursiveLoop", allowed ? "Allow" : "Terminate");
  writer.EndObject();
  call->Reply(200, std::move(body));
}

// The setting is the function's, whatever its versions are.
RestStatus FindUnqualified(const Services& services, const RestCall& call, FoundFunction* found) {
  RETURN_IF_REST_ERROR(FindFunction(services, call, found));
  return found->target.qualifier.empty()
             ? RestStatus()
             : InvalidParameterValue(
                   "The recursion configuration is of the function, not of a "
                   "version or an alias.");
}

RestStatus ReadSetting(json::Value input) {
  constexpr std::array<std::string_view, 2> kAllowed = {"Allow", "Terminate"};
  ConstraintCollector constraints;
  constraints.RequirePresent(input.Find("RecursiveLoop"), "recursiveLoop");
  constraints.CheckEnum(input.Find("RecursiveLoop"), "recursiveLoop", "[Allow, Terminate]",
                        kAllowed);
  return FromApi(constraints.Finish());
}

}  // namespace

const Shape kPutFunctionRecursionConfigShape = {
    ShapeKind::kStructure, "PutFunctionRecursionConfigRequest", nullptr, kMembers};

void RunGetFunctionRecursionConfig(const Services& services, RestCall* call) {
  FoundFunction found;
  const RestStatus status = FindUnqualified(services, *call, &found);
  if (status.ok()) {
    Answer(found.function->recursion_allowed, call);
  } else {
    call->Fail(status);
  }
}

void RunPutFunctionRecursionConfig(const Services& services, RestCall* call) {
  FoundFunction found;
  RestStatus status = ReadSetting(call->input());
  if (status.ok()) {
    status = FindUnqualified(services, *call, &found);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const bool allowed = call->input().Find("RecursiveLoop").AsString() == "Allow";
  services.functions->SetRecursionAllowed(
      found.target.name, allowed, call->home(),
      [call, allowed](const Result<streams::FunctionOutcome>& outcome) {
        if (outcome.ok()) {
          Answer(allowed, call);
        } else {
          call->Fail(FromCatalog(outcome.status()));
        }
      });
}

}  // namespace millrace::api
