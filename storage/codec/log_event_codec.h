// The stored form of log groups, their streams and events (column family `log_events`). FORMAT.md
// is normative. Values start with a version byte; decoders answer kCorruption for anything that no
// encoder writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "storage/model/log_group.h"

namespace millrace {

// First byte of a key in `log_events`. The values reach disk: never change or reuse one.
enum class LogRowKind : uint8_t {
  kGroup = 1,    // name -> LogGroup
  kStream = 2,   // group id, name -> LogStream
  kEvent = 3,    // group id, position -> ingestion time, message
  kDropped = 4,  // group id, stream id -> nothing: events to be removed; stream id 0: all
};

// Keys. Numbers are big endian, so that keys sort by them.
std::string LogGroupKey(std::string_view name);
std::string LogStreamKey(uint64_t group_id, std::string_view name);
std::string LogEventKey(uint64_t group_id, const LogPosition& position);
std::string LogDroppedKey(uint64_t group_id, uint64_t stream_id);
// First key of a kind, and the first key behind it; with a group id, of the keys of that group, for
// the kinds that begin with one.
std::string LogKindBegin(LogRowKind kind);
std::string LogKindEnd(LogRowKind kind);
std::string LogKindBegin(LogRowKind kind, uint64_t group_id);
std::string LogKindEnd(LogRowKind kind, uint64_t group_id);
// The first key of the events of a group from this time on.
std::string LogTimeKey(uint64_t group_id, int64_t time_ms);

// False for bytes that are no such key.
bool ParseLogEventKey(std::string_view key, LogPosition* position);
bool ParseLogDroppedKey(std::string_view key, uint64_t* group_id, uint64_t* stream_id);

// Values. Encoders append; that of an event does not hold its position.
void EncodeLogGroup(const LogGroup& group, std::string* out);
Result<LogGroup> DecodeLogGroup(std::string_view bytes);
void EncodeLogStream(const LogStream& stream, std::string* out);
Result<LogStream> DecodeLogStream(std::string_view bytes);
void EncodeLogEvent(int64_t ingestion_ms, std::string_view message, std::string* out);
// The message lies in `bytes`.
Status DecodeLogEvent(std::string_view bytes, int64_t* ingestion_ms, std::string_view* message);

}  // namespace millrace
