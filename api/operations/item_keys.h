// Key attributes of items: what a key may be, checked in AWS's order. Used by every operation that
// names an item.
#pragma once

#include <string_view>

#include "api/wire/error.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// The values of an item's table key. `sort` is not present() on tables without a sort key.
struct ItemKey {
  ValueView partition;
  ValueView sort;
};

// Takes the key out of a whole item (PutItem): presence, type, emptiness, size; partition key
// first.
ApiStatus KeyOfItem(const ItemView& item, const KeySchema& schema, ItemKey* key);

// Likewise for a put of BatchWriteItem, which says that the key does not match where PutItem says
// what is missing or of the wrong type.
ApiStatus KeyOfBatchItem(const ItemView& item, const KeySchema& schema, ItemKey* key);

// Takes the key out of a Key parameter, which must have the key attributes and no others.
ApiStatus KeyOfKeyParameter(const ItemView& parameter, const KeySchema& schema, ItemKey* key);

// Emptiness and size of one key value of a type that is right already.
ApiStatus CheckPartitionKeyValue(std::string_view name, ValueView value);
ApiStatus CheckSortKeyValue(std::string_view name, ValueView value);

// Whether the first thing wrong with the key attributes of `item` (whole item or Key parameter), in
// the order of the checks above, is an empty value: transactions answer that differently.
bool FirstKeyProblemIsEmptyValue(const ItemView& item, const KeySchema& schema);

// Whether a Key parameter has the key attributes, of the right types, and no others.
bool HasFormOfKey(const ItemView& parameter, const KeySchema& schema);

// Whether `name` is one of the schema's key attributes.
bool IsKeyAttribute(const KeySchema& schema, std::string_view name);

}  // namespace millrace::api
