// The list of queue operations: their only registry.
#pragma once

#include <span>

#include "api/wire/operation.h"

namespace millrace::api {

// Every operation of the queue protocol that is built. Thread-safe.
std::span<const Operation> QueueOperations();

}  // namespace millrace::api
