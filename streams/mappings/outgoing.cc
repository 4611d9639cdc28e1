// Outgoing messages as bytes.
#include "streams/mappings/outgoing.h"

#include "storage/base/bytes.h"
#include "streams/mappings/mapping_codec.h"

namespace millrace::streams {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeaderSize = 1 + 4 * 8;

// Reads a text from the front of `rest`; false if there is not enough.
bool TakeText(std::string_view* rest, std::string* text) {
  uint32_t size = 0;
  const char* const end = rest->data() + rest->size();
  const char* const begin = ReadVarint32(rest->data(), end, &size);
  if (begin == nullptr || size > static_cast<size_t>(end - begin)) {
    return false;
  }
  text->assign(begin, size);
  *rest = std::string_view(begin + size, static_cast<size_t>(end - begin) - size);
  return true;
}

}  // namespace

std::string OutgoingKey(uint64_t id) {
  std::string key(1, kOutgoingRow);
  AppendBigEndian64(&key, id);
  return key;
}
std::string OutgoingKeysBegin() { return std::string(1, kOutgoingRow); }
std::string OutgoingKeysEnd() { return std::string(1, kOutgoingRow + 1); }

void EncodeOutgoing(const OutgoingMessage& message, std::string* out) {
  out->push_back(kVersion);
  AppendLittleEndian64(out, message.id);
  for (const int64_t value : {message.creation_ms, message.attempts, message.next_try_ms}) {
    AppendLittleEndian64(out, static_cast<uint64_t>(value));
  }
  for (const std::string* text : {&message.target_arn, &message.body, &message.problem}) {
    AppendVarint32(out, static_cast<uint32_t>(text->size()));
    out->append(*text);
  }
}

Result<OutgoingMessage> DecodeOutgoing(std::string_view bytes) {
  OutgoingMessage message;
  const Status damaged(StatusCode::kCorruption, "a stored outgoing message is damaged");
  if (bytes.size() < kHeaderSize || bytes[0] != kVersion) {
    return damaged;
  }
  message.id = LoadLittleEndian64(bytes.data() + 1);
  message.creation_ms = static_cast<int64_t>(LoadLittleEndian64(bytes.data() + 9));
  message.attempts = static_cast<int64_t>(LoadLittleEndian64(bytes.data() + 17));
  message.next_try_ms = static_cast<int64_t>(LoadLittleEndian64(bytes.data() + 25));
  std::string_view rest = bytes.substr(kHeaderSize);
  if (!TakeText(&rest, &message.target_arn) || !TakeText(&rest, &message.body) ||
      !TakeText(&rest, &message.problem) || !rest.empty()) {
    return damaged;
  }
  return message;
}

}  // namespace millrace::streams
