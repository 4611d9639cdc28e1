// UpdateTimeToLive: enables or disables the expiry of a table's items. What the service does to
// keep its users from changing their mind within an hour is left out: it would only be in the way.
#include "api/operations/update_time_to_live.h"

#include <array>
#include <string>
#include <utility>

#include "api/operations/catalog_change.h"
#include "api/operations/table_lookup.h"
#include "api/wire/constraints.h"

namespace millrace::api {
namespace {

constexpr size_t kAttributeNameSizeMax = 255;

constexpr std::array<ShapeMember, 2> kSpecificationMembers = {{
    {"AttributeName", &kStringShape},
    {"Enabled", &kBooleanShape},
}};
const Shape kSpecificationShape = {ShapeKind::kStructure, "TimeToLiveSpecification", nullptr,
                                   kSpecificationMembers};
constexpr std::array<ShapeMember, 2> kMembers = {{
    {"TableName", &kStringShape},
    {"TimeToLiveSpecification", &kSpecificationShape},
}};

struct Specification {
  std::string attribute_name;
  bool enabled = false;
};

ApiStatus CheckRequest(json::Value input, Specification* specification) {
  ConstraintCollector constraints;
  CheckItemTableName(input.Find("TableName"), &constraints);
  const json::Value value = input.Find("TimeToLiveSpecification");
  constraints.RequirePresent(value, "timeToLiveSpecification");
  if (value.present()) {
    const json::Value name = value.Find("AttributeName");
    constraints.RequirePresent(name, "timeToLiveSpecification.attributeName");
    constraints.CheckLength(name, "timeToLiveSpecification.attributeName", 1,
                            kAttributeNameSizeMax);
    constraints.RequirePresent(value.Find("Enabled"), "timeToLiveSpecification.enabled");
  }
  RETURN_IF_API_ERROR(constraints.Finish());
  specification->attribute_name = value.Find("AttributeName").AsString();
  specification->enabled = value.Find("Enabled").AsBool();
  return ApiStatus::Ok();
}

ApiStatus ApplySpecification(const Specification& specification, const TableDescriptor& current,
                             TableDescriptor* changed) {
  RETURN_IF_API_ERROR(CheckNotInTransition(current));
  if (current.time_to_live.has_value() &&
      current.time_to_live->attribute_name != specification.attribute_name) {
    return ValidationError(
        "TimeToLive is active on a different AttributeName: current AttributeName is " +
        current.time_to_live->attribute_name);
  }
  if (specification.enabled == current.time_to_live.has_value()) {
    return ValidationError(specification.enabled ? "TimeToLive is already enabled"
                                                 : "TimeToLive is already disabled");
  }
  changed->time_to_live.reset();
  if (specification.enabled) {
    changed->time_to_live = TimeToLive();
    changed->time_to_live->attribute_name = specification.attribute_name;
  }
  return ApiStatus::Ok();
}

void WriteAnswer(const Specification& specification, Call* call) {
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("TimeToLiveSpecification");
  writer.BeginObject();
  writer.Key("AttributeName");
  writer.String(specification.attribute_name);
  writer.Key("Enabled");
  writer.Bool(specification.enabled);
  writer.EndObject();
  writer.EndObject();
}

}  // namespace

const Shape kUpdateTimeToLiveShape = {ShapeKind::kStructure, "UpdateTimeToLiveInput", nullptr,
                                      kMembers};

void RunUpdateTimeToLive(const Services& services, Call* call) {
  Specification specification;
  tables::TablePointer table;
  ApiStatus status = CheckRequest(call->input, &specification);
  if (status.ok()) {
    status = FindControlTable(services, call->input.Find("TableName").AsString(), &table);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string name = table->descriptor().name;
  ChangeAnswers answers;
  answers.changed = [specification](const tables::Table&, Call* answered) {
    WriteAnswer(specification, answered);
  };
  answers.not_found = [name] { return TableNotFound(name); };
  UpdateThroughCatalog(
      services, call, name,
      [specification](const TableDescriptor& current, TableDescriptor* changed) {
        return ApplySpecification(specification, current, changed);
      },
      false, std::move(answers));
}

}  // namespace millrace::api
