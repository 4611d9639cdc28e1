// The list of operations this server has: their only registry.
#pragma once

#include <span>

#include "api/wire/operation.h"

namespace millrace::api {

// Every operation that is built. A name that is not here answers UnknownOperationException.
// Thread-safe.
std::span<const Operation> AllOperations();

}  // namespace millrace::api
