// Fixed-width and variable-width integers in byte strings: the primitives of every codec.
// Big-endian forms are for keys (they sort as numbers do), little-endian forms for values. Readers
// never read past the end they are given.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace millrace {

static_assert(std::endian::native == std::endian::little,
              "the codecs assume a little-endian machine");

inline void AppendBigEndian32(std::string* out, uint32_t value) {
  const uint32_t swapped = __builtin_bswap32(value);
  out->append(reinterpret_cast<const char*>(&swapped), sizeof(swapped));
}

inline void AppendBigEndian64(std::string* out, uint64_t value) {
  const uint64_t swapped = __builtin_bswap64(value);
  out->append(reinterpret_cast<const char*>(&swapped), sizeof(swapped));
}

inline void AppendLittleEndian32(std::string* out, uint32_t value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

inline void AppendLittleEndian64(std::string* out, uint64_t value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// The Load functions read from `data`, which must have the bytes.
inline uint32_t LoadBigEndian32(const char* data) {
  uint32_t value;
  std::memcpy(&value, data, sizeof(value));
  return __builtin_bswap32(value);
}

inline uint64_t LoadBigEndian64(const char* data) {
  uint64_t value;
  std::memcpy(&value, data, sizeof(value));
  return __builtin_bswap64(value);
}

inline uint32_t LoadLittleEndian32(const char* data) {
  uint32_t value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

inline uint64_t LoadLittleEndian64(const char* data) {
  uint64_t value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

inline void StoreLittleEndian32(char* data, uint32_t value) {
  std::memcpy(data, &value, sizeof(value));
}

// Appends `value` in 1 to 5 bytes, seven bits each, least significant first.
inline void AppendVarint32(std::string* out, uint32_t value) {
  char buffer[5];
  int count = 0;
  while (value >= 0x80) {
    buffer[count++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  buffer[count++] = static_cast<char>(value);
  out->append(buffer, count);
}

// Reads a varint from [data, end). Returns the byte after it, or nullptr when it is cut short or
// too long.
inline const char* ReadVarint32(const char* data, const char* end, uint32_t* value) {
  if (data < end && (static_cast<uint8_t>(*data) & 0x80) == 0) {
    *value = static_cast<uint8_t>(*data);
    return data + 1;
  }
  uint32_t result = 0;
  for (int shift = 0; shift <= 28 && data < end; shift += 7) {
    const uint32_t byte = static_cast<uint8_t>(*data++);
    if (shift == 28 && byte > 0x0F) {
      return nullptr;
    }
    result |= (byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) {
      *value = result;
      return data;
    }
  }
  return nullptr;
}

}  // namespace millrace
