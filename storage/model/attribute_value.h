// AttributeValue: one attribute value as a tree that owns its parts. It is for the places where a
// value is taken apart and put together again (nested updates, tests, tools); requests and stored
// items are read in their encoded form (storage/codec/value_view.h), which needs no tree.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "storage/model/attribute_type.h"
#include "storage/model/number.h"

namespace millrace {

// A plain value: copyable, movable, no invariants beyond the type's own fields. Members that do not
// belong to the type are empty.
struct AttributeValue {
  AttributeType type = AttributeType::kNull;
  bool boolean = false;               // kBool
  std::string bytes;                  // kString (UTF-8), kBinary (raw)
  Number number;                      // kNumber
  std::vector<std::string> byte_set;  // kStringSet, kBinarySet, in the order given
  std::vector<Number> number_set;     // kNumberSet, in the order given
  std::vector<AttributeValue> list;   // kList
  std::vector<std::pair<std::string, AttributeValue>>
      map;  // kMap, in the order given, names distinct

  // Out of line: implicit ones would be instantiated while the pair that holds the map's entries is
  // still incomplete, which clang with libstdc++ 12 refuses.
  AttributeValue();
  AttributeValue(const AttributeValue& other);
  AttributeValue(AttributeValue&& other) noexcept;
  AttributeValue& operator=(const AttributeValue& other);
  AttributeValue& operator=(AttributeValue&& other) noexcept;
  ~AttributeValue();

  static AttributeValue String(std::string text);
  static AttributeValue NumberValue(const Number& number);
  static AttributeValue Bool(bool value);
  static AttributeValue Null();

  // The entry of a map called `name`, or nullptr.
  AttributeValue* FindInMap(std::string_view name);
  const AttributeValue* FindInMap(std::string_view name) const;
};

// Equality as DynamoDB sees it: same type and equal value; sets without order, maps without order,
// numbers by value.
bool operator==(const AttributeValue& a, const AttributeValue& b);

}  // namespace millrace
