// Offsets and sizes of the stored forms of values and items, shared by the reader, the writer and
// the validator of this folder and private to it. FORMAT.md is normative.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/model/attribute_type.h"

namespace millrace::layout {

// Type byte, length byte; the sortable form follows.
inline constexpr size_t kNumberHeaderSize = 2;
// Type byte and one byte 0 or 1.
inline constexpr size_t kBoolSize = 2;
inline constexpr size_t kNullSize = 1;

// Containers: type byte, byte length of the parts, their count; the parts follow.
inline constexpr size_t kContainerLengthOffset = 1;
inline constexpr size_t kContainerCountOffset = 5;
inline constexpr size_t kContainerHeaderSize = 9;

// Items: version byte, size as DynamoDB charges it, attribute count; the attributes follow.
inline constexpr char kItemVersion = 1;
inline constexpr size_t kItemSizeOffset = 1;
inline constexpr size_t kItemCountOffset = 5;
inline constexpr size_t kItemHeaderSize = 9;

// The bytes that the value at `data` takes, judging by its outermost lengths; 0 when there is no
// whole value before `end`. Thread-safe.
inline uint32_t EncodedSize(const char* data, const char* end) {
  const size_t available = static_cast<size_t>(end - data);
  if (available == 0) {
    return 0;
  }
  size_t size = 0;
  switch (static_cast<AttributeType>(*data)) {
    case AttributeType::kString:
    case AttributeType::kBinary: {
      uint32_t length = 0;
      const char* start = ReadVarint32(data + 1, end, &length);
      if (start == nullptr) {
        return 0;
      }
      size = static_cast<size_t>(start - data) + length;
      break;
    }
    case AttributeType::kNumber:
      if (available < kNumberHeaderSize) {
        return 0;
      }
      size = kNumberHeaderSize + static_cast<uint8_t>(data[1]);
      break;
    case AttributeType::kBool:
      size = kBoolSize;
      break;
    case AttributeType::kNull:
      size = kNullSize;
      break;
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
    case AttributeType::kBinarySet:
    case AttributeType::kList:
    case AttributeType::kMap:
      if (available < kContainerHeaderSize) {
        return 0;
      }
      size = kContainerHeaderSize + size_t{LoadLittleEndian32(data + kContainerLengthOffset)};
      break;
    default:
      return 0;
  }
  const bool whole = size <= available && size <= std::numeric_limits<uint32_t>::max();
  return whole ? static_cast<uint32_t>(size) : 0;
}

// The count in the header of the container at `data`, which has a whole header.
inline uint32_t ContainerCount(const char* data) {
  return LoadLittleEndian32(data + kContainerCountOffset);
}

// What follows the header of the container `encoded`, which has a whole header.
inline std::string_view ContainerParts(std::string_view encoded) {
  return encoded.substr(kContainerHeaderSize);
}

}  // namespace millrace::layout
