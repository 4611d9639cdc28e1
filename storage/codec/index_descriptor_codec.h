// The stored form of the secondary indexes of a table: two fields of the table's descriptor, one
// for each kind. Private to storage/codec; FORMAT.md is normative.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/model/table_descriptor.h"

namespace millrace {

// The indexes of `kind` in their order; empty when there are none.
std::string EncodeIndexes(IndexKind kind, const std::vector<IndexDescriptor>& indexes);

// Appends the indexes to `indexes`; false when the bytes are malformed.
bool DecodeIndexes(IndexKind kind, std::string_view bytes, std::vector<IndexDescriptor>* indexes);

}  // namespace millrace
