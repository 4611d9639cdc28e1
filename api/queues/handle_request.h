// Deleting and hiding messages that were received: what the four operations have in common.
#pragma once

#include "api/queues/queue_request.h"

namespace millrace::api {

inline constexpr int64_t kVisibilityTimeoutMax = 43200;

// The receipt handle of a request or entry.
QueueStatus ReadHandle(json::Value input, streams::ReceiptHandle* handle);
// The handle, and the new visibility timeout.
QueueStatus ReadVisibilityChange(json::Value input, streams::VisibilityChange* change);
// What an outcome means for the caller.
QueueStatus FromHandleOutcome(streams::HandleOutcome outcome);

// Runs a request about one message, or (`is_batch`) about those of its entries; `deletes` or hides
// them.
void RunHandles(const Services& services, bool is_batch, bool deletes, Call* call);

}  // namespace millrace::api
