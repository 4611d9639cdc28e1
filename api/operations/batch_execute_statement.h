// BatchExecuteStatement: many PartiQL statements, each on its own.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kBatchExecuteStatementShape;
void RunBatchExecuteStatement(const Services& services, Call* call);

}  // namespace millrace::api
