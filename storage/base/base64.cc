// Base64 by tables: two characters per lookup when encoding, one when decoding.
#include "storage/base/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace millrace {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The two characters for each value of twelve bits.
struct EncodeTable {
  char pairs[4096][2];
};

constexpr EncodeTable MakeEncodeTable() {
  EncodeTable table{};
  for (int i = 0; i < 4096; ++i) {
    table.pairs[i][0] = kAlphabet[i >> 6];
    table.pairs[i][1] = kAlphabet[i & 0x3F];
  }
  return table;
}

// Marks a character that does not belong. It stays visible when the values of a group are or-ed.
constexpr uint8_t kInvalid = 0x80;

constexpr std::array<uint8_t, 256> MakeDecodeTable() {
  std::array<uint8_t, 256> table{};
  for (uint8_t& value : table) {
    value = kInvalid;
  }
  for (uint8_t i = 0; i < 64; ++i) {
    table[static_cast<uint8_t>(kAlphabet[i])] = i;
  }
  return table;
}

constexpr EncodeTable kEncodeTable = MakeEncodeTable();
constexpr std::array<uint8_t, 256> kDecodeTable = MakeDecodeTable();

// Decodes `groups` groups of four characters without padding. False if one is not in the alphabet.
bool DecodeGroups(const uint8_t* text, size_t groups, char* bytes) {
  uint8_t seen = 0;
  for (size_t i = 0; i < groups; ++i, text += 4, bytes += 3) {
    const uint8_t a = kDecodeTable[text[0]];
    const uint8_t b = kDecodeTable[text[1]];
    const uint8_t c = kDecodeTable[text[2]];
    const uint8_t d = kDecodeTable[text[3]];
    seen |= a | b | c | d;
    bytes[0] = static_cast<char>(a << 2 | b >> 4);
    bytes[1] = static_cast<char>(b << 4 | c >> 2);
    bytes[2] = static_cast<char>(c << 6 | d);
  }
  return (seen & kInvalid) == 0;
}

// Decodes a last group with `padding` (1 or 2) equals signs into the 3 - padding bytes it stands
// for. False for a bad character or bits that would be lost.
bool DecodePaddedGroup(const uint8_t* text, size_t padding, char* bytes) {
  const uint8_t a = kDecodeTable[text[0]];
  const uint8_t b = kDecodeTable[text[1]];
  const uint8_t c = padding == 1 ? kDecodeTable[text[2]] : 0;
  if (((a | b | c) & kInvalid) != 0) {
    return false;
  }
  bytes[0] = static_cast<char>(a << 2 | b >> 4);
  if (padding == 2) {
    return (b & 0x0F) == 0;
  }
  bytes[1] = static_cast<char>(b << 4 | c >> 2);
  return (c & 0x03) == 0;
}

}  // namespace

Base64Error DecodeBase64(std::string_view text, std::string* out) {
  if (text.size() % 4 != 0) {
    return Base64Error::kLength;
  }
  if (text.empty()) {
    return Base64Error::kNone;
  }
  size_t padding = 0;
  if (text.back() == '=') {
    padding = text[text.size() - 2] == '=' ? 2 : 1;
  }
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  const size_t groups = text.size() / 4 - (padding == 0 ? 0 : 1);
  const size_t old_size = out->size();
  out->resize(old_size + text.size() / 4 * 3 - padding);
  char* bytes = out->data() + old_size;
  const bool valid =
      DecodeGroups(data, groups, bytes) &&
      (padding == 0 || DecodePaddedGroup(data + 4 * groups, padding, bytes + 3 * groups));
  if (!valid) {
    out->resize(old_size);
    return Base64Error::kAlphabet;
  }
  return Base64Error::kNone;
}

void EncodeBase64(std::string_view bytes, std::string* out) {
  const size_t old_size = out->size();
  out->resize(old_size + (bytes.size() + 2) / 3 * 4);
  char* text = out->data() + old_size;
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, data += 3, text += 4) {
    const uint32_t group = uint32_t{data[0]} << 16 | uint32_t{data[1]} << 8 | data[2];
    text[0] = kEncodeTable.pairs[group >> 12][0];
    text[1] = kEncodeTable.pairs[group >> 12][1];
    text[2] = kEncodeTable.pairs[group & 0xFFF][0];
    text[3] = kEncodeTable.pairs[group & 0xFFF][1];
  }
  if (left == 0) {
    return;
  }
  const uint32_t group = uint32_t{data[0]} << 16 | (left == 2 ? uint32_t{data[1]} << 8 : 0);
  text[0] = kAlphabet[group >> 18];
  text[1] = kAlphabet[group >> 12 & 0x3F];
  text[2] = left == 2 ? kAlphabet[group >> 6 & 0x3F] : '=';
  text[3] = '=';
}

}  // namespace millrace
