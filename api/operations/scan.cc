// Scan in the order of AWS's checks; reading the page is PageRead's.
#include "api/operations/scan.h"

#include <array>
#include <memory>
#include <span>
#include <string>

#include "api/expr/expression_request.h"
#include "api/operations/page_read.h"
#include "storage/codec/index_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 16> kMembers = {{
    {"TableName", &kStringShape},
    {"IndexName", &kStringShape},
    {"AttributesToGet", &kStringListShape},
    {"Limit", &kIntegerShape},
    {"Select", &kStringShape},
    {"ScanFilter", &kConditionMapShape},
    {"ConditionalOperator", &kStringShape},
    {"ExclusiveStartKey", &kAttributeMapShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"TotalSegments", &kIntegerShape},
    {"Segment", &kIntegerShape},
    {"ProjectionExpression", &kStringShape},
    {"FilterExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
    {"ExpressionAttributeValues", &kAttributeMapShape},
    {"ConsistentRead", &kBooleanShape},
}};

class Scan final : public PageRead {
 public:
  using PageRead::PageRead;

 private:
  ApiStatus Check() override;
  ApiStatus CheckConstraints() const;
  ApiStatus CheckParameters();
  ApiStatus ParseLegacy();
  ApiStatus CheckSegments();
  ApiStatus ParseExpressions();
  ApiStatus CheckStartSegment() const;
};

ApiStatus Scan::CheckConstraints() const {
  ConstraintCollector constraints;
  CheckItemTableName(Member("TableName"), &constraints);
  CheckReturnConsumedCapacity(Member("ReturnConsumedCapacity"), &constraints);
  CheckSelectMember(Member("Select"), &constraints);
  constraints.CheckIntegerMin(Member("Limit"), "limit", 1);
  constraints.CheckIntegerMin(Member("Segment"), "segment", 0);
  if (const json::Value total = Member("TotalSegments");
      total.present() && Member("Segment").present() &&
      (total.AsInt64() < 1 || total.AsInt64() > limits::kScanSegmentsMax)) {
    constraints.AddEntry(
        "Value at 'totalSegments' failed to satisfy constraint: Member must have value between 1 "
        "and 1000000");
  }
  CheckIndexName(Member("IndexName"), &constraints);
  CheckAttributesToGet(Member("AttributesToGet"), &constraints);
  CheckConditionalOperator(Member("ConditionalOperator"), &constraints);
  CheckConditionMap(Member("ScanFilter"), "scanFilter", &constraints);
  return constraints.Finish();
}

ApiStatus Scan::CheckParameters() {
  const std::array<expr::NamedParameter, 3> legacy = {
      {{"AttributesToGet", Member("AttributesToGet")},
       {"ScanFilter", Member("ScanFilter")},
       {"ConditionalOperator", Member("ConditionalOperator")}}};
  const std::array<expr::NamedParameter, 2> expressions = {
      {{"ProjectionExpression", Member("ProjectionExpression")},
       {"FilterExpression", Member("FilterExpression")}}};
  const std::array<expr::NamedParameter, 1> value_bearing = {expressions[1]};
  RETURN_IF_API_ERROR(expr::CheckExpressionParameters(legacy, expressions, value_bearing,
                                                      Member("ExpressionAttributeNames"),
                                                      Member("ExpressionAttributeValues")));
  return ParsePlaceholders();
}

ApiStatus Scan::ParseLegacy() {
  const json::Value filter = Member("ScanFilter");
  const json::Value conditional_operator = Member("ConditionalOperator");
  if (filter.present() || conditional_operator.present()) {
    RETURN_IF_API_ERROR(
        expr::Condition::FromFilter(filter, conditional_operator, call()->TakeScratch(), &filter_));
  }
  if (const json::Value names = Member("AttributesToGet"); names.present()) {
    RETURN_IF_API_ERROR(expr::Projection::FromAttributesToGet(names, &projection_));
  }
  return ApiStatus::Ok();
}

ApiStatus Scan::CheckSegments() {
  const json::Value segment = Member("Segment");
  const json::Value total = Member("TotalSegments");
  if (segment.present() && !total.present()) {
    return ValidationError(
        "The TotalSegments parameter is required but was not present in the request when Segment "
        "parameter is present");
  }
  if (total.present() && !segment.present()) {
    return ValidationError(
        "The Segment parameter is required but was not present in the request when parameter "
        "TotalSegments is present");
  }
  if (!segment.present()) {
    return ApiStatus::Ok();
  }
  page_.segment = segment.AsInt64();
  page_.segment_count = total.AsInt64();
  if (page_.segment >= page_.segment_count) {
    return ValidationError(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: " +
        std::to_string(page_.segment) +
        " is not less than TotalSegments: " + std::to_string(page_.segment_count));
  }
  return ApiStatus::Ok();
}

ApiStatus Scan::ParseExpressions() {
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("FilterExpression", Member("FilterExpression")));
  RETURN_IF_API_ERROR(
      CheckNotEmptyExpression("ProjectionExpression", Member("ProjectionExpression")));
  RETURN_IF_API_ERROR(ParseFilterExpression());
  RETURN_IF_API_ERROR(ParseProjectionExpression());
  RETURN_IF_API_ERROR(placeholders_.CheckAllUsed());
  return CheckSelect(Kind::kScan);
}

ApiStatus Scan::Check() {
  RETURN_IF_API_ERROR(CheckConstraints());
  RETURN_IF_API_ERROR(CheckParameters());
  RETURN_IF_API_ERROR(ParseLegacy());
  RETURN_IF_API_ERROR(ParseStartKey());
  RETURN_IF_API_ERROR(CheckSegments());
  RETURN_IF_API_ERROR(ParseExpressions());
  RETURN_IF_API_ERROR(FindTableForRead());
  RETURN_IF_API_ERROR(FindIndex());
  RETURN_IF_API_ERROR(CheckStartKeyCount(Kind::kScan));
  RETURN_IF_API_ERROR(CheckAllAttributes());
  RETURN_IF_API_ERROR(CheckStartKeyValues());
  RETURN_IF_API_ERROR(CheckStartSegment());
  RETURN_IF_API_ERROR(CheckPathsOfKeys());
  RETURN_IF_API_ERROR(CheckProjectedAttributes());
  ReadLimit();
  return ApiStatus::Ok();
}

ApiStatus Scan::CheckStartSegment() const {
  if (!start_key_.present() || page_.segment_count == 1) {
    return ApiStatus::Ok();
  }
  const uint64_t seed = services().items->hash_seed();
  std::string key;
  if (page_.index != nullptr) {
    AppendIndexPartitionPrefix(
        page_.index->id(), seed,
        std::span(page_.index_start.partition).first(read_schema().partition.size()), &key);
  } else {
    AppendItemKey(table_->id(), seed, page_.start_partition_key, page_.start_sort_key, &key);
  }
  if (SegmentOf(key, page_.segment_count) == page_.segment) {
    return ApiStatus::Ok();
  }
  return ValidationError(
      "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
      "ExclusiveStartKey with correct Segment. TotalSegments: " +
      std::to_string(page_.segment_count) + " Segment: " + std::to_string(page_.segment));
}

}  // namespace

const Shape kScanShape = {ShapeKind::kStructure, "ScanInput", nullptr, kMembers};

void RunScan(const Services& services, Call* call) {
  auto read = std::make_unique<Scan>(services, call);
  Scan* const started = read.get();
  call->state = std::move(read);
  started->Start();
}

}  // namespace millrace::api
