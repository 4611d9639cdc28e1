// What the control plane validates but cannot carry out yet. Each feature removes its check here
// when it arrives.
#pragma once

#include "api/wire/error.h"
#include "storage/base/json.h"

namespace millrace::api {

// Refuses requests of CreateTable and UpdateTable that ask for replicas. `input` has passed every
// other validation.
ApiStatus RefuseUnsupported(json::Value input);

}  // namespace millrace::api
