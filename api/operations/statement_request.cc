// Constraints of statements, and the way from JSON to a parsed statement.
#include "api/operations/statement_request.h"

#include <array>
#include <utility>

#include "api/wire/attribute_json.h"
#include "api/wire/shape.h"
#include "storage/codec/value_writer.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

void AddConstraints(json::Value request, const std::string& prefix,
                    ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 2> kOnFailure = {"ALL_OLD", "NONE"};
  const json::Value statement = request.Find("Statement");
  constraints->RequirePresent(statement, prefix + "statement");
  constraints->CheckLength(statement, prefix + "statement", 1, kStatementSizeMax);
  if (const json::Value parameters = request.Find("Parameters"); parameters.present()) {
    constraints->CheckLength(parameters, prefix + "parameters", 1, SIZE_MAX);
    int index = 0;
    for (const json::Value parameter : parameters.elements()) {
      ++index;
      if (parameter.IsNull()) {
        constraints->AddNull(prefix + "parameters." + std::to_string(index) + ".member");
      }
    }
  }
  constraints->CheckEnum(request.Find("ReturnValuesOnConditionCheckFailure"),
                         prefix + "returnValuesOnConditionCheckFailure", "[ALL_OLD, NONE]",
                         kOnFailure);
}

}  // namespace

void CheckStatementConstraints(json::Value request, std::string_view prefix,
                               ConstraintCollector* constraints) {
  // Once for the usual answer, and only if it is not that, again with the paths.
  ConstraintCollector probe;
  AddConstraints(request, std::string(), &probe);
  if (!probe.empty()) {
    AddConstraints(request, std::string(prefix), constraints);
  }
}

ApiStatus StatementRequest::ParseParameters(json::Value parameters) {
  if (!parameters.present()) {
    return ApiStatus::Ok();
  }
  std::vector<size_t> ends;
  ends.reserve(parameters.size());
  ValueWriter writer(&parameter_bytes_);
  for (const json::Value parameter : parameters.elements()) {
    ValueProblem problem;
    if (!ParseAttributeValue(parameter, 1, &writer, &problem)) {
      return ProblemInItem(std::move(problem));
    }
    ends.push_back(parameter_bytes_.size());
  }
  parameters_.reserve(ends.size());
  const char* const data = parameter_bytes_.data();
  size_t begin = 0;
  for (const size_t end : ends) {
    parameters_.push_back(ValueView::At(data + begin, data + end));
    begin = end;
  }
  return ApiStatus::Ok();
}

ApiStatus StatementRequest::Parse(json::Value request, const partiql::ParseOptions& options) {
  text_ = request.Find("Statement").AsString();
  consistent_ = BooleanOf(request.Find("ConsistentRead"));
  const json::Value on_failure = request.Find("ReturnValuesOnConditionCheckFailure");
  returns_old_item_ = on_failure.present() && on_failure.AsString() == "ALL_OLD";
  RETURN_IF_API_ERROR(ParseParameters(request.Find("Parameters")));
  RETURN_IF_API_ERROR(partiql::ParseStatement(text_, parameters_, options, &statement_));
  // No table could take the item.
  if (statement_.kind == partiql::StatementKind::kInsert &&
      statement_.item.DynamoSize() > limits::kItemSizeMax) {
    return ValidationError("Item size has exceeded the maximum allowed size");
  }
  return ApiStatus::Ok();
}

}  // namespace millrace::api
