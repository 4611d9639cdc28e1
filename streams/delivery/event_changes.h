// The commits by which asynchronous events come, go on and end. What becomes of an event, what its
// destinations are to be told, and its place in the ledger are one commit each time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "storage/base/task.h"
#include "storage/engine/engine.h"
#include "streams/delivery/delivery_rows.h"
#include "streams/mappings/outgoing.h"

namespace millrace::streams {

// Where an event has come to stand.
struct Placed {
  std::string function_name;
  DueKey key;
};

// Writes an event as part of a plan: with `event.id`, due at once. Its place in the order.
Placed PutNewEvent(StoredEvent event, uint64_t id, engine::WriteSet* writes);

// Stores a new event; `event.id` is set by it.
void StoreEvent(engine::Engine* engine, StoredEvent event, TaskQueue* home,
                std::function<void(Result<Placed>)> done);

// What became of an attempt, or of the decision not to make one.
struct EventOutcome {
  DueEvent due;                           // as it is stored
  std::optional<DueEvent> next;           // when it is tried again; nothing: it has ended
  std::optional<FailedAttempt> failure;   // with `next`: replaces what was known of the last one
  std::vector<OutgoingMessage> messages;  // ids and times are set by the commit
  std::optional<EventDiscard> discard;    // it has ended, and is kept in the ledger
};
// kRefused: somebody else has taken the event away; nothing was written.
void NoteOutcome(engine::Engine* engine, std::shared_ptr<const EventOutcome> outcome,
                 TaskQueue* home, std::function<void(const Status&)> done);

// Takes an entry out of the ledger and has its event tried again, as if it were new. kNotFound if
// there is no such entry.
void RedriveEvent(engine::Engine* engine, const std::string& function_name, uint64_t id,
                  TaskQueue* home, std::function<void(Result<Placed>)> done);
// Deletes an entry and its event.
void DeleteDiscardedEvent(engine::Engine* engine, const std::string& function_name, uint64_t id,
                          TaskQueue* home, std::function<void(const Status&)> done);

}  // namespace millrace::streams
