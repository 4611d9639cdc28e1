// The lists of operations of the functions service, which are their only registry. One operation is
// one file of this folder, declared and entered beside the list.
#pragma once

#include <span>

#include "api/functions/rest_dispatch.h"

namespace millrace::api {

// What functions are: code, configuration, versions, layers, permissions. Thread-safe.
std::span<const RestOperation> FunctionOperations();

// What makes functions run: invocations, event source mappings; and what goes across all of these:
// tags, the account's limits. Thread-safe.
std::span<const RestOperation> InvocationOperations();

}  // namespace millrace::api
