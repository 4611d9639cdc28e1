// Taking the key of the one item out of a WHERE clause.
#include "api/partiql/write_plan.h"

#include <algorithm>
#include <string>
#include <vector>

#include "api/partiql/key_predicates.h"
#include "api/partiql/predicate_compiler.h"

namespace millrace::api::partiql {
namespace {

// Takes the first equality on `key` out of `predicates`.
ApiStatus TakeEquality(const KeyAttribute& key, std::vector<const Predicate*>* predicates,
                       ValueView* value) {
  for (auto predicate = predicates->begin(); predicate != predicates->end(); ++predicate) {
    const std::optional<AttributeComparison> comparison = AsComparison(**predicate);
    if (!comparison.has_value() || comparison->kind != PredicateKind::kEqual ||
        comparison->attribute != key.name) {
      continue;
    }
    *value = comparison->constants.front();
    predicates->erase(predicate);
    return value->type() == key.type
               ? ApiStatus::Ok()
               : ValidationError("The provided key element does not match the schema");
  }
  return ValidationError(
      "Where clause does not contain a mandatory equality on all key attributes");
}

bool IsKeyAttribute(const KeySchema& schema, const std::string& name) {
  const auto matches = [&](const KeyAttribute& key) { return key.name == name; };
  return std::any_of(schema.partition.begin(), schema.partition.end(), matches) ||
         std::any_of(schema.sort.begin(), schema.sort.end(), matches);
}

}  // namespace

ApiStatus PlanWrite(const Statement& statement, const KeySchema& schema, WritePlan* plan) {
  std::vector<const Predicate*> predicates = TopLevelPredicates(statement);
  RETURN_IF_API_ERROR(TakeEquality(schema.partition_key(), &predicates, &plan->partition_key));
  if (schema.sort_key() != nullptr) {
    RETURN_IF_API_ERROR(TakeEquality(*schema.sort_key(), &predicates, &plan->sort_key));
  }
  if (statement.kind == StatementKind::kExists && predicates.empty()) {
    return ValidationError(
        "EXISTS must have the full primary key and at least one further condition");
  }
  for (const UpdateStep& step : statement.updates) {
    if (IsKeyAttribute(schema, step.target.top_level_name())) {
      return ValidationError("One or more parameter values were invalid: Cannot update attribute " +
                             step.target.top_level_name() + ". This attribute is part of the key");
    }
  }
  plan->condition = CompilePredicates(predicates);
  return ApiStatus::Ok();
}

}  // namespace millrace::api::partiql
