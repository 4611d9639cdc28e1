// KeySchema, AttributeDefinitions and Projection as requests give them: reading them, and the
// checks that tables and indexes have in common.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// One element of a KeySchema; the name is a view into the request.
struct KeyElement {
  std::string_view name;
  bool is_hash = false;
};

// Reads a list that has passed the constraint checks; empty for an absent one.
std::vector<KeyElement> ReadKeySchema(json::Value key_schema);
std::vector<KeyAttribute> ReadAttributeDefinitions(json::Value definitions);

// The definition of `name`, or nullptr.
const KeyAttribute* FindDefinition(std::span<const KeyAttribute> definitions,
                                   std::string_view name);

// The schema that elements and definitions make; both have been checked.
KeySchema MakeKeySchema(std::span<const KeyElement> elements,
                        std::span<const KeyAttribute> definitions);

// Whether all attributes of a table's key are defined.
ApiStatus CheckTableKeysDefined(std::span<const KeyElement> elements,
                                std::span<const KeyAttribute> definitions);
// Likewise for an index, which has a sentence of its own.
ApiStatus CheckIndexKeysDefined(std::span<const KeyElement> elements,
                                std::span<const KeyAttribute> definitions);

// Types and order of the elements of a table or local index: HASH, then at most one RANGE, distinct
// names.
ApiStatus CheckSimpleKeySchema(std::span<const KeyElement> elements);
// Likewise for a global index: up to four HASH, then up to four RANGE.
ApiStatus CheckGlobalKeySchema(std::span<const KeyElement> elements, std::string_view index_name);

// ProjectionType against NonKeyAttributes. Adds the number of included attributes to
// `*included_count`.
ApiStatus CheckProjection(json::Value projection, size_t* included_count);

// "[a, b]" for messages.
std::string PrintNames(std::span<const KeyElement> elements);
std::string PrintNames(std::span<const KeyAttribute> definitions);

}  // namespace millrace::api
