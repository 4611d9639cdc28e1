// The checks that Query and Scan have in common.
#include <algorithm>
#include <string>
#include <vector>

#include "api/operations/page_read.h"
#include "api/wire/attribute_json.h"
#include "api/wire/shape.h"
#include "storage/codec/index_codec.h"
#include "storage/codec/value_writer.h"

namespace millrace::api {
namespace {

constexpr std::string_view kStartKeyInvalid = "The provided starting key is invalid";
constexpr std::string_view kKeyDoesNotMatch = "The provided key element does not match the schema";
constexpr std::string_view kStartKeyMismatch =
    "The provided starting key is invalid: The provided key element does not match the schema";

// Problems of start key values that AWS wraps; the others stay bare.
bool IsWrappedInStartKey(ValueProblem::Kind kind) {
  switch (kind) {
    case ValueProblem::Kind::kEmptyValue:
    case ValueProblem::Kind::kMultipleTypes:
    case ValueProblem::Kind::kNullNotTrue:
    case ValueProblem::Kind::kEmptyStringSet:
    case ValueProblem::Kind::kEmptyBinarySet:
      return true;
    default:
      return false;
  }
}

size_t CountDistinct(const KeySchema& index, const KeySchema& table) {
  size_t count = index.attribute_count();
  for (const std::vector<KeyAttribute>* attributes : {&table.partition, &table.sort}) {
    for (const KeyAttribute& attribute : *attributes) {
      count += IsKeyAttribute(index, attribute.name) ? 0 : 1;
    }
  }
  return count;
}

// Whether `key` has values of the right types and sizes for the attributes of `schema`.
ApiStatus CheckStartValues(const ItemView& key, const KeySchema& schema, std::string_view missing,
                           std::string_view wrong_type) {
  for (const std::vector<KeyAttribute>* attributes : {&schema.partition, &schema.sort}) {
    for (const KeyAttribute& attribute : *attributes) {
      const ValueView value = key.Find(attribute.name);
      if (!value.present()) {
        return ValidationError(missing);
      }
      if (value.type() != attribute.type) {
        return ValidationError(wrong_type);
      }
      RETURN_IF_API_ERROR(attributes == &schema.partition
                              ? CheckPartitionKeyValue(attribute.name, value)
                              : CheckSortKeyValue(attribute.name, value));
    }
  }
  return ApiStatus::Ok();
}

}  // namespace

ApiStatus PageRead::ParsePlaceholders() {
  return placeholders_.Parse(Member("ExpressionAttributeNames"),
                             Member("ExpressionAttributeValues"), call_->TakeScratch());
}

ApiStatus PageRead::ParseStartKey() {
  const json::Value start_key = Member("ExclusiveStartKey");
  if (!start_key.present()) {
    return ApiStatus::Ok();
  }
  std::string* const probe = call_->TakeScratch();
  for (const json::Member& attribute : start_key.members()) {
    probe->clear();
    ValueWriter writer(probe);
    ValueProblem problem;
    if (!attribute.value.IsNull() && !ParseAttributeValue(attribute.value, 1, &writer, &problem)) {
      return ValidationError(IsWrappedInStartKey(problem.kind)
                                 ? std::string(kStartKeyInvalid) + ": " + problem.message
                                 : problem.message);
    }
  }
  return ParseAttributeMap(start_key, call_->TakeScratch(), &start_key_);
}

ApiStatus PageRead::ParseFilterExpression() {
  const json::Value text = Member("FilterExpression");
  if (!text.present()) {
    return ApiStatus::Ok();
  }
  return expr::Condition::Parse("FilterExpression", text.AsString(), &placeholders_, &filter_);
}

ApiStatus PageRead::CheckSelect(Kind kind) {
  const json::Value member = Member("Select");
  if (!member.present()) {
    return ApiStatus::Ok();
  }
  const std::string select(member.AsString());
  const bool expression = Member("ProjectionExpression").present();
  const bool names = Member("AttributesToGet").present();
  if (select == "SPECIFIC_ATTRIBUTES") {
    if (!expression && !names) {
      return ValidationError(
          std::string(kind == Kind::kQuery ? "1 validation error detected: " : "") +
          "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
          "SPECIFIC_ATTRIBUTES");
    }
    return ApiStatus::Ok();
  }
  if (expression || names) {
    return ValidationError(std::string("Cannot specify the ") +
                           (expression ? "ProjectionExpression" : "AttributesToGet") +
                           " when choosing to get " +
                           (select == "COUNT" ? "only the Count" : select));
  }
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !Member("IndexName").present()) {
    return ValidationError(
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  count_only_ = select == "COUNT";
  all_attributes_ = select == "ALL_ATTRIBUTES";
  return ApiStatus::Ok();
}

ApiStatus PageRead::ParseProjectionExpression() {
  const json::Value text = Member("ProjectionExpression");
  if (!text.present()) {
    return ApiStatus::Ok();
  }
  return expr::Projection::Parse(text.AsString(), &placeholders_, &projection_);
}

ApiStatus PageRead::FindTableForRead() {
  return FindTable(services_, Member("TableName").AsString(), &table_);
}

ApiStatus PageRead::FindIndex() {
  const json::Value member = Member("IndexName");
  if (!member.present()) {
    return ApiStatus::Ok();
  }
  const std::string name(member.AsString());
  const tables::TableIndex* const index = table_->FindIndex(name);
  if (index == nullptr) {
    return ValidationError("The table does not have the specified index: " + name);
  }
  if (index->progress != nullptr) {
    return ValidationError("Cannot read from backfilling global secondary index: " + name);
  }
  if (!index->is_local() && BooleanOf(Member("ConsistentRead"))) {
    return ValidationError("Consistent reads are not supported on global secondary indexes");
  }
  page_.index = index;
  return ApiStatus::Ok();
}

ApiStatus PageRead::CheckStartKeyCount(Kind kind) const {
  if (!start_key_.present()) {
    return ApiStatus::Ok();
  }
  const size_t count = start_key_.attributes().count();
  if (page_.index != nullptr) {
    return count == CountDistinct(page_.index->key_schema(), table_->key_schema())
               ? ApiStatus::Ok()
               : ValidationError(kStartKeyInvalid);
  }
  if (count == table_->key_schema().attribute_count()) {
    return ApiStatus::Ok();
  }
  return ValidationError(kind == Kind::kScan ? kStartKeyMismatch : kStartKeyInvalid);
}

ApiStatus PageRead::CheckStartKeyValues() {
  if (!start_key_.present()) {
    return ApiStatus::Ok();
  }
  if (page_.index != nullptr) {
    RETURN_IF_API_ERROR(CheckStartValues(start_key_, page_.index->key_schema(), kStartKeyInvalid,
                                         kKeyDoesNotMatch));
  }
  RETURN_IF_API_ERROR(
      CheckStartValues(start_key_, table_->key_schema(), kStartKeyMismatch, kStartKeyMismatch));
  SetStart(start_key_);
  return ApiStatus::Ok();
}

void PageRead::SetStart(const ItemView& key) {
  const KeySchema& schema = table_->key_schema();
  page_.start_partition_key = key.Find(schema.partition_key().name);
  if (schema.sort_key() != nullptr) {
    page_.start_sort_key = key.Find(schema.sort_key()->name);
  }
  if (page_.index != nullptr) {
    FindIndexKey(key, page_.index->key_schema(), &page_.index_start);
  }
}

ApiStatus PageRead::CheckAllAttributes() const {
  if (page_.index == nullptr || page_.index->is_local() || page_.index->projection.all() ||
      !all_attributes_) {
    return ApiStatus::Ok();
  }
  return ValidationError(
      "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for "
      "global secondary index " +
      page_.index->descriptor->name + " because its projection type is not ALL");
}

ApiStatus PageRead::CheckProjectedAttributes() const {
  if (page_.index == nullptr || page_.index->is_local()) {
    return ApiStatus::Ok();
  }
  std::string missing;
  for (const expr::DocumentPath& path : projected_paths()) {
    if (!page_.index->projection.Has(path.top_level_name())) {
      missing += (missing.empty() ? "" : ", ") + path.top_level_name();
    }
  }
  if (missing.empty()) {
    return ApiStatus::Ok();
  }
  return ValidationError("One or more parameter values were invalid: Global secondary index " +
                         page_.index->descriptor->name + " does not project [" + missing + "]");
}

ApiStatus PageRead::CheckPathsOfKeys() const {
  using Paths = std::span<const expr::DocumentPath>;
  for (const Paths paths : {Paths(filter_.paths()), projected_paths()}) {
    RETURN_IF_API_ERROR(CheckKeyPaths(paths, table_->key_schema()));
    if (page_.index != nullptr) {
      RETURN_IF_API_ERROR(CheckIndexKeyPaths(paths, page_.index->key_schema()));
    }
  }
  return ApiStatus::Ok();
}

void PageRead::ReadLimit() {
  if (const json::Value limit = Member("Limit"); limit.present()) {
    item_limit_ = static_cast<uint32_t>(std::min<int64_t>(limit.AsInt64(), INT32_MAX));
  }
}

}  // namespace millrace::api
