// What is done about queues in the background: messages whose retention is over, deduplication ids
// that are too old, and what deleted and purged queues have left behind. For one background thread;
// every function stops early, without failure, once `stop` is true.
#pragma once

#include <atomic>
#include <cstdint>

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

// Messages are looked at in the order in which they were sent, up to the first that is not expired.
Status RemoveExpiredMessages(engine::Engine* engine, const QueuePointer& queue, int64_t now_ms,
                             const std::atomic<bool>& stop);
Status ForgetDeduplication(engine::Engine* engine, int64_t now_ms, const std::atomic<bool>& stop);
// Repeats after a crash what was begun.
Status DropRetiredQueues(engine::Engine* engine, const std::atomic<bool>& stop);

}  // namespace millrace::streams
