// What becomes of asynchronous events: attempts, age, and where outcomes go.
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "api/functions/destination.h"
#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_request.h"
#include "api/functions/function_target.h"

namespace millrace::api {
namespace {

using streams::EventInvokeConfig;

constexpr size_t kPageSizeMax = 50;
constexpr size_t kDestinationSizeMax = 350;

constexpr auto kDestinationMembers = std::to_array<ShapeMember>({
    {"Destination", &kStringShape},
});
constexpr Shape kOnSuccessShape = {ShapeKind::kStructure, "OnSuccess", nullptr,
                                   kDestinationMembers};
constexpr Shape kOnFailureShape = {ShapeKind::kStructure, "OnFailure", nullptr,
                                   kDestinationMembers};
constexpr auto kDestinationConfigMembers = std::to_array<ShapeMember>({
    {"OnSuccess", &kOnSuccessShape},
    {"OnFailure", &kOnFailureShape},
});
constexpr Shape kDestinationConfigShape = {ShapeKind::kStructure, "DestinationConfig", nullptr,
                                           kDestinationConfigMembers};
constexpr auto kMembers = std::to_array<ShapeMember>({
    {"MaximumRetryAttempts", &kIntegerShape},
    {"MaximumEventAgeInSeconds", &kIntegerShape},
    {"DestinationConfig", &kDestinationConfigShape},
});

json::Value Destination(json::Value input, std::string_view outcome) {
  const json::Value config = input.Find("DestinationConfig");
  const json::Value target = config.present() ? config.Find(outcome) : json::Value();
  return target.present() ? target.Find("Destination") : json::Value();
}

RestStatus CheckTarget(const Services& services, std::string_view function_arn,
                       std::string_view arn) {
  RETURN_IF_REST_ERROR(CheckDestination(services, arn));
  if (arn == function_arn || arn.starts_with(std::string(function_arn) + ":")) {
    return InvalidParameterValue("You can't specify the function as a destination for itself.");
  }
  return {};
}

RestStatus CheckMembers(json::Value input) {
  ConstraintCollector constraints;
  const json::Value attempts = input.Find("MaximumRetryAttempts");
  constraints.CheckIntegerMin(attempts, "maximumRetryAttempts", 0);
  constraints.CheckIntegerMax(attempts, "maximumRetryAttempts", 2);
  const json::Value age = input.Find("MaximumEventAgeInSeconds");
  constraints.CheckIntegerMin(age, "maximumEventAgeInSeconds", 60);
  constraints.CheckIntegerMax(age, "maximumEventAgeInSeconds", 21600);
  for (const auto& [outcome, path] :
       {std::pair{"OnSuccess", "destinationConfig.onSuccess.destination"},
        std::pair{"OnFailure", "destinationConfig.onFailure.destination"}}) {
    const json::Value destination = Destination(input, outcome);
    CheckPattern(destination, path, kDestinationArnPattern, &constraints);
    constraints.CheckLength(destination, path, 0, kDestinationSizeMax);
  }
  return FromApi(constraints.Finish());
}

RestStatus ReadRequest(const Services& services, const RestCall& call, FunctionTarget* target) {
  const json::Value input = call.input();
  RETURN_IF_REST_ERROR(CheckMembers(input));
  RETURN_IF_REST_ERROR(ReadFunctionTarget(services, call, target));
  if (!input.Find("MaximumRetryAttempts").present() &&
      !input.Find("MaximumEventAgeInSeconds").present() &&
      !input.Find("DestinationConfig").present()) {
    return InvalidParameterValue(
        "You must specify at least one of error handling or destination setting.");
  }
  const std::string arn = FunctionArn(services, target->name, "");
  for (const std::string_view outcome : {"OnSuccess", "OnFailure"}) {
    const json::Value destination = Destination(input, outcome);
    if (destination.present()) {
      RETURN_IF_REST_ERROR(CheckTarget(services, arn, destination.AsString()));
    }
  }
  return {};
}

// Puts the members that are there into the settings.
void Apply(json::Value input, EventInvokeConfig* config) {
  if (input.Find("MaximumRetryAttempts").present()) {
    config->retry_attempts_max = input.Find("MaximumRetryAttempts").AsInt64();
  }
  if (input.Find("MaximumEventAgeInSeconds").present()) {
    config->event_age_max_s = input.Find("MaximumEventAgeInSeconds").AsInt64();
  }
  if (Destination(input, "OnSuccess").present()) {
    config->on_success_arn = Destination(input, "OnSuccess").AsString();
  }
  if (Destination(input, "OnFailure").present()) {
    config->on_failure_arn = Destination(input, "OnFailure").AsString();
  }
}

void WriteDestination(std::string_view outcome, const std::string& arn, json::Writer* writer) {
  writer->Key(outcome);
  writer->BeginObject();
  if (!arn.empty()) {
    writer->Member("Destination", arn);
  }
  writer->EndObject();
}

void WriteConfig(const Services& services, std::string_view function_name,
                 std::string_view qualifier, const EventInvokeConfig& config,
                 json::Writer* writer) {
  writer->Key("LastModified");
  writer->TimestampMs(config.modified_ms);
  writer->Member("FunctionArn", FunctionArn(services, function_name, qualifier));
  if (config.retry_attempts_max.has_value()) {
    writer->Key("MaximumRetryAttempts");
    writer->Int(*config.retry_attempts_max);
  }
  if (config.event_age_max_s.has_value()) {
    writer->Key("MaximumEventAgeInSeconds");
    writer->Int(*config.event_age_max_s);
  }
  writer->Key("DestinationConfig");
  writer->BeginObject();
  WriteDestination("OnSuccess", config.on_success_arn, writer);
  WriteDestination("OnFailure", config.on_failure_arn, writer);
  writer->EndObject();
}

// PUT begins with empty settings, POST with those that are there.
void Edit(const Services& services, bool replaces, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = ReadRequest(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string key(SettingsKey(target));
  // The input lives until the call is answered, which is after the edit.
  const json::Value input = call->input();
  services.functions->EditEventInvokeConfig(
      target.name, target.qualifier, !replaces,
      [input, replaces](EventInvokeConfig* config) {
        if (replaces) {
          *config = EventInvokeConfig();
        }
        Apply(input, config);
        return Status::Ok();
      },
      call->home(), ReplyTo(call, [&services, call, key](const streams::FunctionOutcome& outcome) {
        ReplyObject(call, 200, [&](json::Writer* writer) {
          WriteConfig(services, outcome.function->name, key,
                      outcome.function->event_invoke_configs.at(key), writer);
        });
      }));
}

RestStatus ConfigMissing(const Services& services, const FunctionTarget& target) {
  return RestNotFound("The function " + FunctionArn(services, target.name, SettingsKey(target)) +
                      " doesn't have an EventInvokeConfig");
}

}  // namespace

const Shape kEventInvokeConfigShape = {ShapeKind::kStructure, "PutFunctionEventInvokeConfigRequest",
                                       nullptr, kMembers};

void RunPutFunctionEventInvokeConfig(const Services& services, RestCall* call) {
  Edit(services, true, call);
}

void RunUpdateFunctionEventInvokeConfig(const Services& services, RestCall* call) {
  Edit(services, false, call);
}

void RunGetFunctionEventInvokeConfig(const Services& services, RestCall* call) {
  FoundFunction found;
  RestStatus status = FindFunction(services, *call, &found);
  const std::string key(SettingsKey(found.target));
  if (status.ok() && !found.function->event_invoke_configs.contains(key)) {
    status = ConfigMissing(services, found.target);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  ReplyObject(call, 200, [&](json::Writer* writer) {
    WriteConfig(services, found.function->name, key, found.function->event_invoke_configs.at(key),
                writer);
  });
}

void RunListFunctionEventInvokeConfigs(const Services& services, RestCall* call) {
  FoundFunction found;
  RestPage page;
  RestStatus status = ReadRestPage(*call, kPageSizeMax, &page);
  if (status.ok()) {
    status = FindFunction(services, *call, &found);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const auto& configs = found.function->event_invoke_configs;
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("FunctionEventInvokeConfigs");
    writer->BeginArray();
    size_t count = 0;
    auto config = configs.upper_bound(page.after);
    for (; config != configs.end() && count < page.size; ++config, ++count) {
      writer->BeginObject();
      WriteConfig(services, found.function->name, config->first, config->second, writer);
      writer->EndObject();
    }
    writer->EndArray();
    if (config != configs.end() && count > 0) {
      writer->Member("NextMarker", RestMarker(std::prev(config)->first));
    }
  });
}

void RunDeleteFunctionEventInvokeConfig(const Services& services, RestCall* call) {
  FunctionTarget target;
  const RestStatus status = ReadFunctionTarget(services, *call, &target);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  services.functions->DeleteEventInvokeConfig(target.name, target.qualifier, call->home(),
                                              ReplyNothing(call));
}

}  // namespace millrace::api
