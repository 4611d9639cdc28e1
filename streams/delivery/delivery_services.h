// What the two dispatchers of this folder have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/task.h"
#include "storage/engine/engine.h"
#include "streams/delivery/delivery_counters.h"
#include "streams/delivery/event_changes.h"
#include "streams/functions/function_source.h"
#include "streams/invoke/invoker.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

struct DeliveryOptions {
  int64_t retry_base_ms = 60'000;  // before the second attempt with an event; doubled for the next
  // When there is no capacity, or the server is at fault: doubled every time.
  int64_t delay_base_ms = 1000;
  int64_t delay_max_ms = 300'000;
  // Between attempts to deliver a message: doubled every time, and up to halved at random.
  int64_t message_base_ms = 1000;
  int64_t message_max_ms = 300'000;
  size_t function_concurrency = 4;      // events of one function that run at a time
  size_t concurrency = 64;              // and of all functions
  size_t running_bytes_max = 64 << 20;  // their payloads; one always runs
  size_t window_events = 256;           // of each function, whose keys are held in memory
  size_t batch_messages = 32;           // messages that are sent to a queue in one commit
  size_t batch_bytes = 1 << 20;
  size_t targets_at_a_time = 16;
};

// All outlive the dispatchers. The functions run on the thread.
struct DeliveryServices {
  engine::Engine* engine = nullptr;
  const FunctionSource* functions = nullptr;
  Invoker* invoker = nullptr;
  QueueStore* queues = nullptr;
  const Clock* clock = nullptr;
  Random* random = nullptr;  // the thread's
  TaskQueue* thread = nullptr;
  DeliveryCounters* counters = nullptr;
  std::string region;
  std::string account;
  DeliveryOptions options;
  std::function<void(const std::string& target_arn)> message_written;
  std::function<void(const Placed& placed)> event_placed;
};

// Doubles from `base_ms` with each attempt, the first being 1.
inline int64_t Doubled(int64_t base_ms, int64_t max_ms, int64_t attempt) {
  const int64_t doublings = attempt < 1 ? 0 : attempt > 20 ? 20 : attempt - 1;
  return base_ms << doublings < max_ms ? base_ms << doublings : max_ms;
}

}  // namespace millrace::streams
