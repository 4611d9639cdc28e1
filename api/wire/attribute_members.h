// The member names of AttributeValue, recognised without a chain of string comparisons: both the
// shape check and the parser ask for every value of every request.
#pragma once

#include <string_view>

#include "storage/model/attribute_type.h"

namespace millrace::api {

// Stands for a name that is none of the ten.
inline constexpr AttributeType kNoAttributeType = static_cast<AttributeType>(0);

// The type that a member of an AttributeValue object ("S", "NULL", ...) stands for, or
// kNoAttributeType.
inline AttributeType AttributeMemberType(std::string_view name) {
  if (name.size() == 1) {
    switch (name[0]) {
      case 'S':
        return AttributeType::kString;
      case 'N':
        return AttributeType::kNumber;
      case 'B':
        return AttributeType::kBinary;
      case 'M':
        return AttributeType::kMap;
      case 'L':
        return AttributeType::kList;
      default:
        return kNoAttributeType;
    }
  }
  if (name.size() == 2 && name[1] == 'S') {
    switch (name[0]) {
      case 'S':
        return AttributeType::kStringSet;
      case 'N':
        return AttributeType::kNumberSet;
      case 'B':
        return AttributeType::kBinarySet;
      default:
        return kNoAttributeType;
    }
  }
  if (name == "BOOL") {
    return AttributeType::kBool;
  }
  return name == "NULL" ? AttributeType::kNull : kNoAttributeType;
}

}  // namespace millrace::api
