// From the definition of a secondary index in a request to its description in the catalog.
#pragma once

#include <span>
#include <vector>

#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// The index that a checked definition asks for; `definitions` has the types of its key attributes.
IndexDescriptor MakeIndex(IndexKind kind, json::Value definition,
                          std::span<const KeyAttribute> definitions);

// All indexes of a checked CreateTable request, the local ones first.
std::vector<IndexDescriptor> MakeIndexes(json::Value input,
                                         std::span<const KeyAttribute> definitions);

}  // namespace millrace::api
