// The stored form of what a table descriptor says of its stream and its time to live. Private to
// storage/codec; FORMAT.md is normative.
#pragma once

#include <string>
#include <string_view>

#include "storage/model/table_descriptor.h"

namespace millrace {

// Fields in the manner of the table descriptor, without a version of their own. Decoders expect a
// default-constructed value and answer false when the bytes are malformed.
std::string EncodeTableStream(const TableStream& stream);
bool DecodeTableStream(std::string_view bytes, TableStream* stream);
std::string EncodeTimeToLive(const TimeToLive& time_to_live);
bool DecodeTimeToLive(std::string_view bytes, TimeToLive* time_to_live);

}  // namespace millrace
