// Log groups, streams and events as bytes.
#include "storage/codec/log_event_codec.h"

#include "storage/base/bytes.h"
#include "storage/codec/field_reader.h"

namespace millrace {
namespace {

constexpr char kVersion = 1;
constexpr size_t kKindSize = 1;
constexpr size_t kNumberSize = 8;
constexpr size_t kEventKeySize = kKindSize + 4 * kNumberSize + 2;
constexpr size_t kEventHeadSize = 1 + kNumberSize;

Status Damaged(std::string_view what) {
  return Status(StatusCode::kCorruption, "stored " + std::string(what) + " is damaged");
}

std::string KeyOf(LogRowKind kind) { return std::string(1, static_cast<char>(kind)); }

std::string KeyOf(LogRowKind kind, uint64_t group_id) {
  std::string key = KeyOf(kind);
  AppendBigEndian64(&key, group_id);
  return key;
}

bool HasKind(std::string_view key, LogRowKind kind, size_t size) {
  return key.size() == size && key[0] == static_cast<char>(kind);
}

void AppendText(std::string* out, std::string_view text) {
  AppendVarint32(out, static_cast<uint32_t>(text.size()));
  out->append(text);
}

void AppendInt(std::string* out, int64_t value) {
  AppendLittleEndian64(out, static_cast<uint64_t>(value));
}

// A reader behind the version byte; of nothing when that is another one.
FieldReader Begin(std::string_view bytes) {
  FieldReader reader(bytes);
  return reader.Byte() == kVersion ? reader : FieldReader(std::string_view());
}

}  // namespace

std::string LogGroupKey(std::string_view name) { return KeyOf(LogRowKind::kGroup).append(name); }

std::string LogStreamKey(uint64_t group_id, std::string_view name) {
  return KeyOf(LogRowKind::kStream, group_id).append(name);
}

std::string LogTimeKey(uint64_t group_id, int64_t time_ms) {
  std::string key = KeyOf(LogRowKind::kEvent, group_id);
  AppendBigEndian64(&key, static_cast<uint64_t>(time_ms));
  return key;
}

std::string LogEventKey(uint64_t group_id, const LogPosition& position) {
  std::string key = LogTimeKey(group_id, position.time_ms);
  AppendBigEndian64(&key, position.stream_id);
  AppendBigEndian64(&key, position.sequence);
  key.push_back(static_cast<char>(position.index >> 8));
  key.push_back(static_cast<char>(position.index & 0xFF));
  return key;
}

std::string LogDroppedKey(uint64_t group_id, uint64_t stream_id) {
  std::string key = KeyOf(LogRowKind::kDropped, group_id);
  AppendBigEndian64(&key, stream_id);
  return key;
}

std::string LogKindBegin(LogRowKind kind) { return KeyOf(kind); }

std::string LogKindEnd(LogRowKind kind) {
  return std::string(1, static_cast<char>(static_cast<uint8_t>(kind) + 1));
}

std::string LogKindBegin(LogRowKind kind, uint64_t group_id) { return KeyOf(kind, group_id); }

std::string LogKindEnd(LogRowKind kind, uint64_t group_id) { return KeyOf(kind, group_id + 1); }

bool ParseLogEventKey(std::string_view key, LogPosition* position) {
  if (!HasKind(key, LogRowKind::kEvent, kEventKeySize)) {
    return false;
  }
  const char* const numbers = key.data() + kKindSize + kNumberSize;
  position->time_ms = static_cast<int64_t>(LoadBigEndian64(numbers));
  position->stream_id = LoadBigEndian64(numbers + kNumberSize);
  position->sequence = LoadBigEndian64(numbers + 2 * kNumberSize);
  const auto* const index = reinterpret_cast<const uint8_t*>(numbers + 3 * kNumberSize);
  position->index = static_cast<uint16_t>(index[0] << 8 | index[1]);
  return true;
}

bool ParseLogDroppedKey(std::string_view key, uint64_t* group_id, uint64_t* stream_id) {
  if (!HasKind(key, LogRowKind::kDropped, kKindSize + 2 * kNumberSize)) {
    return false;
  }
  *group_id = LoadBigEndian64(key.data() + kKindSize);
  *stream_id = LoadBigEndian64(key.data() + kKindSize + kNumberSize);
  return true;
}

void EncodeLogGroup(const LogGroup& group, std::string* out) {
  out->push_back(kVersion);
  AppendLittleEndian64(out, group.group_id);
  for (const int64_t value : {group.creation_ms, group.retention_days, group.swept_to_ms}) {
    AppendInt(out, value);
  }
  for (const std::string* text : {&group.name, &group.group_class, &group.key_arn}) {
    AppendText(out, *text);
  }
  AppendVarint32(out, static_cast<uint32_t>(group.tags.size()));
  for (const Tag& tag : group.tags) {
    AppendText(out, tag.key);
    AppendText(out, tag.value);
  }
}

Result<LogGroup> DecodeLogGroup(std::string_view bytes) {
  FieldReader reader = Begin(bytes);
  LogGroup group;
  group.group_id = reader.Int64();
  for (int64_t* value : {&group.creation_ms, &group.retention_days, &group.swept_to_ms}) {
    *value = reader.SignedInt64();
  }
  for (std::string* text : {&group.name, &group.group_class, &group.key_arn}) {
    *text = reader.Bytes();
  }
  for (uint32_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    Tag tag;
    tag.key = reader.Bytes();
    tag.value = reader.Bytes();
    group.tags.push_back(std::move(tag));
  }
  if (!reader.Done() || group.group_id == 0 || group.name.empty() ||
      group.retention_days < kLogRetentionOfServer) {
    return Damaged("log group");
  }
  return group;
}

void EncodeLogStream(const LogStream& stream, std::string* out) {
  out->push_back(kVersion);
  AppendLittleEndian64(out, stream.stream_id);
  for (const int64_t value : {stream.creation_ms, stream.first_event_ms, stream.last_event_ms,
                              stream.last_ingestion_ms}) {
    AppendInt(out, value);
  }
  AppendText(out, stream.name);
}

Result<LogStream> DecodeLogStream(std::string_view bytes) {
  FieldReader reader = Begin(bytes);
  LogStream stream;
  stream.stream_id = reader.Int64();
  for (int64_t* value : {&stream.creation_ms, &stream.first_event_ms, &stream.last_event_ms,
                         &stream.last_ingestion_ms}) {
    *value = reader.SignedInt64();
  }
  stream.name = reader.Bytes();
  if (!reader.Done() || stream.stream_id == 0 || stream.name.empty()) {
    return Damaged("log stream");
  }
  return stream;
}

void EncodeLogEvent(int64_t ingestion_ms, std::string_view message, std::string* out) {
  out->push_back(kVersion);
  AppendInt(out, ingestion_ms);
  out->append(message);
}

Status DecodeLogEvent(std::string_view bytes, int64_t* ingestion_ms, std::string_view* message) {
  if (bytes.size() < kEventHeadSize || bytes[0] != kVersion) {
    return Damaged("log event");
  }
  *ingestion_ms = static_cast<int64_t>(LoadLittleEndian64(bytes.data() + 1));
  *message = bytes.substr(kEventHeadSize);
  return Status::Ok();
}

}  // namespace millrace
