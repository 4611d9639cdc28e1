// Scan: reads all items of a table, or of one segment of it.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kScanShape;
void RunScan(const Services& services, Call* call);

}  // namespace millrace::api
