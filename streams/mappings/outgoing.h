// Messages on their way to destinations: written with the change that they tell about, and kept
// until the destination has taken them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/model/queue.h"

namespace millrace::streams {

// What a message is, for those who count what could not be delivered. The values reach disk.
enum class OutgoingKind : uint8_t {
  kDestination = 0,  // tells what became of records or of an event
  kDeadLetter = 1,   // an event that was given up
};

struct OutgoingMessage {
  uint64_t id = 0;  // a commit sequence of the change: those of a target are sent in its order
  std::string target_arn;  // of a queue, or of a function with or without a qualifier
  std::string body;
  int64_t creation_ms = 0;
  int64_t attempts = 0;
  int64_t next_try_ms = 0;
  std::string problem;  // of the last attempt
  OutgoingKind kind = OutgoingKind::kDestination;
  std::string source;        // name of the function, or uuid of the mapping, that it comes from
  std::string trace_header;  // empty: none
  std::vector<MessageAttribute> attributes;
  friend bool operator==(const OutgoingMessage&, const OutgoingMessage&) = default;
};

// Keys (family `functions`) sort by target and then by id.
std::string OutgoingKey(std::string_view target_arn, uint64_t id);
// False if `key` is none.
bool ParseOutgoingKey(std::string_view key, std::string* target_arn, uint64_t* id);
std::string OutgoingKeysBegin();
std::string OutgoingKeysEnd();
// The keys of one target.
std::string OutgoingKeysBegin(std::string_view target_arn);
std::string OutgoingKeysEnd(std::string_view target_arn);
void EncodeOutgoing(const OutgoingMessage& message, std::string* out);
Result<OutgoingMessage> DecodeOutgoing(std::string_view bytes);

}  // namespace millrace::streams
