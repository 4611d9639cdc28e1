// Outgoing messages as bytes.
#include "streams/mappings/outgoing.h"

#include "storage/base/bytes.h"
#include "streams/mappings/mapping_codec.h"

namespace millrace::streams {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeaderSize = 1 + 4 * 8;

// What a message may have besides, behind the rest: a tag and a text, or a count of attributes.
enum Tag : uint8_t { kKindTag = 1, kSourceTag = 2, kTraceHeaderTag = 3, kAttributesTag = 4 };

void PutText(std::string_view text, std::string* out) {
  AppendVarint32(out, static_cast<uint32_t>(text.size()));
  out->append(text);
}

bool TakeCount(std::string_view* rest, uint32_t* count) {
  const char* const end = rest->data() + rest->size();
  const char* const begin = ReadVarint32(rest->data(), end, count);
  if (begin == nullptr) {
    return false;
  }
  *rest = std::string_view(begin, static_cast<size_t>(end - begin));
  return true;
}

// Reads a text from the front of `rest`; false if there is not enough.
bool TakeText(std::string_view* rest, std::string* text) {
  uint32_t size = 0;
  if (!TakeCount(rest, &size) || size > rest->size()) {
    return false;
  }
  text->assign(rest->substr(0, size));
  rest->remove_prefix(size);
  return true;
}

bool TakeAttributes(std::string_view* rest, std::vector<MessageAttribute>* attributes) {
  uint32_t count = 0;
  if (!TakeCount(rest, &count)) {
    return false;
  }
  for (; count > 0; --count) {
    MessageAttribute& attribute = attributes->emplace_back();
    if (!TakeText(rest, &attribute.name) || !TakeText(rest, &attribute.data_type) ||
        !TakeText(rest, &attribute.value)) {
      return false;
    }
  }
  return true;
}

bool TakeTagged(std::string_view* rest, OutgoingMessage* message) {
  const auto tag = static_cast<uint8_t>(rest->front());
  rest->remove_prefix(1);
  switch (tag) {
    case kKindTag:
      if (rest->empty() ||
          static_cast<uint8_t>(rest->front()) > static_cast<uint8_t>(OutgoingKind::kDeadLetter)) {
        return false;
      }
      message->kind = static_cast<OutgoingKind>(rest->front());
      rest->remove_prefix(1);
      return true;
    case kSourceTag:
      return TakeText(rest, &message->source);
    case kTraceHeaderTag:
      return TakeText(rest, &message->trace_header);
    case kAttributesTag:
      return TakeAttributes(rest, &message->attributes);
    default:
      return false;
  }
}

void PutTagged(const OutgoingMessage& message, std::string* out) {
  if (message.kind != OutgoingKind::kDestination) {
    out->push_back(kKindTag);
    out->push_back(static_cast<char>(message.kind));
  }
  if (!message.source.empty()) {
    out->push_back(kSourceTag);
    PutText(message.source, out);
  }
  if (!message.trace_header.empty()) {
    out->push_back(kTraceHeaderTag);
    PutText(message.trace_header, out);
  }
  if (!message.attributes.empty()) {
    out->push_back(kAttributesTag);
    AppendVarint32(out, static_cast<uint32_t>(message.attributes.size()));
    for (const MessageAttribute& attribute : message.attributes) {
      PutText(attribute.name, out);
      PutText(attribute.data_type, out);
      PutText(attribute.value, out);
    }
  }
}

}  // namespace

std::string OutgoingKey(std::string_view target_arn, uint64_t id) {
  std::string key = OutgoingKeysBegin(target_arn);
  AppendBigEndian64(&key, id);
  return key;
}

bool ParseOutgoingKey(std::string_view key, std::string* target_arn, uint64_t* id) {
  constexpr size_t kAroundTarget = 1 + 1 + 8;
  if (key.size() < kAroundTarget || key[0] != kOutgoingRow || key[key.size() - 9] != '\0') {
    return false;
  }
  target_arn->assign(key.substr(1, key.size() - kAroundTarget));
  *id = LoadBigEndian64(key.data() + key.size() - 8);
  return true;
}

std::string OutgoingKeysBegin() { return std::string(1, kOutgoingRow); }
std::string OutgoingKeysEnd() { return std::string(1, kOutgoingRow + 1); }

std::string OutgoingKeysBegin(std::string_view target_arn) {
  return OutgoingKeysBegin().append(target_arn).append(1, '\0');
}
std::string OutgoingKeysEnd(std::string_view target_arn) {
  return OutgoingKeysBegin().append(target_arn).append(1, '\1');
}

void EncodeOutgoing(const OutgoingMessage& message, std::string* out) {
  out->push_back(kVersion);
  AppendLittleEndian64(out, message.id);
  for (const int64_t value : {message.creation_ms, message.attempts, message.next_try_ms}) {
    AppendLittleEndian64(out, static_cast<uint64_t>(value));
  }
  for (const std::string* text : {&message.target_arn, &message.body, &message.problem}) {
    PutText(*text, out);
  }
  PutTagged(message, out);
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
      !TakeText(&rest, &message.problem)) {
    return damaged;
  }
  while (!rest.empty()) {
    if (!TakeTagged(&rest, &message)) {
      return damaged;
    }
  }
  return message;
}

}  // namespace millrace::streams
