// ExecuteStatement: one PartiQL statement, a page of rows or a write.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kExecuteStatementShape;
void RunExecuteStatement(const Services& services, Call* call);

}  // namespace millrace::api
