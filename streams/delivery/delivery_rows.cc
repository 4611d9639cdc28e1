// Asynchronous events as bytes: a version, then fields one after the other.
#include "streams/delivery/delivery_rows.h"

#include "storage/base/bytes.h"
#include "storage/codec/field_reader.h"

namespace millrace::streams {
namespace {

constexpr char kVersion = 1;
constexpr size_t kNumberSize = 8;

std::string Begin(char kind, std::string_view function_name) {
  return std::string(1, kind).append(function_name).append(1, '\0');
}

void AppendInt(std::string* out, int64_t value) {
  AppendLittleEndian64(out, static_cast<uint64_t>(value));
}

void AppendText(std::string* out, std::string_view text) {
  AppendVarint32(out, static_cast<uint32_t>(text.size()));
  out->append(text);
}

// A reader behind the version byte; of nothing when that is another one.
FieldReader ReaderOf(std::string_view bytes) {
  FieldReader reader(bytes);
  return reader.Byte() == kVersion ? reader : FieldReader(std::string_view());
}

Status Damaged(std::string_view what) {
  return Status(StatusCode::kCorruption, "a stored " + std::string(what) + " is damaged");
}

}  // namespace

std::string DueEventKey(std::string_view function_name, const DueKey& due) {
  std::string key = Begin(kDueEventRow, function_name);
  AppendBigEndian64(&key, static_cast<uint64_t>(due.next_try_ms));
  AppendBigEndian64(&key, due.id);
  return key;
}

std::string EventDiscardKey(std::string_view function_name, uint64_t id) {
  std::string key = Begin(kEventDiscardRow, function_name);
  AppendBigEndian64(&key, id);
  return key;
}

std::string StoredEventKey(uint64_t id) {
  std::string key(1, kStoredEventRow);
  AppendBigEndian64(&key, id);
  return key;
}

std::string FailedAttemptKey(uint64_t id) {
  std::string key(1, kFailedAttemptRow);
  AppendBigEndian64(&key, id);
  return key;
}

std::string KindBegin(char kind) { return std::string(1, kind); }
std::string KindEnd(char kind) { return std::string(1, static_cast<char>(kind + 1)); }

std::string FunctionBegin(char kind, std::string_view function_name) {
  return Begin(kind, function_name);
}

std::string FunctionEnd(char kind, std::string_view function_name) {
  std::string end = Begin(kind, function_name);
  end.back() = '\1';
  return end;
}

std::string_view FunctionOfKey(std::string_view key) {
  const size_t end = key.find('\0');
  return end == std::string_view::npos ? std::string_view() : key.substr(1, end - 1);
}

bool ParseDueKey(std::string_view key, DueKey* due) {
  const size_t end = key.find('\0');
  if (end == std::string_view::npos || key.size() != end + 1 + 2 * kNumberSize ||
      key[0] != kDueEventRow) {
    return false;
  }
  due->next_try_ms = static_cast<int64_t>(LoadBigEndian64(key.data() + end + 1));
  due->id = LoadBigEndian64(key.data() + end + 1 + kNumberSize);
  return true;
}

void EncodeStoredEvent(const StoredEvent& event, std::string* out) {
  out->push_back(kVersion);
  AppendLittleEndian64(out, event.id);
  for (const std::string* text : {&event.request_id, &event.function_name, &event.qualifier,
                                  &event.trace_header, &event.client_context}) {
    AppendText(out, *text);
  }
  AppendText(out, *event.payload);
}

Result<StoredEvent> DecodeStoredEvent(std::string_view bytes) {
  FieldReader reader = ReaderOf(bytes);
  StoredEvent event;
  event.id = reader.Int64();
  for (std::string* text : {&event.request_id, &event.function_name, &event.qualifier,
                            &event.trace_header, &event.client_context}) {
    *text = reader.Bytes();
  }
  event.payload = std::make_shared<const std::string>(reader.Bytes());
  if (!reader.Done()) {
    return Damaged("event");
  }
  return event;
}

void EncodeDueEvent(const DueEvent& due, std::string* out) {
  out->push_back(kVersion);
  for (const int64_t value : {due.received_ms, due.attempts, due.delays}) {
    AppendInt(out, value);
  }
}

Result<DueEvent> DecodeDueEvent(std::string_view key, std::string_view bytes) {
  FieldReader reader = ReaderOf(bytes);
  DueEvent due;
  due.function_name = FunctionOfKey(key);
  due.received_ms = reader.SignedInt64();
  due.attempts = reader.SignedInt64();
  due.delays = reader.SignedInt64();
  if (!reader.Done() || !ParseDueKey(key, &due.key)) {
    return Damaged("due event");
  }
  return due;
}

void EncodeFailedAttempt(const FailedAttempt& attempt, std::string* out) {
  out->push_back(kVersion);
  AppendText(out, attempt.executed_version);
  AppendText(out, attempt.failure);
}

Result<FailedAttempt> DecodeFailedAttempt(std::string_view bytes) {
  FieldReader reader = ReaderOf(bytes);
  FailedAttempt attempt;
  attempt.executed_version = reader.Bytes();
  attempt.failure = reader.Bytes();
  if (!reader.Done()) {
    return Damaged("failed attempt");
  }
  return attempt;
}

void EncodeEventDiscard(const EventDiscard& discard, std::string* out) {
  out->push_back(kVersion);
  AppendLittleEndian64(out, discard.id);
  for (const int64_t value : {discard.attempts, discard.received_ms, discard.time_ms}) {
    AppendInt(out, value);
  }
  for (const std::string* text :
       {&discard.function_name, &discard.qualifier, &discard.request_id, &discard.condition,
        &discard.executed_version, &discard.failure}) {
    AppendText(out, *text);
  }
}

Result<EventDiscard> DecodeEventDiscard(std::string_view bytes) {
  FieldReader reader = ReaderOf(bytes);
  EventDiscard discard;
  discard.id = reader.Int64();
  for (int64_t* value : {&discard.attempts, &discard.received_ms, &discard.time_ms}) {
    *value = reader.SignedInt64();
  }
  for (std::string* text : {&discard.function_name, &discard.qualifier, &discard.request_id,
                            &discard.condition, &discard.executed_version, &discard.failure}) {
    *text = reader.Bytes();
  }
  if (!reader.Done()) {
    return Damaged("discarded event");
  }
  return discard;
}

}  // namespace millrace::streams
