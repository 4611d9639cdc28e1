// The wire names of the attribute types.
#include "storage/model/attribute_type.h"

#include <array>

namespace millrace {
namespace {

// Indexed by the enum's value; index 0 is no type.
constexpr std::array<std::string_view, 11> kNames = {"",   "S",  "N",  "B", "BOOL", "NULL",
                                                     "SS", "NS", "BS", "L", "M"};

}  // namespace

std::string_view AttributeTypeName(AttributeType type) {
  const size_t index = static_cast<size_t>(type);
  return index < kNames.size() ? kNames[index] : std::string_view();
}

std::optional<AttributeType> ParseAttributeTypeName(std::string_view name) {
  for (size_t index = 1; index < kNames.size(); ++index) {
    if (kNames[index] == name) {
      return static_cast<AttributeType>(index);
    }
  }
  return std::nullopt;
}

}  // namespace millrace
