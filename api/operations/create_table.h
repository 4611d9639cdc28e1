// CreateTable: makes a table.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kCreateTableShape;
void RunCreateTable(const Services& services, Call* call);

}  // namespace millrace::api
