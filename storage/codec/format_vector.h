// A vector of FORMAT.md, for the tests that read them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/codec/value_text.h"
#include "storage/model/table_descriptor.h"

namespace millrace {

// One fenced block: its lines, in order, and the place to name in failures.
struct Vector {
  int line = 0;
  std::vector<std::pair<std::string, std::string>> fields;

  bool Has(std::string_view name) const {
    for (const auto& [own, value] : fields) {
      if (own == name) {
        return true;
      }
    }
    return false;
  }
  std::string Get(std::string_view name) const {
    for (const auto& [own, value] : fields) {
      if (own == name) {
        return value;
      }
    }
    ADD_FAILURE() << "FORMAT.md:" << line << ": no field " << name;
    return "";
  }
  uint64_t Integer(std::string_view name) const { return std::stoull(Get(name)); }
  // A key attribute, written as its type and its name.
  KeyAttribute Attribute(std::string_view name) const {
    const std::string text = Get(name);
    return {text.substr(2), ParseAttributeTypeName(text.substr(0, 1)).value()};
  }
  // The values of all lines called `name`, in order.
  std::vector<std::string> GetAll(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [own, value] : fields) {
      if (own == name) {
        values.push_back(value);
      }
    }
    return values;
  }
  // All lines called `name`, decoded from hexadecimal.
  std::string Bytes(std::string_view name) const {
    std::string digits;
    for (const auto& [own, value] : fields) {
      if (own == name) {
        digits += value;
      }
    }
    return BytesFromHex(digits);
  }
};

// Checks a vector of the kind "descriptor" in both directions (format_descriptor.cc).
void CheckDescriptor(const Vector& vector);

// The same for the kinds about streams and time to live (format_stream.cc).
void CheckStreamRow(const Vector& vector);
void CheckShardRow(const Vector& vector);
void CheckStreamHorizon(const Vector& vector);
void CheckLogKey(const Vector& vector);
void CheckChange(const Vector& vector);
void CheckExpiryKey(const Vector& vector);

// The same for the kinds about logs (format_log.cc).
void CheckLogGroup(const Vector& vector);
void CheckLogStream(const Vector& vector);
void CheckLogEvent(const Vector& vector);
void CheckLogDropped(const Vector& vector);

}  // namespace millrace
