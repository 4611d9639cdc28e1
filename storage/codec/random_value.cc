// Random values are small but have what codecs get wrong: empty texts, zero bytes, lengths of more
// than one varint byte, long numbers, deep nesting.
#include "storage/codec/random_value.h"

#include <algorithm>
#include <utility>

#include "storage/codec/value_writer.h"

namespace millrace {
namespace {

uint64_t Below(SeededRandom* random, uint64_t bound) { return random->Next64() % bound; }

std::string RandomText(SeededRandom* random) {
  const char* const characters[] = {"a", "b", "z", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
  std::string text;
  const uint64_t count = Below(random, 10) == 0 ? Below(random, 300) : Below(random, 6);
  for (uint64_t index = 0; index < count; ++index) {
    text += characters[Below(random, 6)];
  }
  return text;
}

std::string RandomBytes(SeededRandom* random) {
  std::string bytes(Below(random, 8), '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(Below(random, 3) == 0 ? 0 : random->Next64());
  }
  return bytes;
}

Number RandomNumber(SeededRandom* random) {
  std::string text = Below(random, 2) == 0 ? "-" : "";
  const uint64_t count = 1 + Below(random, 38);
  for (uint64_t index = 0; index < count; ++index) {
    text += static_cast<char>('0' + Below(random, 10));
  }
  if (Below(random, 2) == 0) {
    text += "e" + std::to_string(static_cast<int>(Below(random, 200)) - 120);
  }
  Number number;
  // What cannot be stored leaves zero, which is as good.
  (void)Number::Parse(text, &number);
  return number;
}

template <typename T, typename Make>
void FillDistinct(std::vector<T>* members, uint64_t count, Make make) {
  for (uint64_t index = 0; index < count; ++index) {
    T member = make();
    if (std::find(members->begin(), members->end(), member) == members->end()) {
      members->push_back(std::move(member));
    }
  }
}

template <typename T>
void Shuffle(std::vector<T>* parts, SeededRandom* random) {
  for (size_t index = parts->size(); index > 1; --index) {
    std::swap((*parts)[index - 1], (*parts)[Below(random, index)]);
  }
}

uint64_t Mix(uint64_t sum, std::string_view bytes) {
  for (const char byte : bytes) {
    sum = sum * 31 + static_cast<uint8_t>(byte);
  }
  return sum;
}

uint64_t ReadParts(ValueView value, int depth) {
  uint64_t sum = static_cast<uint64_t>(value.type());
  sum = Mix(sum, value.payload()) + (value.AsBool() ? 1 : 0);
  std::string text;
  Number::AppendSortableAsText(value.payload(), &text);
  sum = Mix(sum, text) + static_cast<uint64_t>(value.AsNumber().FloorToInt64());
  const SetView set = value.AsSet();
  for (const std::string_view member : set) {
    sum = Mix(sum, member) + set.count();
  }
  sum += set.Contains("a") ? 1 : 0;
  if (depth == 0) {
    return sum;
  }
  const ListView list = value.AsList();
  sum += list.count() + (list.At(3).present() ? 1 : 0);
  for (const ValueView element : list) {
    sum = sum * 31 + ReadParts(element, depth - 1);
  }
  const MapView map = value.AsMap();
  sum += map.count() + (map.Find("a").present() ? 1 : 0);
  for (const NamedValue& entry : map) {
    sum = Mix(sum, entry.name) + Mix(sum, entry.encoded) + ReadParts(entry.value, depth - 1);
  }
  return sum;
}

}  // namespace

AttributeValue RandomValue(SeededRandom* random, int levels) {
  AttributeValue value;
  value.type = static_cast<AttributeType>(1 + Below(random, levels > 1 ? 10 : 8));
  const uint64_t count = Below(random, 20) == 0 ? 40 : Below(random, 5);
  switch (value.type) {
    case AttributeType::kString:
      value.bytes = RandomText(random);
      break;
    case AttributeType::kNumber:
      value.number = RandomNumber(random);
      break;
    case AttributeType::kBinary:
      value.bytes = RandomBytes(random);
      break;
    case AttributeType::kBool:
      value.boolean = Below(random, 2) == 0;
      break;
    case AttributeType::kNull:
      break;
    case AttributeType::kStringSet:
      FillDistinct(&value.byte_set, count + 1, [&] { return RandomText(random); });
      break;
    case AttributeType::kNumberSet:
      FillDistinct(&value.number_set, count + 1, [&] { return RandomNumber(random); });
      break;
    case AttributeType::kBinarySet:
      FillDistinct(&value.byte_set, count + 1, [&] { return RandomBytes(random); });
      break;
    case AttributeType::kList:
      for (uint64_t index = 0; index < count % 5; ++index) {
        value.list.push_back(RandomValue(random, levels - 1));
      }
      break;
    case AttributeType::kMap: {
      std::vector<std::string> names;
      FillDistinct(&names, count % 5, [&] { return RandomText(random); });
      for (std::string& name : names) {
        value.map.emplace_back(std::move(name), RandomValue(random, levels - 1));
      }
      break;
    }
  }
  return value;
}

AttributeValue Shuffled(AttributeValue value, SeededRandom* random) {
  Shuffle(&value.byte_set, random);
  Shuffle(&value.number_set, random);
  Shuffle(&value.map, random);
  for (AttributeValue& element : value.list) {
    element = Shuffled(std::move(element), random);
  }
  for (auto& [name, entry] : value.map) {
    entry = Shuffled(std::move(entry), random);
  }
  return value;
}

std::string RandomItem(SeededRandom* random) {
  std::string bytes;
  ItemBuilder builder(&bytes);
  const uint64_t count = Below(random, 6);
  for (uint64_t index = 0; index < count; ++index) {
    builder.Attribute(std::to_string(index) + RandomText(random)).Tree(RandomValue(random, 4));
  }
  builder.Finish();
  return bytes;
}

std::string EncodeTree(const AttributeValue& tree) {
  std::string bytes;
  ValueWriter(&bytes).Tree(tree);
  return bytes;
}

uint32_t TreeDynamoSize(const AttributeValue& tree) {
  size_t size = 0;
  switch (tree.type) {
    case AttributeType::kBool:
    case AttributeType::kNull:
      return 1;
    case AttributeType::kNumber:
      return tree.number.DynamoSize();
    case AttributeType::kList:
    case AttributeType::kMap:
      size = 3 + tree.list.size() + tree.map.size();
      break;
    default:
      break;
  }
  size += tree.bytes.size();
  for (const std::string& member : tree.byte_set) {
    size += member.size();
  }
  for (const Number& member : tree.number_set) {
    size += member.DynamoSize();
  }
  for (const AttributeValue& element : tree.list) {
    size += TreeDynamoSize(element);
  }
  for (const auto& [name, entry] : tree.map) {
    size += name.size() + TreeDynamoSize(entry);
  }
  return static_cast<uint32_t>(size);
}

uint64_t ReadEverything(ValueView value) {
  if (!value.present()) {
    return 0;
  }
  return ReadParts(value, 8) + value.DynamoSize() + static_cast<uint64_t>(value.Depth()) +
         (ValuesEqual(value, value) ? 1 : 0);
}

uint64_t ReadEverything(const ItemView& item) {
  uint64_t sum = item.DynamoSize() + (item.Find("a").present() ? 1 : 0);
  for (const NamedValue& attribute : item.attributes()) {
    sum = Mix(sum, attribute.name) + ReadEverything(attribute.value);
  }
  return sum;
}

}  // namespace millrace
