// How many invocations of a function may run at a time: reserved for it, or kept ready.
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"
#include "api/functions/json_values.h"
#include "streams/functions/function_name.h"

namespace millrace::api {
namespace {

using streams::ProvisionedConcurrency;

constexpr size_t kPageSizeMax = 50;

constexpr auto kReservedMembers = std::to_array<ShapeMember>({
    {"ReservedConcurrentExecutions", &kIntegerShape},
});
constexpr auto kProvisionedMembers = std::to_array<ShapeMember>({
    {"ProvisionedConcurrentExecutions", &kIntegerShape},
});

void WriteReserved(int64_t count, json::Writer* writer) {
  writer->Key("ReservedConcurrentExecutions");
  writer->Int(count);
}

// Environments are started in the background; how many of them stand is not counted here, so what
// was asked for is also what is reported.
void WriteProvisioned(const ProvisionedConcurrency& provisioned, json::Writer* writer) {
  for (const std::string_view count :
       {"RequestedProvisionedConcurrentExecutions", "AvailableProvisionedConcurrentExecutions",
        "AllocatedProvisionedConcurrentExecutions"}) {
    writer->Key(count);
    writer->Int(provisioned.environment_count);
  }
  writer->Member("Status", "READY");
  writer->Member("LastModified", FormatRestTime(provisioned.modified_ms));
}

// The target of a request about provisioned concurrency, whose qualifier must be there.
RestStatus ReadProvisionedTarget(const Services& services, const RestCall& call,
                                 FunctionTarget* target) {
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, target));
  if (target->qualifier.empty()) {
    ConstraintCollector constraints;
    constraints.AddNull("qualifier");
    return FromApi(constraints.Finish());
  }
  if (target->qualifier == streams::kLatestVersion) {
    return InvalidParameterValue(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  }
  return {};
}

void ListProvisioned(const Services& services, RestCall* call) {
  FunctionTarget target;
  RestPage page;
  RestStatus status = ReadRestPage(*call, kPageSizeMax, &page);
  if (status.ok()) {
    status = ReadFunctionTarget(services, call->segment(0), "", &target);
  }
  const streams::FunctionPointer function =
      status.ok() ? services.functions->Find(target.name) : nullptr;
  if (status.ok() && function == nullptr) {
    status = FunctionMissing(services, target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("ProvisionedConcurrencyConfigs");
    writer->BeginArray();
    size_t count = 0;
    auto config = function->provisioned.upper_bound(page.after);
    for (; config != function->provisioned.end() && count < page.size; ++config, ++count) {
      writer->BeginObject();
      writer->Member("FunctionArn", FunctionArn(services, function->name, config->first));
      WriteProvisioned(config->second, writer);
      writer->EndObject();
    }
    writer->EndArray();
    if (config != function->provisioned.end() && count > 0) {
      writer->Member("NextMarker", RestMarker(std::prev(config)->first));
    }
  });
}

}  // namespace

const Shape kPutFunctionConcurrencyShape = {ShapeKind::kStructure, "PutFunctionConcurrencyRequest",
                                            nullptr, kReservedMembers};
const Shape kPutProvisionedConcurrencyShape = {
    ShapeKind::kStructure, "PutProvisionedConcurrencyConfigRequest", nullptr, kProvisionedMembers};

void RunPutFunctionConcurrency(const Services& services, RestCall* call) {
  const json::Value count = call->input().Find("ReservedConcurrentExecutions");
  ConstraintCollector constraints;
  constraints.RequirePresent(count, "reservedConcurrentExecutions");
  constraints.CheckIntegerMin(count, "reservedConcurrentExecutions", 0);
  FunctionTarget target;
  RestStatus status = FromApi(constraints.Finish());
  if (status.ok()) {
    status = ReadFunctionTarget(services, *call, &target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const int64_t reserved = count.AsInt64();
  services.functions->SetReservedConcurrency(
      target.name, reserved, call->home(),
      ReplyTo(call, [call, reserved](const streams::FunctionOutcome&) {
        ReplyObject(call, 200, [&](json::Writer* writer) { WriteReserved(reserved, writer); });
      }));
}

void RunGetFunctionConcurrency(const Services& services, RestCall* call) {
  FoundFunction found;
  const RestStatus status = FindFunction(services, *call, &found);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  ReplyObject(call, 200, [&](json::Writer* writer) {
    if (found.function->reserved_concurrency.has_value()) {
      WriteReserved(*found.function->reserved_concurrency, writer);
    }
  });
}

void RunDeleteFunctionConcurrency(const Services& services, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = ReadFunctionTarget(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->SetReservedConcurrency(target.name, std::nullopt, call->home(),
                                             ReplyNothing(call));
}

void RunPutProvisionedConcurrencyConfig(const Services& services, RestCall* call) {
  const json::Value count = call->input().Find("ProvisionedConcurrentExecutions");
  ConstraintCollector constraints;
  constraints.RequirePresent(count, "provisionedConcurrentExecutions");
  constraints.CheckIntegerMin(count, "provisionedConcurrentExecutions", 1);
  FunctionTarget target;
  RestStatus status = FromApi(constraints.Finish());
  if (status.ok()) {
    status = ReadProvisionedTarget(services, *call, &target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string qualifier = target.qualifier;
  services.functions->SetProvisionedConcurrency(
      target.name, qualifier, count.AsInt64(), call->home(),
      ReplyTo(call, [call, qualifier](const streams::FunctionOutcome& outcome) {
        ReplyObject(call, 202, [&](json::Writer* writer) {
          WriteProvisioned(outcome.function->provisioned.at(qualifier), writer);
        });
      }));
}

void RunGetProvisionedConcurrencyConfig(const Services& services, RestCall* call) {
  if (call->Query("List").has_value()) {
    ListProvisioned(services, call);
    return;
  }
  FunctionTarget target;
  RestStatus status = ReadProvisionedTarget(services, *call, &target);
  FoundFunction found;
  if (status.ok()) {
    status = FindFunction(services, *call, &found);
  }
  if (status.ok() && !found.function->provisioned.contains(target.qualifier)) {
    status = {RestErrorType::kProvisionedConcurrencyConfigNotFound,
              "No Provisioned Concurrency Config found for this function"};
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  ReplyObject(call, 200, [&](json::Writer* writer) {
    WriteProvisioned(found.function->provisioned.at(target.qualifier), writer);
  });
}

void RunDeleteProvisionedConcurrencyConfig(const Services& services, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = ReadProvisionedTarget(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->DeleteProvisionedConcurrency(target.name, target.qualifier, call->home(),
                                                   ReplyNothing(call));
}

}  // namespace millrace::api
