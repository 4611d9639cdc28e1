// What asynchronous events are while they are stored (column family `functions`): the event, which
// never changes; when it is due, which is its place in the order; how its last attempt failed; and
// the ledger of those that were given up. FORMAT.md is normative.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace::streams {

// Keys of the family `functions` begin with one of these (and others, of other folders).
inline constexpr char kDueEventRow = 0x18;
inline constexpr char kStoredEventRow = 0x19;
inline constexpr char kFailedAttemptRow = 0x1A;
inline constexpr char kEventDiscardRow = 0x1B;

// An event as it was taken. `id` is the commit sequence of that.
struct StoredEvent {
  uint64_t id = 0;
  std::string request_id;
  std::string function_name;
  std::string qualifier;     // as the caller gave it
  std::string trace_header;  // never empty
  std::string client_context;
  std::shared_ptr<const std::string> payload;  // JSON
};

// The place of an event among those of its function.
struct DueKey {
  int64_t next_try_ms = 0;
  uint64_t id = 0;
  friend auto operator<=>(const DueKey&, const DueKey&) = default;
};

// An event that waits for being run, or runs.
struct DueEvent {
  std::string function_name;
  DueKey key;
  int64_t received_ms = 0;
  int64_t attempts = 0;  // that the function has failed
  int64_t delays = 0;    // in a row: no capacity, or a fault of the server
  friend bool operator==(const DueEvent&, const DueEvent&) = default;
};

// The last attempt of an event that will be tried again.
struct FailedAttempt {
  std::string executed_version;
  std::string failure;  // its failure document
  friend bool operator==(const FailedAttempt&, const FailedAttempt&) = default;
};

// Why an event ended. The first three are the protocol's.
inline constexpr char kEventSuccess[] = "Success";
inline constexpr char kEventRetriesExhausted[] = "RetriesExhausted";
inline constexpr char kEventAgeExceeded[] = "EventAgeExceeded";
inline constexpr char kEventRecursion[] = "RecursiveInvocation";

// An event that was given up. It stays stored, under its id, until somebody deletes the entry or
// has it tried again.
struct EventDiscard {
  uint64_t id = 0;  // of the event
  std::string function_name;
  std::string qualifier;
  std::string request_id;
  std::string condition;
  int64_t attempts = 0;
  int64_t received_ms = 0;
  int64_t time_ms = 0;           // when it was given up
  std::string executed_version;  // of the last attempt; empty if there was none
  std::string failure;           // likewise; the first kFailureKeptMax bytes
  friend bool operator==(const EventDiscard&, const EventDiscard&) = default;
};
inline constexpr size_t kFailureKeptMax = 64 << 10;

// Rows of a function, which sort by DueKey, or by id.
std::string DueEventKey(std::string_view function_name, const DueKey& key);
std::string EventDiscardKey(std::string_view function_name, uint64_t id);
std::string StoredEventKey(uint64_t id);
std::string FailedAttemptKey(uint64_t id);
// All rows of a kind, and those of one function, for the two kinds that sort by function.
std::string KindBegin(char kind);
std::string KindEnd(char kind);
std::string FunctionBegin(char kind, std::string_view function_name);
std::string FunctionEnd(char kind, std::string_view function_name);
// The function's name in such a key; empty if `key` is none.
std::string_view FunctionOfKey(std::string_view key);
// False if `key` is not that of a due event.
bool ParseDueKey(std::string_view key, DueKey* due);

void EncodeStoredEvent(const StoredEvent& event, std::string* out);
void EncodeDueEvent(const DueEvent& due, std::string* out);
void EncodeFailedAttempt(const FailedAttempt& attempt, std::string* out);
void EncodeEventDiscard(const EventDiscard& discard, std::string* out);
// kCorruption for anything that the others have not written.
Result<StoredEvent> DecodeStoredEvent(std::string_view bytes);
Result<DueEvent> DecodeDueEvent(std::string_view key, std::string_view bytes);
Result<FailedAttempt> DecodeFailedAttempt(std::string_view bytes);
Result<EventDiscard> DecodeEventDiscard(std::string_view bytes);

}  // namespace millrace::streams
