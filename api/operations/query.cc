// Query in the order of AWS's checks; reading the page is PageRead's.
#include "api/operations/query.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "api/expr/expression_request.h"
#include "api/expr/key_condition.h"
#include "api/operations/page_read.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 17> kMembers = {{
    {"TableName", &kStringShape},
    {"IndexName", &kStringShape},
    {"Select", &kStringShape},
    {"AttributesToGet", &kStringListShape},
    {"Limit", &kIntegerShape},
    {"ConsistentRead", &kBooleanShape},
    {"KeyConditions", &kConditionMapShape},
    {"QueryFilter", &kConditionMapShape},
    {"ConditionalOperator", &kStringShape},
    {"ScanIndexForward", &kBooleanShape},
    {"ExclusiveStartKey", &kAttributeMapShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"ProjectionExpression", &kStringShape},
    {"FilterExpression", &kStringShape},
    {"KeyConditionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
    {"ExpressionAttributeValues", &kAttributeMapShape},
}};

class Query final : public PageRead {
 public:
  using PageRead::PageRead;

 private:
  using Predicates = std::vector<const expr::KeyPredicate*>;

  ApiStatus Check() override;
  ApiStatus CheckConstraints() const;
  ApiStatus CheckParameters();
  ApiStatus ParseLegacy();
  ApiStatus ParseExpressions();
  ApiStatus CheckKeyCondition();
  ApiStatus CheckFilterKeys() const;
  ApiStatus CheckStartBoundaries(const Predicates& partition, const Predicates& sort) const;
  void SetSortBounds(const expr::KeyPredicate& predicate);

  expr::KeyCondition key_condition_;
};

ApiStatus Query::CheckConstraints() const {
  ConstraintCollector constraints;
  CheckItemTableName(Member("TableName"), &constraints);
  CheckReturnConsumedCapacity(Member("ReturnConsumedCapacity"), &constraints);
  CheckSelectMember(Member("Select"), &constraints);
  CheckIndexName(Member("IndexName"), &constraints);
  if (const json::Value limit = Member("Limit"); limit.present() && limit.AsInt64() < 1) {
    // Unlike Scan's, this entry names neither the value nor the member as others do.
    constraints.AddEntry(
        "Value at 'Limit' failed to satisfy constraint: Member must have value greater than or "
        "equal to 1");
  }
  CheckAttributesToGet(Member("AttributesToGet"), &constraints);
  CheckConditionalOperator(Member("ConditionalOperator"), &constraints);
  CheckConditionMap(Member("KeyConditions"), "keyConditions", &constraints);
  CheckConditionMap(Member("QueryFilter"), "queryFilter", &constraints);
  return constraints.Finish();
}

ApiStatus Query::CheckParameters() {
  const std::array<expr::NamedParameter, 4> legacy = {
      {{"AttributesToGet", Member("AttributesToGet")},
       {"QueryFilter", Member("QueryFilter")},
       {"ConditionalOperator", Member("ConditionalOperator")},
       {"KeyConditions", Member("KeyConditions")}}};
  const std::array<expr::NamedParameter, 3> expressions = {
      {{"ProjectionExpression", Member("ProjectionExpression")},
       {"FilterExpression", Member("FilterExpression")},
       {"KeyConditionExpression", Member("KeyConditionExpression")}}};
  const std::array<expr::NamedParameter, 2> value_bearing = {expressions[1], expressions[2]};
  RETURN_IF_API_ERROR(expr::CheckExpressionParameters(legacy, expressions, value_bearing,
                                                      Member("ExpressionAttributeNames"),
                                                      Member("ExpressionAttributeValues")));
  return ParsePlaceholders();
}

ApiStatus Query::ParseLegacy() {
  const json::Value filter = Member("QueryFilter");
  const json::Value conditional_operator = Member("ConditionalOperator");
  if (filter.present() || conditional_operator.present()) {
    RETURN_IF_API_ERROR(
        expr::Condition::FromFilter(filter, conditional_operator, call()->TakeScratch(), &filter_));
  }
  if (const json::Value conditions = Member("KeyConditions"); conditions.present()) {
    RETURN_IF_API_ERROR(
        expr::KeyCondition::FromLegacy(conditions, call()->TakeScratch(), &key_condition_));
  }
  if (const json::Value names = Member("AttributesToGet"); names.present()) {
    RETURN_IF_API_ERROR(expr::Projection::FromAttributesToGet(names, &projection_));
  }
  return ApiStatus::Ok();
}

ApiStatus Query::ParseExpressions() {
  const json::Value key_condition = Member("KeyConditionExpression");
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("KeyConditionExpression", key_condition));
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("FilterExpression", Member("FilterExpression")));
  RETURN_IF_API_ERROR(
      CheckNotEmptyExpression("ProjectionExpression", Member("ProjectionExpression")));
  RETURN_IF_API_ERROR(ParseFilterExpression());
  RETURN_IF_API_ERROR(CheckSelect(Kind::kQuery));
  if (key_condition.present()) {
    RETURN_IF_API_ERROR(
        expr::KeyCondition::Parse(key_condition.AsString(), &placeholders_, &key_condition_));
  }
  RETURN_IF_API_ERROR(ParseProjectionExpression());
  return placeholders_.CheckAllUsed();
}

ApiStatus Query::Check() {
  RETURN_IF_API_ERROR(CheckConstraints());
  RETURN_IF_API_ERROR(CheckParameters());
  RETURN_IF_API_ERROR(ParseLegacy());
  RETURN_IF_API_ERROR(ParseStartKey());
  RETURN_IF_API_ERROR(ParseExpressions());
  RETURN_IF_API_ERROR(FindTableForRead());
  if (!Member("KeyConditions").present() && !Member("KeyConditionExpression").present()) {
    return ValidationError(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request.");
  }
  RETURN_IF_API_ERROR(FindIndex());
  RETURN_IF_API_ERROR(CheckStartKeyCount(Kind::kQuery));
  RETURN_IF_API_ERROR(CheckStartKeyValues());
  RETURN_IF_API_ERROR(CheckKeyCondition());
  RETURN_IF_API_ERROR(CheckFilterKeys());
  RETURN_IF_API_ERROR(CheckPathsOfKeys());
  RETURN_IF_API_ERROR(CheckAllAttributes());
  RETURN_IF_API_ERROR(CheckProjectedAttributes());
  ReadLimit();
  const json::Value forward = Member("ScanIndexForward");
  page_.reverse = forward.present() && !BooleanOf(forward);
  return ApiStatus::Ok();
}

ApiStatus Query::CheckKeyCondition() {
  Predicates partition;
  Predicates sort;
  RETURN_IF_API_ERROR(key_condition_.CheckSchema(read_schema(), &partition, &sort));
  for (const expr::KeyPredicate* predicate : partition) {
    RETURN_IF_API_ERROR(CheckPartitionKeyValue(predicate->attribute, predicate->operand));
    page_.index_partition.push_back(predicate->operand);
  }
  page_.partition_key = partition.front()->operand;
  for (const expr::KeyPredicate* predicate : sort) {
    RETURN_IF_API_ERROR(CheckSortKeyValue(predicate->attribute, predicate->operand));
    if (predicate->upper.present()) {
      RETURN_IF_API_ERROR(CheckSortKeyValue(predicate->attribute, predicate->upper));
    }
  }
  if (!sort.empty()) {
    SetSortBounds(*sort.back());
    for (size_t index = 0; index + 1 < sort.size(); ++index) {
      page_.index_sort_equal.push_back(sort[index]->operand);
    }
  }
  return CheckStartBoundaries(partition, sort);
}

void Query::SetSortBounds(const expr::KeyPredicate& predicate) {
  switch (predicate.operation) {
    case expr::KeyOperator::kEqual:
      page_.sort_from = page_.sort_to = predicate.operand;
      break;
    case expr::KeyOperator::kLess:
    case expr::KeyOperator::kLessOrEqual:
      page_.sort_to = predicate.operand;
      page_.sort_to_inclusive = predicate.operation == expr::KeyOperator::kLessOrEqual;
      break;
    case expr::KeyOperator::kGreater:
    case expr::KeyOperator::kGreaterOrEqual:
      page_.sort_from = predicate.operand;
      page_.sort_from_inclusive = predicate.operation == expr::KeyOperator::kGreaterOrEqual;
      break;
    case expr::KeyOperator::kBetween:
      page_.sort_from = predicate.operand;
      page_.sort_to = predicate.upper;
      break;
    case expr::KeyOperator::kBeginsWith:
      page_.sort_prefix = predicate.operand.payload();
      break;
  }
}

ApiStatus Query::CheckStartBoundaries(const Predicates& partition, const Predicates& sort) const {
  if (!start_key_.present()) {
    return ApiStatus::Ok();
  }
  const bool same_partition =
      std::all_of(partition.begin(), partition.end(), [this](const expr::KeyPredicate* predicate) {
        return ValuesEqual(start_key_.Find(predicate->attribute), predicate->operand);
      });
  if (sort.empty()) {
    return same_partition
               ? ApiStatus::Ok()
               : ValidationError(
                     "The provided starting key is outside query boundaries based on provided "
                     "conditions");
  }
  for (const expr::KeyPredicate* predicate : sort) {
    if (!expr::SortKeyMatches(*predicate, start_key_.Find(predicate->attribute))) {
      return ValidationError("The provided starting key does not match the range key predicate");
    }
  }
  return same_partition
             ? ApiStatus::Ok()
             : ValidationError("The query can return at most one row and cannot be restarted");
}

ApiStatus Query::CheckFilterKeys() const {
  for (const expr::DocumentPath& path : filter_.paths()) {
    if (IsKeyAttribute(read_schema(), path.top_level_name())) {
      return ValidationError(
          std::string(Member("QueryFilter").present() ? "QueryFilter" : "Filter Expression") +
          " can only contain non-primary key attributes: Primary key attribute: " +
          path.top_level_name());
    }
  }
  return ApiStatus::Ok();
}

}  // namespace

const Shape kQueryShape = {ShapeKind::kStructure, "QueryInput", nullptr, kMembers};

void RunQuery(const Services& services, Call* call) {
  auto read = std::make_unique<Query>(services, call);
  Query* const started = read.get();
  call->state = std::move(read);
  started->Start();
}

}  // namespace millrace::api
