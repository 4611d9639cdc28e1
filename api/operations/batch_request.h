// What BatchGetItem and BatchWriteItem have in common: a map from table names to requests, and many
// items or keys in one request.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/wire/constraints.h"
#include "api/wire/error.h"
#include "api/wire/shape.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api {

// An entry of RequestItems.
struct BatchTable {
  std::string_view name;  // as the client sent it: a name or an ARN
  json::Value value;      // null if the client sent that
};

// The entries in the order of the request; of duplicate names the last one counts. Empty if
// `request_items` is absent.
std::vector<BatchTable> ListBatchTables(json::Value request_items);

// "requestItems.<table>.member<rest>": where constraint errors find a part of an entry.
std::string BatchPath(std::string_view table_name, std::string_view rest);

// The whole entry for a list without elements at `path`: without its value, as AWS writes it.
std::string EmptyListEntry(std::string_view path);

// Refuses an empty map and names that no table can have. `operation` is the operation's name,
// `shape` that of RequestItems.
ApiStatus CheckBatchTableNames(std::string_view operation, const Shape& shape,
                               json::Value request_items, const std::vector<BatchTable>& tables);

// Whether two elements of a list of values of this shape are equal, whatever the table's schema.
bool HasEqualKeys(const Shape& shape, json::Value keys);

// Parses many attribute maps into one buffer. Not thread-safe.
class ParsedItems {
 public:
  // `buffer` is empty and must outlive the views.
  explicit ParsedItems(std::string* buffer) : buffer_(buffer) {}
  // Parses one more map; `*dynamo_size` (may be nullptr) gets the DynamoDB size of the item.
  ApiStatus Add(json::Value map, size_t* dynamo_size = nullptr);
  // Views of all, in order; nothing may be added afterwards.
  std::vector<ItemView> Views() const;

 private:
  std::string* const buffer_;
  std::vector<std::pair<size_t, size_t>> places_;  // offset and size
};

}  // namespace millrace::api
