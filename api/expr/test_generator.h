// Random values for the property tests of this folder.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "storage/model/attribute_value.h"

namespace millrace::api::expr {

// Values come from a small range, so that equal ones and prefixes are common.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  size_t Below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }
  bool Coin() { return Below(2) == 0; }

  // Values come from a small range, so that equal ones and prefixes are common.
  AttributeValue Value(int depth) {
    AttributeValue value;
    const size_t kinds = depth < 3 ? 10 : 8;
    value.type = static_cast<AttributeType>(1 + Below(kinds));
    switch (value.type) {
      case AttributeType::kString:
      case AttributeType::kBinary:
        value.bytes = Text();
        break;
      case AttributeType::kNumber:
        value.number = Number::FromInt64(static_cast<int64_t>(Below(4)));
        break;
      case AttributeType::kBool:
        value.boolean = Coin();
        break;
      case AttributeType::kNull:
        break;
      case AttributeType::kStringSet:
      case AttributeType::kBinarySet:
        value.byte_set = Coin() ? std::vector<std::string>{"a", "ab"}
                                : std::vector<std::string>{"ab", Coin() ? "a" : "b"};
        break;
      case AttributeType::kNumberSet:
        value.number_set = {Number::FromInt64(1), Number::FromInt64(Coin() ? 2 : 3)};
        break;
      case AttributeType::kList:
        for (size_t count = Below(4); count > 0; --count) {
          value.list.push_back(Value(depth + 1));
        }
        break;
      case AttributeType::kMap:
        for (const char* name : {"p", "q"}) {
          if (Coin()) {
            value.map.emplace_back(name, Value(depth + 1));
          }
        }
        break;
    }
    return value;
  }

  std::string Text() {
    static const std::vector<std::string> kTexts = {"", "a", "ab", "b", "abab"};
    return kTexts[Below(kTexts.size())];
  }

  // Steps: names as they are, indexes as "[1]".
  std::vector<std::string> Path() {
    static const std::vector<std::string> kNames = {"va", "vb", "vc", "vd"};
    static const std::vector<std::string> kSteps = {"p", "q", "[0]", "[1]"};
    std::vector<std::string> path = {kNames[Below(kNames.size())]};
    while (Below(3) == 0 && path.size() < 4) {
      path.push_back(kSteps[Below(kSteps.size())]);
    }
    return path;
  }

 private:
  std::mt19937 random_;
};

}  // namespace millrace::api::expr
