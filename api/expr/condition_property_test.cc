// Random conditions on random items, against a slow reference implementation on trees of values
// that shares nothing with the code under test but the parser of JSON.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "api/expr/condition.h"
#include "api/expr/test_generator.h"
#include "api/expr/test_support.h"
#include "storage/codec/value_writer.h"
#include "storage/model/attribute_value.h"

namespace millrace::api::expr {
namespace {

using Tree = std::optional<AttributeValue>;

// A condition as text and as what it means.
struct RandomCondition {
  std::string text;
  bool holds = false;
};

std::string PathText(const std::vector<std::string>& path) {
  std::string text;
  for (const std::string& step : path) {
    text += (text.empty() || step[0] == '[' ? "" : ".") + step;
  }
  return text;
}

Tree Resolve(const AttributeValue& item, const std::vector<std::string>& path) {
  const AttributeValue* at = &item;
  for (const std::string& step : path) {
    if (step[0] == '[') {
      const size_t index = static_cast<size_t>(step[1] - '0');
      if (at->type != AttributeType::kList || index >= at->list.size()) {
        return std::nullopt;
      }
      at = &at->list[index];
    } else {
      at = at->type == AttributeType::kMap ? at->FindInMap(step) : nullptr;
      if (at == nullptr) {
        return std::nullopt;
      }
    }
  }
  return *at;
}

Tree SizeOf(const Tree& value) {
  if (!value.has_value()) {
    return std::nullopt;
  }
  size_t size = 0;
  switch (value->type) {
    case AttributeType::kString:
    case AttributeType::kBinary:
      size = value->bytes.size();
      break;
    case AttributeType::kList:
      size = value->list.size();
      break;
    case AttributeType::kMap:
      size = value->map.size();
      break;
    case AttributeType::kStringSet:
    case AttributeType::kBinarySet:
      size = value->byte_set.size();
      break;
    case AttributeType::kNumberSet:
      size = value->number_set.size();
      break;
    default:
      return std::nullopt;
  }
  return AttributeValue::NumberValue(Number::FromInt64(static_cast<int64_t>(size)));
}

// Negative, zero, positive; nothing when the two have no order.
std::optional<int> Compare(const Tree& a, const Tree& b) {
  if (!a.has_value() || !b.has_value() || a->type != b->type) {
    return std::nullopt;
  }
  if (a->type == AttributeType::kNumber) {
    return Number::Compare(a->number, b->number);
  }
  if (a->type == AttributeType::kString || a->type == AttributeType::kBinary) {
    return a->bytes.compare(b->bytes);
  }
  return std::nullopt;
}

bool Equal(const Tree& a, const Tree& b) { return a.has_value() && b.has_value() && *a == *b; }

bool Contains(const Tree& whole, const Tree& part) {
  if (!whole.has_value() || !part.has_value()) {
    return false;
  }
  const auto has = [](const auto& all, const auto& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  switch (whole->type) {
    case AttributeType::kString:
    case AttributeType::kBinary:
      return part->type == whole->type && whole->bytes.find(part->bytes) != std::string::npos;
    case AttributeType::kStringSet:
      return part->type == AttributeType::kString && has(whole->byte_set, part->bytes);
    case AttributeType::kBinarySet:
      return part->type == AttributeType::kBinary && has(whole->byte_set, part->bytes);
    case AttributeType::kNumberSet:
      return part->type == AttributeType::kNumber && has(whole->number_set, part->number);
    case AttributeType::kList:
      return has(whole->list, *part);
    default:
      return false;
  }
}

// One random item with values for placeholders, and random conditions on it.
class ConditionWorld {
 public:
  explicit ConditionWorld(uint32_t seed) : generator_(seed) {
    item_.type = AttributeType::kMap;
    for (const char* name : {"va", "vb", "vc"}) {
      item_.map.emplace_back(name, generator_.Value(1));
    }
  }

  RandomCondition Make(int depth) {
    const size_t choice = depth > 3 ? 3 : generator_.Below(5);
    if (choice == 0) {
      const RandomCondition inner = Make(depth + 1);
      return {"NOT (" + inner.text + ")", !inner.holds};
    }
    if (choice <= 2) {
      const RandomCondition left = Make(depth + 1);
      const RandomCondition right = Make(depth + 1);
      const std::string text = "(" + left.text + (choice == 1 ? ") AND (" : ") OR (") + right.text;
      return {text + ")", choice == 1 ? left.holds && right.holds : left.holds || right.holds};
    }
    return Predicate();
  }

  std::string EncodedItem() const {
    std::string out;
    ItemBuilder builder(&out);
    for (const auto& [name, value] : item_.map) {
      builder.Attribute(name).Tree(value);
    }
    builder.Finish();
    return out;
  }
  std::string ValuesJson() const { return "{" + values_ + "}"; }

 private:
  struct Operand {
    std::string text;
    Tree value;
  };

  Operand Path() {
    const std::vector<std::string> path = generator_.Path();
    return {PathText(path), Resolve(item_, path)};
  }
  Operand Literal(const AttributeValue& value) {
    const std::string name = ":v" + std::to_string(value_count_++);
    std::string encoded;
    ValueWriter(&encoded).Tree(value);
    values_ += (values_.empty() ? "\"" : ",\"") + name + "\":";
    json::Writer writer(&values_);
    WriteAttributeValue(ValueView::At(encoded.data(), encoded.data() + encoded.size()), &writer);
    return {name, value};
  }
  Operand Any() {
    switch (generator_.Below(4)) {
      case 0:
        return Path();
      case 1: {
        const Operand path = Path();
        return {"size(" + path.text + ")", SizeOf(path.value)};
      }
      default:
        return Literal(generator_.Value(1));
    }
  }
  Operand Scalar() {
    if (generator_.Coin()) {
      return Path();
    }
    return Literal(generator_.Coin() ? AttributeValue::String(generator_.Text())
                                     : AttributeValue::NumberValue(Number::FromInt64(2)));
  }

  RandomCondition Predicate() {
    const Operand path = Path();
    switch (generator_.Below(8)) {
      case 0:
        return {"attribute_exists(" + path.text + ")", path.value.has_value()};
      case 1:
        return {"attribute_not_exists(" + path.text + ")", !path.value.has_value()};
      case 2: {
        const auto type = static_cast<AttributeType>(1 + generator_.Below(10));
        const Operand name = Literal(AttributeValue::String(std::string(AttributeTypeName(type))));
        return {"attribute_type(" + path.text + ", " + name.text + ")",
                path.value.has_value() && path.value->type == type};
      }
      case 3: {
        const Operand prefix = Literal(AttributeValue::String(generator_.Text()));
        return {"begins_with(" + path.text + ", " + prefix.text + ")",
                path.value.has_value() && path.value->type == AttributeType::kString &&
                    path.value->bytes.starts_with(prefix.value->bytes)};
      }
      case 4: {
        const Operand part = Literal(generator_.Value(2));
        return {"contains(" + path.text + ", " + part.text + ")", Contains(path.value, part.value)};
      }
      case 5: {
        const Operand one = Literal(generator_.Value(1));
        const Operand two = Literal(generator_.Value(1));
        return {path.text + " IN (" + one.text + "," + two.text + ")",
                Equal(path.value, one.value) || Equal(path.value, two.value)};
      }
      case 6: {
        const Operand lower = Path();
        const Operand upper = Scalar();
        if (lower.text == path.text || upper.text == path.text) {
          return {"attribute_exists(va) OR attribute_not_exists(va)", true};
        }
        return {path.text + " BETWEEN " + lower.text + " AND " + upper.text,
                Compare(path.value, lower.value).value_or(-1) >= 0 &&
                    Compare(path.value, upper.value).value_or(1) <= 0};
      }
      default:
        return Comparison(path);
    }
  }

  RandomCondition Comparison(const Operand& left) {
    const bool equality = generator_.Coin();
    const Operand right = equality ? Any() : Scalar();
    if (left.text == right.text) {
      return {"attribute_exists(gone)", false};
    }
    const std::optional<int> order = Compare(left.value, right.value);
    const auto with = [&](const char* op, bool holds) {
      return RandomCondition{left.text + " " + op + " " + right.text, holds};
    };
    if (equality) {
      const bool equal = Equal(left.value, right.value);
      return generator_.Coin() ? with("=", equal) : with("<>", !equal);
    }
    switch (generator_.Below(4)) {
      case 0:
        return with("<", order.has_value() && *order < 0);
      case 1:
        return with("<=", order.has_value() && *order <= 0);
      case 2:
        return with(">", order.has_value() && *order > 0);
      default:
        return with(">=", order.has_value() && *order >= 0);
    }
  }

  Generator generator_;
  AttributeValue item_;
  std::string values_;
  int value_count_ = 0;
};

TEST(ConditionPropertyTest, AgreesWithTheReference) {
  int held = 0;
  for (uint32_t seed = 0; seed < 5000; ++seed) {
    ConditionWorld world(seed);
    const RandomCondition random = world.Make(0);
    Arena arena;
    Placeholders placeholders;
    const std::string values = world.ValuesJson();
    ParsePlaceholders("", values == "{}" ? "" : values, &arena, &placeholders);
    Condition condition;
    ASSERT_EQ(
        Describe(Condition::Parse("FilterExpression", random.text, &placeholders, &condition)), "")
        << random.text;
    const std::string item = world.EncodedItem();
    ASSERT_EQ(condition.Matches(ItemView::At(item)), random.holds)
        << random.text << " of " << ToJson(ItemView::At(item)) << " with " << values;
    held += random.holds ? 1 : 0;
  }
  EXPECT_GT(held, 1000);
  EXPECT_LT(held, 4000);
}

}  // namespace
}  // namespace millrace::api::expr
