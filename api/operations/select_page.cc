// The checks of a SELECT in AWS's order, its ranges, and its NextToken.
#include "api/operations/select_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/wire/attribute_json.h"

namespace millrace::api {

SelectPage::SelectPage(const Services& services, Call* call,
                       std::unique_ptr<StatementRequest> request)
    : PageRead(services, call),
      request_(std::move(request)),
      rows_(request_->statement().projection) {}

partiql::PageQuestion SelectPage::question() const {
  return {request_->text(), request_->parameters(), table_->id()};
}

ApiStatus SelectPage::Check() {
  RETURN_IF_API_ERROR(FindTable(services(), statement().table, &table_));
  RETURN_IF_API_ERROR(FindIndexOfStatement());
  RETURN_IF_API_ERROR(partiql::PlanSelect(statement(), read_schema(), &plan_));
  filter_ = std::move(plan_.filter);
  filters_entries_ = true;
  RETURN_IF_API_ERROR(CheckKeyValues());
  RETURN_IF_API_ERROR(CheckPathsOfKeys());
  RETURN_IF_API_ERROR(CheckProjectedAttributes());
  RETURN_IF_API_ERROR(CheckFilteredAttributes());
  RETURN_IF_API_ERROR(ReadToken());
  SetSortBounds();
  ReadLimit();
  page_.reverse = plan_.reverse;
  return ApiStatus::Ok();
}

ApiStatus SelectPage::FindIndexOfStatement() {
  const std::string& name = statement().index;
  if (name.empty()) {
    return ApiStatus::Ok();
  }
  const tables::TableIndex* const index = table_->FindIndex(name);
  if (index == nullptr) {
    return ValidationError("The table does not have the specified index");
  }
  if (index->progress != nullptr) {
    return ValidationError("Cannot read from backfilling global secondary index: " + name);
  }
  if (!index->is_local() && request_->consistent()) {
    return ValidationError("Strongly consistent read is not supported on Global Secondary Indexes");
  }
  page_.index = index;
  return ApiStatus::Ok();
}

ApiStatus SelectPage::CheckKeyValues() const {
  const KeySchema& schema = read_schema();
  for (const std::vector<ValueView>& partition : plan_.partitions) {
    for (size_t index = 0; index < partition.size(); ++index) {
      RETURN_IF_API_ERROR(CheckPartitionKeyValue(schema.partition[index].name, partition[index]));
    }
  }
  for (size_t index = 0; index < plan_.sort.size(); ++index) {
    for (const ValueView bound : {plan_.sort[index].from, plan_.sort[index].to}) {
      if (bound.present()) {
        RETURN_IF_API_ERROR(CheckSortKeyValue(schema.sort[index].name, bound));
      }
    }
  }
  return ApiStatus::Ok();
}

// The filter is held against the entries of the index, so it may not need more than they have.
ApiStatus SelectPage::CheckFilteredAttributes() const {
  if (page_.index == nullptr || !plan_.strict_projection) {
    return ApiStatus::Ok();
  }
  std::vector<std::string> missing;
  for (const expr::DocumentPath& path : filter_.paths()) {
    const std::string& name = path.top_level_name();
    if (!page_.index->projection.Has(name) &&
        std::find(missing.begin(), missing.end(), name) == missing.end()) {
      missing.push_back(name);
    }
  }
  if (missing.empty()) {
    return ApiStatus::Ok();
  }
  std::string list;
  for (const std::string& name : missing) {
    list += (list.empty() ? "" : ", ") + name;
  }
  return ValidationError("One or more parameter values were invalid: Secondary index " +
                         page_.index->descriptor->name +
                         " does not project one or more filter attributes: [" + list + "]");
}

ApiStatus SelectPage::ReadToken() {
  const json::Value token = Member("NextToken");
  if (!token.present()) {
    return ApiStatus::Ok();
  }
  RETURN_IF_API_ERROR(
      partiql::DecodePageToken(token.AsString(), question(), &token_bytes_, &start_key_));
  // The item in the token may be anything that somebody made up.
  if (!CheckStartKeyCount(Kind::kQuery).ok() || !CheckStartKeyValues().ok()) {
    return ValidationError("Invalid NextToken");
  }
  return plan_.keyed ? FindRange(start_key_) : ApiStatus::Ok();
}

// Goes on in the partition that the last page ended in.
ApiStatus SelectPage::FindRange(const ItemView& last_key) {
  const std::vector<KeyAttribute>& attributes = read_schema().partition;
  for (range_ = 0; range_ < plan_.partitions.size(); ++range_) {
    bool same = true;
    for (size_t index = 0; index < attributes.size() && same; ++index) {
      same = ValuesEqual(last_key.Find(attributes[index].name), plan_.partitions[range_][index]);
    }
    if (same) {
      return ApiStatus::Ok();
    }
  }
  return ValidationError("Invalid NextToken");
}

// The bounds are the same in every partition: points of the first sort attributes, then a range.
void SelectPage::SetSortBounds() {
  for (size_t index = 0; index < plan_.sort.size(); ++index) {
    const partiql::SortBounds& bounds = plan_.sort[index];
    if (index + 1 < plan_.sort.size()) {
      page_.index_sort_equal.push_back(bounds.from);
      continue;
    }
    page_.sort_from = bounds.from;
    page_.sort_from_inclusive = bounds.from_inclusive;
    page_.sort_to = bounds.to;
    page_.sort_to_inclusive = bounds.to_inclusive;
    page_.sort_prefix = bounds.prefix;
  }
}

void SelectPage::OpenRange(size_t range) {
  if (plan_.keyed) {
    page_.index_partition = plan_.partitions[range];
    page_.partition_key = plan_.partitions[range].front();
  }
}

Status SelectPage::ReadRange(tables::ItemVisitor* visitor, tables::PageOutcome* outcome) {
  if (!plan_.full_key || page_.index != nullptr || start_key_.present()) {
    return PageRead::ReadRange(visitor, outcome);
  }
  engine::PinnedValue pin;
  ItemView item;
  RETURN_IF_ERROR(
      services().items->Get(*table_, page_.partition_key, page_.sort_from, &pin, &item));
  if (item.present()) {
    visitor->Visit(item);
    outcome->evaluated_count = 1;
    outcome->evaluated_bytes = item.DynamoSize();
  }
  return Status::Ok();
}

void SelectPage::WriteSummary(json::Writer* writer) const {
  if (!stopped_early()) {
    return;
  }
  std::string bytes;
  const ItemView last = LastItem(&bytes);
  writer->Member("NextToken", partiql::EncodePageToken(question(), last));
  writer->Key("LastEvaluatedKey");
  WriteAttributes(last.attributes(), writer);
}

}  // namespace millrace::api
