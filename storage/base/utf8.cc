// UTF-8 checks. ASCII, which is nearly everything, is skipped in blocks; the rest goes one
// character at a time.
#include "storage/base/utf8.h"

#include <cstdint>
#include <cstring>

namespace millrace {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;

uint64_t Load64(const uint8_t* data) {
  uint64_t word;
  std::memcpy(&word, data, sizeof(word));
  return word;
}

bool IsContinuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the character that starts at `data`, or 0 when it is malformed or does not end before
// `end`. The first byte must not be ASCII.
size_t CheckCharacter(const uint8_t* data, const uint8_t* end) {
  const uint8_t first = data[0];
  const size_t available = static_cast<size_t>(end - data);
  if (first < 0xC2) {
    return 0;  // a continuation byte, or an overlong form of ASCII
  }
  if (first < 0xE0) {
    return available >= 2 && IsContinuation(data[1]) ? 2 : 0;
  }
  if (first < 0xF0) {
    if (available < 3 || !IsContinuation(data[1]) || !IsContinuation(data[2])) {
      return 0;
    }
    const bool overlong = first == 0xE0 && data[1] < 0xA0;
    const bool surrogate = first == 0xED && data[1] >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (first > 0xF4 || available < 4 || !IsContinuation(data[1]) || !IsContinuation(data[2]) ||
      !IsContinuation(data[3])) {
    return 0;
  }
  const bool overlong = first == 0xF0 && data[1] < 0x90;
  const bool too_large = first == 0xF4 && data[1] >= 0x90;
  return overlong || too_large ? 0 : 4;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* const end = data + text.size();
  while (data < end) {
    while (end - data >= 16 && ((Load64(data) | Load64(data + 8)) & kHighBits) == 0) {
      data += 16;
    }
    while (data < end && *data < 0x80) {
      ++data;
    }
    while (data < end && *data >= 0x80) {
      const size_t size = CheckCharacter(data, end);
      if (size == 0) {
        return false;
      }
      data += size;
    }
  }
  return true;
}

std::string ToValidUtf8(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string valid;
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* const end = data + text.size();
  while (data < end) {
    const size_t size = *data < 0x80 ? 1 : CheckCharacter(data, end);
    valid.append(size == 0 ? kReplacement
                           : std::string_view(reinterpret_cast<const char*>(data), size));
    data += size == 0 ? 1 : size;
  }
  return valid;
}

size_t Utf16Length(std::string_view text) {
  size_t length = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    // Every character has one byte that is no continuation; those of four bytes are pairs.
    length += static_cast<size_t>(!IsContinuation(byte)) + static_cast<size_t>(byte >= 0xF0);
  }
  return length;
}

}  // namespace millrace
