// The stored form of table descriptors (column family `catalog`). FORMAT.md is normative.
#pragma once

#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "storage/model/table_descriptor.h"

namespace millrace {

// Appends the stored form: a version byte, then tagged fields, so that fields can be added without
// a new version.
void EncodeTableDescriptor(const TableDescriptor& descriptor, std::string* out);

// Reads a stored form. kCorruption for anything malformed, or written by a newer version; never
// crashes.
Result<TableDescriptor> DecodeTableDescriptor(std::string_view bytes);

}  // namespace millrace
