// ListTables: names of tables in byte order, page by page.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kListTablesShape;
void RunListTables(const Services& services, Call* call);

}  // namespace millrace::api
