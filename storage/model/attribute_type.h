// The ten types of an attribute value and the names they have on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

// The explicit values reach disk (storage/codec/FORMAT.md): never change or reuse one.
enum class AttributeType : uint8_t {
  kString = 1,
  kNumber = 2,
  kBinary = 3,
  kBool = 4,
  kNull = 5,
  kStringSet = 6,
  kNumberSet = 7,
  kBinarySet = 8,
  kList = 9,
  kMap = 10,
};

// "S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M".
std::string_view AttributeTypeName(AttributeType type);
std::optional<AttributeType> ParseAttributeTypeName(std::string_view name);

inline bool IsScalarKeyType(AttributeType type) {
  return type == AttributeType::kString || type == AttributeType::kNumber ||
         type == AttributeType::kBinary;
}
inline bool IsSetType(AttributeType type) {
  return type == AttributeType::kStringSet || type == AttributeType::kNumberSet ||
         type == AttributeType::kBinarySet;
}

}  // namespace millrace
