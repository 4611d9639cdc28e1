// DeleteTable: drops a table and its items.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kDeleteTableShape;
void RunDeleteTable(const Services& services, Call* call);

}  // namespace millrace::api
