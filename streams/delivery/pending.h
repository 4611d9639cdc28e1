// What waits: asynchronous events by function, messages by target, and the ledger of events that
// were given up; read from the store, for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "streams/delivery/delivery_rows.h"

namespace millrace::streams {

struct PendingEvents {
  std::string function_name;
  int64_t count = 0;           // also those that run
  bool count_is_exact = true;  // false: there are more
  int64_t oldest_ms = 0;       // when the oldest of those counted was taken
  int64_t next_try_ms = 0;     // of the first one
  size_t running = 0;
  int64_t held_until_ms = 0;  // there was no capacity; 0: there is
};

struct PendingMessages {
  std::string target_arn;
  int64_t count = 0;
  bool count_is_exact = true;
  int64_t oldest_ms = 0;    // when the first one was written
  int64_t attempts = 0;     // to send the first one
  int64_t next_try_ms = 0;  // 0: at once
  std::string problem;      // of the last attempt; empty: there is none
};

// In order of names. These read up to 100'000 small rows for a function, and 1000 messages for a
// target: for worker threads. Thread-safe.
Result<std::vector<PendingEvents>> ListPendingEvents(const engine::Engine& engine);
Result<std::vector<PendingMessages>> ListPendingMessages(const engine::Engine& engine);

// An entry of the ledger with its event.
struct DiscardedEvent {
  EventDiscard discard;
  std::string payload;
};
// Entries of a function with ids above `after`, in order, at most `count`. Thread-safe.
Result<std::vector<EventDiscard>> ListDiscardedEvents(const engine::Engine& engine,
                                                      const std::string& function_name,
                                                      uint64_t after, size_t count);
// kNotFound if there is no such entry.
Result<DiscardedEvent> FindDiscardedEvent(const engine::Engine& engine,
                                          const std::string& function_name, uint64_t id);

}  // namespace millrace::streams
