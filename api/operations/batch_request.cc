// Checks of RequestItems and the parsing of its items.
#include "api/operations/batch_request.h"

#include <algorithm>

#include "api/wire/arn.h"
#include "api/wire/attribute_json.h"
#include "api/wire/canonical_input.h"
#include "api/wire/distinct.h"
#include "api/wire/input_text.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

bool IsPossibleTableName(std::string_view name) {
  if (ParseTableArn(name).has_value()) {
    return true;
  }
  return name.size() >= limits::kTableNameSizeMin && HasNameCharacters(name) &&
         name.size() <= limits::kTableNameSizeMax;
}

}  // namespace

std::vector<BatchTable> ListBatchTables(json::Value request_items) {
  std::vector<BatchTable> tables;
  if (!request_items.present()) {
    return tables;
  }
  std::vector<bool> overridden;
  FindOverriddenMembers(request_items, &overridden);
  tables.reserve(request_items.size());
  size_t index = 0;
  for (const json::Member entry : request_items.members()) {
    if (overridden.empty() || !overridden[index]) {
      tables.push_back({entry.name, entry.value});
    }
    ++index;
  }
  return tables;
}

std::string BatchPath(std::string_view table_name, std::string_view rest) {
  std::string path("requestItems.");
  path.append(table_name).append(".member").append(rest);
  return path;
}

std::string EmptyListEntry(std::string_view path) {
  std::string entry("Value at '");
  return entry.append(path).append(
      "' failed to satisfy constraint: Member must have length greater than or equal to 1");
}

ApiStatus CheckBatchTableNames(std::string_view operation, const Shape& shape,
                               json::Value request_items, const std::vector<BatchTable>& tables) {
  if (tables.empty()) {
    return ValidationError("The requestItems parameter is required for " + std::string(operation));
  }
  for (const BatchTable& table : tables) {
    if (IsPossibleTableName(table.name)) {
      continue;
    }
    std::string text;
    AppendInputText(shape, request_items, &text);
    ConstraintCollector constraints;
    constraints.AddValue(text, "requestItems",
                         "Map keys must satisfy constraint: [Member must have length less than or "
                         "equal to 255, Member must have length greater than or equal to 3, Member "
                         "must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]");
    return constraints.Finish();
  }
  return ApiStatus::Ok();
}

bool HasEqualKeys(const Shape& shape, json::Value keys) {
  std::vector<std::string> texts;
  texts.reserve(keys.size());
  for (const json::Value key : keys.elements()) {
    AppendCanonicalInput(shape, key, &texts.emplace_back());
  }
  std::sort(texts.begin(), texts.end());
  return std::adjacent_find(texts.begin(), texts.end()) != texts.end();
}

ApiStatus ParsedItems::Add(json::Value map, size_t* dynamo_size) {
  const size_t offset = buffer_->size();
  ItemView item;
  RETURN_IF_API_ERROR(ParseAttributeMap(map, buffer_, &item));
  places_.emplace_back(offset, item.encoded().size());
  if (dynamo_size != nullptr) {
    *dynamo_size = item.DynamoSize();
  }
  return ApiStatus::Ok();
}

std::vector<ItemView> ParsedItems::Views() const {
  std::vector<ItemView> views;
  views.reserve(places_.size());
  for (const auto& [offset, size] : places_) {
    views.push_back(ItemView::At(std::string_view(*buffer_).substr(offset, size)));
  }
  return views;
}

}  // namespace millrace::api
