// Random conditions and updates on random items, against slow reference implementations on trees of
// values that share nothing with the code under test but the parser of JSON.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

#include "api/expr/condition.h"
#include "api/expr/test_support.h"
#include "api/expr/update.h"
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

TEST(UpdatePropertyTest, UntouchedAttributesKeepTheirBytesAndSectionsHaveNoOrder) {
  int succeeded = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    Generator generator(seed);
    std::string item_bytes;
    ItemBuilder builder(&item_bytes);
    for (const char* name : {"va", "vb", "vc", "vd", "ve", "vf"}) {
      builder.Attribute(name).Tree(generator.Value(1));
    }
    builder.Finish();
    const ItemView old_item = ItemView::At(item_bytes);
    std::map<std::string, std::string> sections;
    const auto add = [&](const std::string& section, const std::string& action) {
      std::string& text = sections[section];
      text += (text.empty() ? section + " " : ", ") + action;
    };
    add("SET", "va = ve, va2 = if_not_exists(gone, vf)");
    add("REMOVE", generator.Coin() ? "vb" : "vb.p, vb.q");
    if (generator.Coin()) {
      add(generator.Coin() ? "ADD" : "DELETE", "vc :set");
    }
    if (generator.Coin()) {
      add("SET", generator.Coin() ? "vd[1] = va" : "vd.p = va");
    }
    std::vector<std::string> order;
    for (const auto& [section, text] : sections) {
      order.push_back(text);
    }
    std::optional<std::pair<bool, std::string>> first;
    do {
      std::string text;
      for (const std::string& section : order) {
        text += section + " ";
      }
      Arena arena;
      Placeholders placeholders;
      ParsePlaceholders("", R"({":set":{"SS":["a","b"]}})", &arena, &placeholders);
      Update update;
      ASSERT_EQ(Describe(Update::Parse(text, &placeholders, &update)), "") << text;
      std::string out;
      ItemView new_item;
      const bool ok = update.Apply(old_item, ItemView(), &out, &new_item).ok();
      if (!first.has_value()) {
        first.emplace(ok, out);
      }
      ASSERT_EQ(first->first, ok) << text;
      ASSERT_EQ(first->second, out) << text;
      if (!ok) {
        ASSERT_TRUE(out.empty());
        continue;
      }
      ++succeeded;
      for (const char* name : {"ve", "vf"}) {
        ASSERT_EQ(new_item.Find(name).encoded(), old_item.Find(name).encoded());
      }
      ASSERT_EQ(new_item.Find("va").encoded(), old_item.Find("ve").encoded());
      ASSERT_EQ(new_item.Find("va2").encoded(), old_item.Find("vf").encoded());
      // The header's size is that of the attributes.
      uint32_t size = 0;
      for (const NamedValue& entry : new_item.attributes()) {
        size += static_cast<uint32_t>(entry.name.size()) + entry.value.DynamoSize();
      }
      ASSERT_EQ(new_item.DynamoSize(), size);
    } while (std::next_permutation(order.begin(), order.end()));
  }
  EXPECT_GT(succeeded, 500);
}

}  // namespace
}  // namespace millrace::api::expr
