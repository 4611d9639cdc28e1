// ExecuteTransaction: many PartiQL statements as one.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kExecuteTransactionShape;
void RunExecuteTransaction(const Services& services, Call* call);

}  // namespace millrace::api
