// Construction and comparison of attribute value trees. Sets and maps are compared through sorted
// copies of pointers, because a set of an item may have tens of thousands of members.
#include "storage/model/attribute_value.h"

#include <algorithm>

namespace millrace {
namespace {

using MapEntry = std::pair<std::string, AttributeValue>;

bool SameMembers(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.size() != b.size()) {
    return false;
  }
  std::vector<std::string_view> sorted_a(a.begin(), a.end());
  std::vector<std::string_view> sorted_b(b.begin(), b.end());
  std::sort(sorted_a.begin(), sorted_a.end());
  std::sort(sorted_b.begin(), sorted_b.end());
  return sorted_a == sorted_b;
}

bool SameMembers(std::vector<Number> a, std::vector<Number> b) {
  if (a.size() != b.size()) {
    return false;
  }
  const auto less = [](const Number& x, const Number& y) { return Number::Compare(x, y) < 0; };
  std::sort(a.begin(), a.end(), less);
  std::sort(b.begin(), b.end(), less);
  return a == b;
}

std::vector<const MapEntry*> SortedEntries(const std::vector<MapEntry>& map) {
  std::vector<const MapEntry*> entries;
  entries.reserve(map.size());
  for (const MapEntry& entry : map) {
    entries.push_back(&entry);
  }
  std::sort(entries.begin(), entries.end(),
            [](const MapEntry* x, const MapEntry* y) { return x->first < y->first; });
  return entries;
}

bool SameEntries(const std::vector<MapEntry>& a, const std::vector<MapEntry>& b) {
  if (a.size() != b.size()) {
    return false;
  }
  const std::vector<const MapEntry*> sorted_a = SortedEntries(a);
  const std::vector<const MapEntry*> sorted_b = SortedEntries(b);
  for (size_t index = 0; index < sorted_a.size(); ++index) {
    if (sorted_a[index]->first != sorted_b[index]->first ||
        !(sorted_a[index]->second == sorted_b[index]->second)) {
      return false;
    }
  }
  return true;
}

}  // namespace

AttributeValue::AttributeValue() = default;
AttributeValue::AttributeValue(const AttributeValue& other) = default;
AttributeValue::AttributeValue(AttributeValue&& other) noexcept = default;
AttributeValue& AttributeValue::operator=(const AttributeValue& other) = default;
AttributeValue& AttributeValue::operator=(AttributeValue&& other) noexcept = default;
AttributeValue::~AttributeValue() = default;

AttributeValue AttributeValue::String(std::string text) {
  AttributeValue value;
  value.type = AttributeType::kString;
  value.bytes = std::move(text);
  return value;
}

AttributeValue AttributeValue::NumberValue(const Number& number) {
  AttributeValue value;
  value.type = AttributeType::kNumber;
  value.number = number;
  return value;
}

AttributeValue AttributeValue::Bool(bool boolean) {
  AttributeValue value;
  value.type = AttributeType::kBool;
  value.boolean = boolean;
  return value;
}

AttributeValue AttributeValue::Null() { return AttributeValue(); }

AttributeValue* AttributeValue::FindInMap(std::string_view name) {
  return const_cast<AttributeValue*>(std::as_const(*this).FindInMap(name));
}

const AttributeValue* AttributeValue::FindInMap(std::string_view name) const {
  for (const MapEntry& entry : map) {
    if (entry.first == name) {
      return &entry.second;
    }
  }
  return nullptr;
}

bool operator==(const AttributeValue& a, const AttributeValue& b) {
  if (a.type != b.type) {
    return false;
  }
  switch (a.type) {
    case AttributeType::kString:
    case AttributeType::kBinary:
      return a.bytes == b.bytes;
    case AttributeType::kNumber:
      return a.number == b.number;
    case AttributeType::kBool:
      return a.boolean == b.boolean;
    case AttributeType::kNull:
      return true;
    case AttributeType::kStringSet:
    case AttributeType::kBinarySet:
      return SameMembers(a.byte_set, b.byte_set);
    case AttributeType::kNumberSet:
      return SameMembers(a.number_set, b.number_set);
    case AttributeType::kList:
      return a.list == b.list;
    case AttributeType::kMap:
      return SameEntries(a.map, b.map);
  }
  return false;
}

}  // namespace millrace
