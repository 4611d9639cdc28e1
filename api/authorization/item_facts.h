// What the part of a request that is about items tells policies: partition keys, attributes, and
// what would be returned. Reads the request as the operations do; what they refuse may be missing
// here, because it will never run.
#pragma once

#include <string_view>

#include "api/access/facts.h"
#include "api/authorization/access_item.h"
#include "api/wire/services.h"

namespace millrace::api {

// The values of the first partition attribute of the table, or of the index that is read: text,
// numbers in their canonical form, binary values in base64. False if the request names none.
bool ReadLeadingKeys(const Services& services, const ItemPart& part, access::FactValues* values);

// The names of all top-level attributes that the request mentions, keys included.
bool ReadAttributeNames(const ItemPart& part, access::FactValues* values);

// Select as given, or what it is when it is not. Reads only.
bool ReadSelect(const ItemPart& part, access::FactValues* values);

// ReturnValues, NONE if it is not there. A write that shows the whole item when its condition fails
// counts as ALL_OLD. Writes only.
bool ReadReturnValues(const ItemPart& part, access::FactValues* values);

// Whether a SELECT goes over the whole table or index. Only for SELECT.
bool ReadFullTableScan(const Services& services, const ItemPart& part, access::FactValues* values);

}  // namespace millrace::api
