// UpdateTable: changes billing, throughput and other settings of a table.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kUpdateTableShape;
void RunUpdateTable(const Services& services, Call* call);

}  // namespace millrace::api
