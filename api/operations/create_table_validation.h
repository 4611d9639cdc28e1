// What a CreateTable request must satisfy before the catalog is asked.
#pragma once

#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// Checks the whole request in AWS's order and, if nothing is wrong with it, fills `*descriptor`
// with the table to be created.
ApiStatus MakeTableDescriptor(const Services& services, json::Value input,
                              TableDescriptor* descriptor);

}  // namespace millrace::api
