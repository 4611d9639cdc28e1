// The list of operations of the logs protocol: their only registry.
#pragma once

#include <span>

#include "api/wire/operation.h"

namespace millrace::api {

// Every operation of the logs protocol that is built. Thread-safe.
std::span<const Operation> LogOperations();

}  // namespace millrace::api
