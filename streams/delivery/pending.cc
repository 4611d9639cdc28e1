// Walks over what is stored.
#include "streams/delivery/pending.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "streams/mappings/outgoing.h"

namespace millrace::streams {
namespace {

using engine::Space;

constexpr int64_t kEventsCountedMax = 100'000;
constexpr int64_t kMessagesCountedMax = 1000;

std::unique_ptr<engine::Scanner> Scan(const engine::Engine& engine, const std::string& from,
                                      const std::string& to) {
  engine::ScanRange range;
  range.space = Space::kFunctions;
  range.from = from;
  range.to = to;
  return engine.Scan(range);
}

}  // namespace

Result<std::vector<PendingEvents>> ListPendingEvents(const engine::Engine& engine) {
  std::vector<PendingEvents> all;
  std::string from = KindBegin(kDueEventRow);
  const std::string to = KindEnd(kDueEventRow);
  while (true) {
    const std::unique_ptr<engine::Scanner> rows = Scan(engine, from, to);
    PendingEvents events;
    for (; rows->Valid() && events.count_is_exact; rows->Next()) {
      ASSIGN_OR_RETURN(const DueEvent due, DecodeDueEvent(rows->key(), rows->value()));
      if (events.count == 0) {
        events.function_name = due.function_name;
        events.next_try_ms = due.key.next_try_ms;
        events.oldest_ms = due.received_ms;
      } else if (due.function_name != events.function_name) {
        break;
      }
      events.oldest_ms = std::min(events.oldest_ms, due.received_ms);
      events.count_is_exact = ++events.count < kEventsCountedMax;
    }
    RETURN_IF_ERROR(rows->status());
    if (events.count == 0) {
      return all;
    }
    from = FunctionEnd(kDueEventRow, events.function_name);
    all.push_back(std::move(events));
  }
}

Result<std::vector<PendingMessages>> ListPendingMessages(const engine::Engine& engine) {
  std::vector<PendingMessages> all;
  std::string from = OutgoingKeysBegin();
  const std::string to = OutgoingKeysEnd();
  while (true) {
    const std::unique_ptr<engine::Scanner> rows = Scan(engine, from, to);
    PendingMessages messages;
    for (; rows->Valid() && messages.count_is_exact; rows->Next()) {
      std::string target_arn;
      uint64_t id = 0;
      if (!ParseOutgoingKey(rows->key(), &target_arn, &id)) {
        return Status(StatusCode::kCorruption, "the key of a stored message is damaged");
      }
      if (messages.count == 0) {
        ASSIGN_OR_RETURN(OutgoingMessage first, DecodeOutgoing(rows->value()));
        messages.target_arn = target_arn;
        messages.oldest_ms = first.creation_ms;
        messages.attempts = first.attempts;
        messages.next_try_ms = first.next_try_ms;
        messages.problem = std::move(first.problem);
      } else if (target_arn != messages.target_arn) {
        break;
      }
      messages.count_is_exact = ++messages.count < kMessagesCountedMax;
    }
    RETURN_IF_ERROR(rows->status());
    if (messages.count == 0) {
      return all;
    }
    from = OutgoingKeysEnd(messages.target_arn);
    all.push_back(std::move(messages));
  }
}

Result<std::vector<EventDiscard>> ListDiscardedEvents(const engine::Engine& engine,
                                                      const std::string& function_name,
                                                      uint64_t after, size_t count) {
  std::vector<EventDiscard> discards;
  if (after == UINT64_MAX) {
    return discards;
  }
  const std::string from = EventDiscardKey(function_name, after + 1);
  const std::string to = FunctionEnd(kEventDiscardRow, function_name);
  const std::unique_ptr<engine::Scanner> rows = Scan(engine, from, to);
  for (; rows->Valid() && discards.size() < count; rows->Next()) {
    ASSIGN_OR_RETURN(EventDiscard discard, DecodeEventDiscard(rows->value()));
    discards.push_back(std::move(discard));
  }
  RETURN_IF_ERROR(rows->status());
  return discards;
}

Result<DiscardedEvent> FindDiscardedEvent(const engine::Engine& engine,
                                          const std::string& function_name, uint64_t id) {
  engine::PinnedValue row;
  engine::PinnedValue event_row;
  RETURN_IF_ERROR(engine.Get(Space::kFunctions, EventDiscardKey(function_name, id), &row));
  RETURN_IF_ERROR(engine.Get(Space::kFunctions, StoredEventKey(id), &event_row));
  if (!row.found() || !event_row.found()) {
    return Status(StatusCode::kNotFound, "there is no such discarded event");
  }
  DiscardedEvent found;
  ASSIGN_OR_RETURN(found.discard, DecodeEventDiscard(row.bytes()));
  ASSIGN_OR_RETURN(const StoredEvent event, DecodeStoredEvent(event_row.bytes()));
  found.payload = *event.payload;
  return found;
}

}  // namespace millrace::streams
