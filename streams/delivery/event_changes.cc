// Plans of changes to events.
#include "streams/delivery/event_changes.h"

#include <utility>

#include "streams/delivery/change.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr size_t kRowsWeight = 1024;

void PutDue(const DueEvent& due, WriteSet* writes) {
  std::string value;
  EncodeDueEvent(due, &value);
  writes->Put(Space::kFunctions, DueEventKey(due.function_name, due.key), value);
}

void PutMessage(OutgoingMessage message, WriteSet* writes) {
  message.id = writes->TakeSequence();
  message.creation_ms = writes->now_ms();
  std::string value;
  EncodeOutgoing(message, &value);
  writes->Put(Space::kFunctions, OutgoingKey(message.target_arn, message.id), value);
}

Status PlanOutcome(const EventOutcome& outcome, const PinnedValue& due, WriteSet* writes) {
  if (!due.found()) {
    return Status(StatusCode::kRefused, "the event is gone");
  }
  const uint64_t id = outcome.due.key.id;
  std::string value;
  writes->Delete(Space::kFunctions, DueEventKey(outcome.due.function_name, outcome.due.key));
  if (outcome.next.has_value()) {
    PutDue(*outcome.next, writes);
    if (outcome.failure.has_value()) {
      EncodeFailedAttempt(*outcome.failure, &value);
      writes->Put(Space::kFunctions, FailedAttemptKey(id), value);
    }
    return Status::Ok();
  }
  if (outcome.due.attempts > 0) {
    writes->Delete(Space::kFunctions, FailedAttemptKey(id));
  }
  if (outcome.discard.has_value()) {
    EventDiscard discard = *outcome.discard;
    discard.time_ms = writes->now_ms();
    EncodeEventDiscard(discard, &value);
    writes->Put(Space::kFunctions, EventDiscardKey(discard.function_name, id), value);
  } else {
    writes->Delete(Space::kFunctions, StoredEventKey(id));
  }
  for (const OutgoingMessage& message : outcome.messages) {
    PutMessage(message, writes);
  }
  return Status::Ok();
}

}  // namespace

Placed PutNewEvent(StoredEvent event, uint64_t id, WriteSet* writes) {
  event.id = id;
  std::string value;
  EncodeStoredEvent(event, &value);
  writes->Put(Space::kFunctions, StoredEventKey(id), value);
  DueEvent due;
  due.function_name = event.function_name;
  due.received_ms = writes->now_ms();
  due.key = {due.received_ms, id};
  PutDue(due, writes);
  return {std::move(due.function_name), due.key};
}

void StoreEvent(engine::Engine* engine, StoredEvent event, TaskQueue* home,
                std::function<void(Result<Placed>)> done) {
  auto placed = std::make_shared<Placed>();
  const size_t weight = event.payload->size() + kRowsWeight;
  auto plan = [placed, event = std::move(event)](std::span<const PinnedValue>, WriteSet* writes) {
    *placed = PutNewEvent(event, writes->TakeSequence(), writes);
    return Status::Ok();
  };
  Change::Submit(engine, {}, weight, std::move(plan), home,
                 [placed, done = std::move(done)](const Status& status) {
                   done(status.ok() ? Result<Placed>(*placed) : Result<Placed>(status));
                 });
}

void NoteOutcome(engine::Engine* engine, std::shared_ptr<const EventOutcome> outcome,
                 TaskQueue* home, std::function<void(const Status&)> done) {
  size_t weight = kRowsWeight;
  for (const OutgoingMessage& message : outcome->messages) {
    weight += message.body.size() + kRowsWeight;
  }
  std::vector<std::string> keys = {DueEventKey(outcome->due.function_name, outcome->due.key)};
  auto plan = [outcome](std::span<const PinnedValue> current, WriteSet* writes) {
    return PlanOutcome(*outcome, current[0], writes);
  };
  Change::Submit(engine, std::move(keys), weight, std::move(plan), home, std::move(done));
}

void RedriveEvent(engine::Engine* engine, const std::string& function_name, uint64_t id,
                  TaskQueue* home, std::function<void(Result<Placed>)> done) {
  auto placed = std::make_shared<Placed>();
  std::string key = EventDiscardKey(function_name, id);
  auto plan = [placed, function_name, id, key](std::span<const PinnedValue> current,
                                               WriteSet* writes) {
    if (!current[0].found()) {
      return Status(StatusCode::kNotFound, "there is no such discarded event");
    }
    writes->Delete(Space::kFunctions, key);
    DueEvent due;
    due.function_name = function_name;
    due.received_ms = writes->now_ms();
    due.key = {due.received_ms, id};
    PutDue(due, writes);
    *placed = {function_name, due.key};
    return Status::Ok();
  };
  Change::Submit(engine, {key}, kRowsWeight, std::move(plan), home,
                 [placed, done = std::move(done)](const Status& status) {
                   done(status.ok() ? Result<Placed>(*placed) : Result<Placed>(status));
                 });
}

void DeleteDiscardedEvent(engine::Engine* engine, const std::string& function_name, uint64_t id,
                          TaskQueue* home, std::function<void(const Status&)> done) {
  std::string key = EventDiscardKey(function_name, id);
  auto plan = [id, key](std::span<const PinnedValue> current, WriteSet* writes) {
    if (!current[0].found()) {
      return Status(StatusCode::kNotFound, "there is no such discarded event");
    }
    writes->Delete(Space::kFunctions, key);
    writes->Delete(Space::kFunctions, StoredEventKey(id));
    return Status::Ok();
  };
  Change::Submit(engine, {key}, kRowsWeight, std::move(plan), home, std::move(done));
}

}  // namespace millrace::streams
