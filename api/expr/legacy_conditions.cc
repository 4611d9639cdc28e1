// Parsing, checking and compiling the condition maps from before expressions.
#include "api/expr/legacy_conditions.h"

#include <array>
#include <optional>

#include "api/wire/attribute_json.h"
#include "api/wire/shape.h"
#include "storage/codec/value_writer.h"

namespace millrace::api::expr {
namespace {

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

ApiStatus Invalid(std::initializer_list<std::string_view> parts) {
  std::string message(kInvalid);
  for (const std::string_view part : parts) {
    message.append(part);
  }
  return ValidationError(message);
}

struct OperatorRow {
  std::string_view name;
  LegacyOperator operation;
  uint32_t arguments_min;
  uint32_t arguments_max;
  ConditionKind kind;
};
constexpr std::array<OperatorRow, 13> kOperators = {{
    {"EQ", LegacyOperator::kEqual, 1, 1, ConditionKind::kEqual},
    {"NE", LegacyOperator::kNotEqual, 1, 1, ConditionKind::kNotEqual},
    {"LE", LegacyOperator::kLessOrEqual, 1, 1, ConditionKind::kLessOrEqual},
    {"LT", LegacyOperator::kLess, 1, 1, ConditionKind::kLess},
    {"GE", LegacyOperator::kGreaterOrEqual, 1, 1, ConditionKind::kGreaterOrEqual},
    {"GT", LegacyOperator::kGreater, 1, 1, ConditionKind::kGreater},
    {"CONTAINS", LegacyOperator::kContains, 1, 1, ConditionKind::kContains},
    {"NOT_CONTAINS", LegacyOperator::kNotContains, 1, 1, ConditionKind::kContains},
    {"BEGINS_WITH", LegacyOperator::kBeginsWith, 1, 1, ConditionKind::kBeginsWith},
    {"IN", LegacyOperator::kIn, 1, UINT32_MAX, ConditionKind::kIn},
    {"BETWEEN", LegacyOperator::kBetween, 2, 2, ConditionKind::kBetween},
    {"NULL", LegacyOperator::kNull, 0, 0, ConditionKind::kAttributeNotExists},
    {"NOT_NULL", LegacyOperator::kNotNull, 0, 0, ConditionKind::kAttributeExists},
}};

const OperatorRow& RowOf(LegacyOperator operation) {
  return kOperators[static_cast<size_t>(operation)];
}

// The row of a name that has passed the constraint checks of the request.
const OperatorRow& RowOf(std::string_view name) {
  for (const OperatorRow& row : kOperators) {
    if (row.name == name) {
      return row;
    }
  }
  return kOperators.front();
}

bool IsTypeAllowed(LegacyOperator operation, AttributeType type, LegacyPosition position) {
  switch (operation) {
    case LegacyOperator::kEqual:
    case LegacyOperator::kNotEqual:
      return position == LegacyPosition::kFilter || IsScalarKeyType(type) || IsSetType(type);
    case LegacyOperator::kContains:
    case LegacyOperator::kNotContains:
      return IsScalarKeyType(type) || type == AttributeType::kBool || type == AttributeType::kNull;
    case LegacyOperator::kBeginsWith:
      return type == AttributeType::kString || type == AttributeType::kBinary;
    default:
      return IsScalarKeyType(type);
  }
}

// Number, types and order of the arguments.
ApiStatus CheckArguments(const LegacyCondition& condition, LegacyPosition position) {
  const OperatorRow& row = RowOf(condition.operation);
  const std::vector<ValueView>& arguments = condition.arguments;
  if (arguments.size() < row.arguments_min || arguments.size() > row.arguments_max) {
    return Invalid({"Invalid number of argument(s) for the ", row.name, " ComparisonOperator"});
  }
  for (const ValueView argument : arguments) {
    if (argument.type() != arguments.front().type()) {
      return Invalid({"AttributeValues inside AttributeValueList must be of same type"});
    }
  }
  if (!arguments.empty() &&
      !IsTypeAllowed(condition.operation, arguments.front().type(), position)) {
    return Invalid({"ComparisonOperator ", row.name, " is not valid for ",
                    AttributeTypeName(arguments.front().type()), " AttributeValue type"});
  }
  if (condition.operation == LegacyOperator::kBetween &&
      CompareScalars(arguments[0], arguments[1]) > 0) {
    return ValidationError(
        "The BETWEEN condition was provided a range where the lower bound is greater than the "
        "upper bound");
  }
  return ApiStatus::Ok();
}

// Encodes the values of conditions one after the other; their views are taken when the buffer has
// stopped growing.
class ValueCollector {
 public:
  explicit ValueCollector(std::string* scratch)
      : scratch_(scratch), writer_(scratch), start_(scratch->size()) {}

  ApiStatus Add(json::Value value) {
    ValueProblem problem;
    if (!ParseAttributeValue(value, 1, &writer_, &problem)) {
      return ProblemInItem(std::move(problem));
    }
    return ApiStatus::Ok();
  }
  // Values of the list; null elements count as empty values.
  ApiStatus AddList(json::Value list) {
    for (const json::Value value : list.elements()) {
      RETURN_IF_API_ERROR(Add(value));
    }
    return ApiStatus::Ok();
  }
  void StartReading() { next_ = scratch_->data() + start_; }
  ValueView Read() {
    const ValueView value = ValueView::At(next_, scratch_->data() + scratch_->size());
    next_ += value.encoded().size();
    return value;
  }

 private:
  std::string* const scratch_;
  ValueWriter writer_;
  const size_t start_;
  const char* next_ = nullptr;
};

// The conditions of a map: members of attributes that are null count as absent.
template <typename Function>
ApiStatus ForEachCondition(json::Value map, Function function) {
  if (map.present()) {
    for (const json::Member& entry : map.members()) {
      if (entry.value.IsObject()) {
        RETURN_IF_API_ERROR(function(entry.name, entry.value));
      }
    }
  }
  return ApiStatus::Ok();
}

struct ExpectedMembers {
  explicit ExpectedMembers(json::Value entry)
      : value(entry.Find("Value")),
        list(entry.Find("AttributeValueList")),
        exists(entry.Find("Exists")),
        comparison(entry.Find("ComparisonOperator")) {}
  json::Value value;
  json::Value list;
  json::Value exists;
  json::Value comparison;
};

ApiStatus CheckExpectedMembers(std::string_view attribute, const ExpectedMembers& members) {
  if (members.value.present() && members.list.present()) {
    return Invalid(
        {"Value and AttributeValueList cannot be used together for Attribute: ", attribute});
  }
  if (members.comparison.present()) {
    if (members.exists.present()) {
      return Invalid(
          {"Exists and ComparisonOperator cannot be used together for Attribute: ", attribute});
    }
    const OperatorRow& row = RowOf(members.comparison.AsString());
    if (row.arguments_max > 0 && !members.value.present() && !members.list.present()) {
      return Invalid({"Value or AttributeValueList must be used with ComparisonOperator: ",
                      row.name, " for Attribute: ", attribute});
    }
    return ApiStatus::Ok();
  }
  if (members.list.present()) {
    return Invalid({"AttributeValueList can only be used with a ComparisonOperator for Attribute: ",
                    attribute});
  }
  const bool must_exist = !members.exists.present() || BooleanOf(members.exists);
  if (must_exist && !members.value.present()) {
    return Invalid({"Value must be provided when Exists is ",
                    members.exists.present() ? "true" : "null", " for Attribute: ", attribute});
  }
  if (!must_exist && members.value.present()) {
    return Invalid({"Value cannot be used when Exists is false for Attribute: ", attribute});
  }
  return ApiStatus::Ok();
}

LegacyOperator ExpectedOperator(const ExpectedMembers& members) {
  if (members.comparison.present()) {
    return RowOf(members.comparison.AsString()).operation;
  }
  return members.value.present() ? LegacyOperator::kEqual : LegacyOperator::kNull;
}

uint32_t AddPredicate(ConditionKind kind, uint32_t path, std::span<const ValueView> arguments,
                      ConditionTree* tree) {
  const ConditionNode node = {kind, AttributeType::kNull,
                              static_cast<uint32_t>(tree->operands.size()),
                              static_cast<uint32_t>(1 + arguments.size())};
  tree->operands.push_back({path, false, ValueView()});
  for (const ValueView argument : arguments) {
    tree->operands.push_back({ConditionOperand::kNoPath, false, argument});
  }
  return tree->Add(node);
}

uint32_t CompileOne(const LegacyCondition& condition, ConditionTree* tree,
                    std::vector<DocumentPath>* paths) {
  const auto path = static_cast<uint32_t>(paths->size());
  paths->emplace_back().steps.push_back({std::string(condition.attribute), 0, false});
  const uint32_t node =
      AddPredicate(RowOf(condition.operation).kind, path, condition.arguments, tree);
  if (condition.operation != LegacyOperator::kNotContains) {
    return node;
  }
  // Not simply the negation: it does not hold for a missing attribute.
  const uint32_t negation = tree->Add({ConditionKind::kNot, AttributeType::kNull, node, 0});
  const uint32_t exists = AddPredicate(ConditionKind::kAttributeExists, path, {}, tree);
  return tree->Add({ConditionKind::kAnd, AttributeType::kNull, exists, negation});
}

}  // namespace

ApiStatus ParseConditionMap(json::Value map, LegacyPosition position, std::string* scratch,
                            std::vector<LegacyCondition>* conditions) {
  ValueCollector values(scratch);
  RETURN_IF_API_ERROR(ForEachCondition(map, [&](std::string_view, json::Value entry) {
    const json::Value list = entry.Find("AttributeValueList");
    return list.present() ? values.AddList(list) : ApiStatus::Ok();
  }));
  values.StartReading();
  return ForEachCondition(map, [&](std::string_view attribute, json::Value entry) {
    LegacyCondition& condition = conditions->emplace_back();
    condition.attribute = attribute;
    condition.operation = RowOf(entry.Find("ComparisonOperator").AsString()).operation;
    const json::Value list = entry.Find("AttributeValueList");
    for (uint32_t left = list.present() ? list.size() : 0; left > 0; --left) {
      condition.arguments.push_back(values.Read());
    }
    return CheckArguments(condition, position);
  });
}

ApiStatus ParseExpected(json::Value expected, std::string* scratch,
                        std::vector<LegacyCondition>* conditions) {
  ValueCollector values(scratch);
  RETURN_IF_API_ERROR(ForEachCondition(expected, [&](std::string_view, json::Value entry) {
    const ExpectedMembers members(entry);
    if (members.value.present()) {
      RETURN_IF_API_ERROR(values.Add(members.value));
    }
    return members.list.present() ? values.AddList(members.list) : ApiStatus::Ok();
  }));
  values.StartReading();
  return ForEachCondition(expected, [&](std::string_view attribute, json::Value entry) {
    const ExpectedMembers members(entry);
    RETURN_IF_API_ERROR(CheckExpectedMembers(attribute, members));
    LegacyCondition& condition = conditions->emplace_back();
    condition.attribute = attribute;
    condition.operation = ExpectedOperator(members);
    uint32_t left = members.value.present() ? 1 : members.list.present() ? members.list.size() : 0;
    for (; left > 0; --left) {
      condition.arguments.push_back(values.Read());
    }
    return CheckArguments(condition, LegacyPosition::kFilter);
  });
}

ApiStatus CheckConditionalOperator(json::Value conditional_operator, size_t condition_count) {
  if (!conditional_operator.present() || condition_count > 1) {
    return ApiStatus::Ok();
  }
  return ValidationError(
      condition_count == 0
          ? "ConditionalOperator cannot be used without Filter or Expected"
          : "ConditionalOperator can only be used when Filter or Expected has two or more "
            "elements");
}

uint32_t CompileLegacy(std::span<const LegacyCondition> conditions, ConditionKind combination,
                       ConditionTree* tree, std::vector<DocumentPath>* paths) {
  if (conditions.size() == 1) {
    return CompileOne(conditions.front(), tree, paths);
  }
  // Halves, so that the tree is not deep however many conditions a request has.
  const size_t half = conditions.size() / 2;
  const uint32_t left = CompileLegacy(conditions.first(half), combination, tree, paths);
  const uint32_t right = CompileLegacy(conditions.subspan(half), combination, tree, paths);
  return tree->Add({combination, AttributeType::kNull, left, right});
}

}  // namespace millrace::api::expr
