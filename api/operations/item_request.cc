// Shared request checks of the item operations, and the enum sets of their members.
#include "api/operations/item_request.h"

#include <array>
#include <utility>

#include "api/operations/item_keys.h"
#include "api/wire/arn.h"
#include "api/wire/shape.h"

namespace millrace::api {
namespace {

constexpr std::array<std::string_view, 5> kReturnValues = {"ALL_NEW", "UPDATED_OLD", "ALL_OLD",
                                                           "NONE", "UPDATED_NEW"};
constexpr std::array<std::string_view, 4> kSelects = {"SPECIFIC_ATTRIBUTES", "COUNT",
                                                      "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"};
constexpr std::array<std::string_view, 2> kOnFailure = {"ALL_OLD", "NONE"};
constexpr std::array<std::string_view, 2> kConditionalOperators = {"OR", "AND"};
constexpr std::array<std::string_view, 3> kActions = {"ADD", "PUT", "DELETE"};
constexpr std::array<std::string_view, 13> kComparisonOperators = {
    "IN",       "NULL", "BETWEEN", "LT",          "NOT_CONTAINS", "EQ",      "GT",
    "NOT_NULL", "NE",   "LE",      "BEGINS_WITH", "GE",           "CONTAINS"};
constexpr std::string_view kComparisonOperatorSet =
    "[IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]";

std::string MemberPath(std::string_view map, std::string_view key, std::string_view member) {
  std::string path(map);
  path.append(".").append(key).append(".member.").append(member);
  return path;
}

// Whether the attribute value, or one nested in it, is a NULL that is not true.
bool HasNullNotTrue(json::Value value, int depth) {
  if (depth > 64 || !value.IsObject()) {
    return false;
  }
  for (const json::Member& member : value.members()) {
    if (member.value.IsNull()) {
      continue;
    }
    if (member.name == "NULL") {
      if (!BooleanOf(member.value)) {
        return true;
      }
    } else if (member.name == "L" && member.value.IsArray()) {
      for (json::Value element : member.value.elements()) {
        if (HasNullNotTrue(element, depth + 1)) {
          return true;
        }
      }
    } else if (member.name == "M" && member.value.IsObject()) {
      for (const json::Member& entry : member.value.members()) {
        if (HasNullNotTrue(entry.value, depth + 1)) {
          return true;
        }
      }
    }
  }
  return false;
}

bool AnyNullNotTrue(json::Value attributes) {
  if (!attributes.present() || !attributes.IsObject()) {
    return false;
  }
  for (const json::Member& attribute : attributes.members()) {
    if (HasNullNotTrue(attribute.value, 1)) {
      return true;
    }
  }
  return false;
}

ApiStatus RefuseNestedKeys(std::span<const expr::DocumentPath> paths, const KeySchema& schema,
                           std::string_view kind) {
  for (const expr::DocumentPath& path : paths) {
    if (path.nested() && IsKeyAttribute(schema, path.top_level_name())) {
      return ValidationError(
          "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
          "allowed: " +
          std::string(kind) + ": " + path.top_level_name());
    }
  }
  return ApiStatus::Ok();
}

}  // namespace

ApiStatus FindTable(const Services& services, std::string_view parameter,
                    tables::TablePointer* table) {
  *table = services.catalog->FindUsable(TableNameFromParameter(services, parameter));
  if (*table == nullptr) {
    return ApiStatus(ErrorType::kResourceNotFound, "Requested resource not found");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckNotEmptyExpression(std::string_view kind, json::Value text) {
  if (text.present() && text.AsString().empty()) {
    return ValidationError("Invalid " + std::string(kind) + ": The expression can not be empty;");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckKeyPaths(std::span<const expr::DocumentPath> paths, const KeySchema& schema) {
  return RefuseNestedKeys(paths, schema, "Key");
}

ApiStatus CheckIndexKeyPaths(std::span<const expr::DocumentPath> paths, const KeySchema& schema) {
  return RefuseNestedKeys(paths, schema, "IndexKey");
}

ApiStatus CheckUpdateTargets(std::span<const expr::DocumentPath> targets, const KeySchema& schema) {
  for (const expr::DocumentPath& target : targets) {
    if (IsKeyAttribute(schema, target.top_level_name())) {
      return ValidationError("One or more parameter values were invalid: Cannot update attribute " +
                             target.top_level_name() + ". This attribute is part of the key");
    }
  }
  return ApiStatus::Ok();
}

ReturnValues ParseReturnValues(json::Value value) {
  if (!value.present()) {
    return ReturnValues::kNone;
  }
  const std::string_view text = value.AsString();
  if (text == "ALL_OLD") return ReturnValues::kAllOld;
  if (text == "UPDATED_OLD") return ReturnValues::kUpdatedOld;
  if (text == "ALL_NEW") return ReturnValues::kAllNew;
  if (text == "UPDATED_NEW") return ReturnValues::kUpdatedNew;
  return ReturnValues::kNone;
}

void CheckReturnValues(json::Value value, ConstraintCollector* constraints) {
  constraints->CheckEnum(value, "returnValues",
                         "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]", kReturnValues);
}

void CheckReturnValuesOnConditionCheckFailure(json::Value value, ConstraintCollector* constraints) {
  constraints->CheckEnum(value, "returnValuesOnConditionCheckFailure", "[ALL_OLD, NONE]",
                         kOnFailure);
}

void CheckExpected(json::Value expected, ConstraintCollector* constraints) {
  if (!expected.present()) {
    return;
  }
  for (const json::Member& entry : expected.members()) {
    if (entry.value.IsObject()) {
      constraints->CheckEnum(entry.value.Find("ComparisonOperator"),
                             MemberPath("expected", entry.name, "comparisonOperator"),
                             kComparisonOperatorSet, kComparisonOperators);
    }
  }
}

void CheckConditionMap(json::Value conditions, std::string_view path,
                       ConstraintCollector* constraints) {
  if (!conditions.present()) {
    return;
  }
  for (const json::Member& entry : conditions.members()) {
    if (!entry.value.IsObject()) {
      continue;
    }
    const json::Value comparison = entry.value.Find("ComparisonOperator");
    const std::string member_path = MemberPath(path, entry.name, "comparisonOperator");
    constraints->RequirePresent(comparison, member_path);
    constraints->CheckEnum(comparison, member_path, kComparisonOperatorSet, kComparisonOperators);
  }
}

void CheckAttributeUpdates(json::Value updates, ConstraintCollector* constraints) {
  if (!updates.present()) {
    return;
  }
  for (const json::Member& entry : updates.members()) {
    if (entry.value.IsObject()) {
      constraints->CheckEnum(entry.value.Find("Action"),
                             MemberPath("attributeUpdates", entry.name, "action"),
                             "[ADD, PUT, DELETE]", kActions);
    }
  }
}

void CheckConditionalOperator(json::Value value, ConstraintCollector* constraints) {
  constraints->CheckEnum(value, "conditionalOperator", "[OR, AND]", kConditionalOperators);
}

void CheckAttributesToGet(json::Value value, ConstraintCollector* constraints) {
  if (!value.present()) {
    return;
  }
  if (value.size() == 0) {
    constraints->AddValue("[]", "attributesToGet",
                          "Member must have length greater than or equal to 1");
  } else if (value.size() > 255) {
    std::string names = "[";
    for (json::Value name : value.elements()) {
      if (names.size() > 1) {
        names.append(", ");
      }
      names.append(name.IsString() ? name.AsString() : std::string_view("null"));
    }
    constraints->AddValue(names + "]", "attributesToGet",
                          "Member must have length less than or equal to 255");
  }
}

void CheckSelectMember(json::Value value, ConstraintCollector* constraints) {
  constraints->CheckEnum(value, "select",
                         "[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
                         kSelects);
}

void CheckIndexName(json::Value value, ConstraintCollector* constraints) {
  constraints->CheckNamePattern(value, "indexName");
  constraints->CheckLength(value, "indexName", 3, 255);
}

ApiStatus PreferNullNotTrue(json::Value item, json::Value expression_values, ApiStatus otherwise) {
  if (AnyNullNotTrue(item) || AnyNullNotTrue(expression_values)) {
    return EnvelopedValidationError(
        "One or more parameter values were invalid: Null attribute value types must have the value "
        "of true");
  }
  return otherwise;
}

}  // namespace millrace::api
