// Messages on their way to destinations: written with the change that they tell about, and kept
// until the destination has taken them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace::streams {

struct OutgoingMessage {
  uint64_t id = 0;  // the commit sequence of the change
  std::string target_arn;
  std::string body;
  int64_t creation_ms = 0;
  int64_t attempts = 0;
  int64_t next_try_ms = 0;
  std::string problem;  // of the last attempt
};

// Keys (family `functions`) sort by id.
std::string OutgoingKey(uint64_t id);
std::string OutgoingKeysBegin();
std::string OutgoingKeysEnd();
void EncodeOutgoing(const OutgoingMessage& message, std::string* out);
Result<OutgoingMessage> DecodeOutgoing(std::string_view bytes);

}  // namespace millrace::streams
