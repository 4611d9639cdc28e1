// Decisions are bytes modulo the number of choices. What compilers refuse (operands that are the
// same, literals of impossible types, redundant parentheses) is not made.
#include "api/expr/fuzz/expression_generator.h"

#include <utility>

namespace millrace::api::expr {
namespace {

constexpr size_t kDepthMax = 4;
constexpr size_t kValueDepthMax = 3;
const std::vector<std::string_view> kKinds = {"S",  "N",  "B",  "BOOL", "NULL",
                                              "SS", "NS", "BS", "L",    "M"};
const std::vector<std::string_view> kTexts = {
    "a", "", "ab", "b", "abab", "\xc3\xa9", "\xf0\x9f\x98\x80", "a\xc3\xbf", "S", "M"};
const std::vector<std::string_view> kNumbers = {"1",
                                                "0",
                                                "-1",
                                                "2",
                                                "1.0",
                                                "10e-1",
                                                "0.5",
                                                "3",
                                                "1e2",
                                                "-0",
                                                "0.1",
                                                "100",
                                                "12345678901234567890",
                                                "99999999999999999999999999999999999999",
                                                "1e-38",
                                                "1e125",
                                                "1e-130",
                                                "9.9999999999999999999999999999999999999E+125",
                                                "-9.9999999999999999999999999999999999999E+125",
                                                "0.00000000000000000000000000000000000001",
                                                "-2.5",
                                                "4"};
// Names, and how a text may write them; the last ones cannot stand for themselves.
const std::vector<std::string_view> kNames = {"a", "b", "c", "d", "p", "q", "x.y", "size"};
constexpr size_t kPlainNames = 6;
const std::vector<std::string_view> kSections = {"SET", "REMOVE", "ADD", "DELETE"};

}  // namespace

size_t ExpressionGenerator::Below(size_t bound) {
  if (bytes_.empty()) {
    return 0;
  }
  const auto byte = static_cast<uint8_t>(bytes_.front());
  bytes_.remove_prefix(1);
  return byte % bound;
}

RefValue ExpressionGenerator::Item() {
  RefValue item = RefValue::OfMap();
  item.map["k"] = RefValue::OfString("key");
  for (size_t count = 1 + Below(6); count > 0; --count) {
    const std::string name(Choose(kNames));
    item.map[name] = Value(0);
  }
  return item;
}

RefValue ExpressionGenerator::Value(size_t depth) { return ValueOfKind(Choose(kKinds), depth); }

RefValue ExpressionGenerator::ValueOfKind(std::string_view kind, size_t depth) {
  RefValue value = RefValue::OfKind(std::string(kind));
  if (kind == "N") {
    return RefValue::OfNumber(Choose(kNumbers));
  }
  if (kind == "S" || kind == "B") {
    value.text = Choose(kTexts);
  } else if (kind == "BOOL") {
    value.truth = Coin();
  } else if (value.IsSet()) {
    for (size_t count = 1 + Below(3); count > 0; --count) {
      const std::string_view text = Choose(kTexts);
      value.set.insert(kind == "NS"   ? RefValue::OfNumber(Choose(kNumbers)).text
                       : text.empty() ? "x"
                                      : std::string(text));
    }
  } else if (kind == "L" && depth < kValueDepthMax) {
    for (size_t count = Below(4); count > 0; --count) {
      value.list.push_back(Value(depth + 1));
    }
  } else if (kind == "M" && depth < kValueDepthMax) {
    for (size_t count = Below(4); count > 0; --count) {
      const std::string name(Choose(kNames));
      value.map[name] = Value(depth + 1);
    }
  }
  return value;
}

std::string ExpressionGenerator::Space() {
  return std::string(Choose({"", " ", "  ", "\n", "\t \r\n"}));
}

std::string ExpressionGenerator::Word(std::string_view word) {
  std::string text(word);
  const size_t which = Below(4);
  for (size_t index = 0; index < text.size(); ++index) {
    if (which == 1 || (which == 2 && index % 2 == 1)) {
      text[index] = static_cast<char>(text[index] | 0x20);
    }
  }
  return " " + text + " ";
}

RefPath ExpressionGenerator::Path(std::string* text) {
  RefPath path;
  for (size_t count = 1 + Below(8) / 3; count > 0; --count) {
    if (!path.empty() && Coin()) {
      const size_t index = Below(4);
      path.push_back({"", index});
      *text += Space() + "[" + Space() + std::to_string(index) + Space() + "]";
      continue;
    }
    const size_t which = Below(kNames.size());
    path.push_back({std::string(kNames[which]), 0});
    *text += path.size() > 1 ? Space() + "." + Space() : "";
    *text +=
        which < kPlainNames && Coin() ? std::string(kNames[which]) : "#n" + std::to_string(which);
  }
  return path;
}

std::string ExpressionGenerator::Placeholder(const RefValue& value) {
  values_.push_back(RefToJson(value));
  return ":" + std::to_string(values_.size() - 1);
}

std::string ExpressionGenerator::names() const {
  std::string json;
  for (size_t index = 0; index < kNames.size(); ++index) {
    json += (json.empty() ? "" : ",") + ("\"#n" + std::to_string(index)) + "\":\"" +
            std::string(kNames[index]) + "\"";
  }
  return "{" + json + "}";
}

std::string ExpressionGenerator::values() const {
  std::string json;
  for (size_t index = 0; index < values_.size(); ++index) {
    json += (json.empty() ? "" : ",") + ("\":" + std::to_string(index)) + "\":" + values_[index];
  }
  return json.empty() ? "" : "{" + json + "}";
}

RefOperand ExpressionGenerator::PathOperand(std::string* text) {
  RefOperand operand;
  operand.kind = RefOperand::Kind::kPath;
  operand.path = Path(text);
  return operand;
}

RefOperand ExpressionGenerator::ValueOperand(RefValue value, std::string* text) {
  RefOperand operand;
  operand.value = std::move(value);
  *text += Placeholder(operand.value);
  return operand;
}

RefOperand ExpressionGenerator::Operand(const std::vector<std::string_view>& kinds, bool sizes,
                                        std::string* text) {
  const size_t choice = Below(sizes ? 6 : 5);
  if (choice < 3) {
    return PathOperand(text);
  }
  if (choice < 5) {
    return ValueOperand(kinds.empty() ? Value(1) : ValueOfKind(Choose(kinds), 1), text);
  }
  *text += "size" + Space() + "(" + Space();
  RefOperand operand = Coin()
                           ? ValueOperand(ValueOfKind(Choose({"S", "B", "SS", "L", "M"}), 1), text)
                           : PathOperand(text);
  operand.is_size = true;
  *text += Space() + ")";
  return operand;
}

RefOperand ExpressionGenerator::OtherOperand(const RefOperand& first,
                                             const std::vector<std::string_view>& kinds, bool sizes,
                                             std::string* text) {
  std::string own_text;
  RefOperand operand = Operand(kinds, sizes, &own_text);
  if (operand.kind == RefOperand::Kind::kPath && first.kind == operand.kind &&
      operand.path == first.path && operand.is_size == first.is_size) {
    own_text.clear();
    operand = ValueOperand(ValueOfKind(kinds.empty() ? "N" : Choose(kinds), 1), &own_text);
  }
  *text += own_text;
  return operand;
}

RefCondition ExpressionGenerator::ConditionAt(size_t depth, std::string* text) {
  const size_t choice = depth >= kDepthMax ? 0 : Below(8);
  if (choice < 4) {
    return Predicate(text);
  }
  if (choice < 6) {
    return Junction(depth, choice == 4 ? "AND" : "OR", text);
  }
  RefCondition condition;
  condition.operation = "NOT";
  std::string inner;
  condition.children.push_back(ConditionAt(depth + 1, &inner));
  const std::string& operation = condition.children[0].operation;
  const bool group = operation == "AND" || operation == "OR" || Coin();
  *text += Word("NOT") + (group ? "(" + inner + ")" : inner);
  return condition;
}

RefCondition ExpressionGenerator::Junction(size_t depth, std::string_view word, std::string* text) {
  RefCondition condition;
  condition.operation = word;
  for (size_t count = 2 + Below(3); count > 0; --count) {
    std::string inner;
    condition.children.push_back(ConditionAt(depth + 1, &inner));
    // OR binds less than AND, and both less than everything else.
    const bool group = (word == "AND" && condition.children.back().operation == "OR") || Coin();
    *text += condition.children.size() > 1 ? Word(word) : "";
    *text += group ? Space() + "(" + Space() + inner + Space() + ")" : inner;
  }
  return condition;
}

RefCondition ExpressionGenerator::Predicate(std::string* text) {
  switch (Below(6)) {
    case 0:
    case 1:
      return Comparison(text);
    case 2:
      return Between(text);
    case 3:
      return In(text);
    default:
      return Function(text);
  }
}

RefCondition ExpressionGenerator::Comparison(std::string* text) {
  RefCondition condition;
  condition.operation = Choose({"=", "<>", "<", "<=", ">", ">="});
  // Literals without an order cannot be compared by order.
  const bool equality = condition.operation == "=" || condition.operation == "<>";
  const std::vector<std::string_view> kinds =
      equality ? std::vector<std::string_view>() : std::vector<std::string_view>{"N", "S", "B"};
  condition.operands.push_back(Operand(kinds, true, text));
  *text += Space() + condition.operation + Space();
  condition.operands.push_back(OtherOperand(condition.operands[0], kinds, true, text));
  return condition;
}

RefCondition ExpressionGenerator::Between(std::string* text) {
  RefCondition condition;
  condition.operation = "BETWEEN";
  const std::vector<std::string_view> kinds = {Choose({"N", "S", "B"})};
  condition.operands.push_back(Operand(kinds, true, text));
  std::string lower_text;
  std::string upper_text;
  RefOperand lower = OtherOperand(condition.operands[0], kinds, false, &lower_text);
  RefOperand upper = OtherOperand(condition.operands[0], kinds, false, &upper_text);
  if (lower.kind == RefOperand::Kind::kValue && upper.kind == lower.kind &&
      *RefCompare(lower.value, upper.value) > 0) {
    std::swap(lower, upper);
    std::swap(lower_text, upper_text);
  }
  *text += Word("BETWEEN") + lower_text + Word("AND") + upper_text;
  condition.operands.push_back(std::move(lower));
  condition.operands.push_back(std::move(upper));
  return condition;
}

RefCondition ExpressionGenerator::In(std::string* text) {
  RefCondition condition;
  condition.operation = "IN";
  condition.operands.push_back(Operand({}, true, text));
  *text += Word("IN") + "(";
  for (size_t count = 1 + Below(3); count > 0; --count) {
    *text += condition.operands.size() > 1 ? Space() + "," + Space() : "";
    condition.operands.push_back(OtherOperand(condition.operands[0], {}, false, text));
  }
  *text += ")";
  return condition;
}

RefCondition ExpressionGenerator::Function(std::string* text) {
  RefCondition condition;
  condition.operation = Choose(
      {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"});
  *text += condition.operation + Space() + "(" + Space();
  condition.operands.push_back(condition.operation == "contains" ? Operand({}, false, text)
                                                                 : PathOperand(text));
  if (!condition.operation.ends_with("exists")) {
    *text += Space() + "," + Space();
    const RefOperand& first = condition.operands[0];
    condition.operands.push_back(
        condition.operation == "attribute_type"
            ? ValueOperand(RefValue::OfString(std::string(Choose(kKinds))), text)
        : condition.operation == "begins_with" ? OtherOperand(first, {"S", "B"}, false, text)
                                               : OtherOperand(first, {}, false, text));
  }
  *text += Space() + ")";
  return condition;
}

std::vector<RefAction> ExpressionGenerator::Update(std::string* text) {
  std::vector<RefAction> actions;
  const size_t sections = 1 + Below(15);
  const size_t rotation = Below(4);
  for (size_t count = 0; count < 4; ++count) {
    const size_t which = (count + rotation) % 4;
    if ((sections >> which & 1) == 0) {
      continue;
    }
    *text += Word(kSections[which]);
    for (size_t left = 1 + Below(3); left > 0; --left) {
      actions.push_back(Action(kSections[which], text));
      *text += left > 1 ? Space() + "," + Space() : "";
    }
  }
  return actions;
}

RefAction ExpressionGenerator::Action(std::string_view section, std::string* text) {
  RefAction action;
  action.section = section;
  action.path = Path(text);
  if (section == "SET") {
    *text += Space() + "=" + Space();
    action.source = Source("", 0, true, text);
  } else if (section != "REMOVE") {
    action.source.operation = "value";
    action.source.value = ValueOfKind(
        section == "ADD" ? Choose({"N", "SS", "NS", "BS"}) : Choose({"SS", "NS", "BS"}), 1);
    *text += " " + Placeholder(action.source.value);
  }
  return action;
}

RefSource ExpressionGenerator::Source(std::string_view kind, size_t depth, bool operators,
                                      std::string* text) {
  const size_t choice = depth >= kDepthMax ? Below(2) : Below(6);
  if (operators && choice == 2 && (kind == "N" || kind.empty())) {
    // Without parentheses there is one operator at the most.
    *text += depth > 0 ? "(" : "";
    RefSource source = Arithmetic(depth, text);
    *text += depth > 0 ? ")" : "";
    return source;
  }
  if (choice >= 4 || (choice == 3 && kind == "L")) {
    return Call(kind, depth, text);
  }
  RefSource source;
  source.operation = choice == 0 ? "path" : "value";
  if (choice == 0) {
    source.path = Path(text);
  } else {
    source.value = kind.empty() ? Value(1) : ValueOfKind(kind, 1);
    *text += Placeholder(source.value);
  }
  return source;
}

RefSource ExpressionGenerator::Arithmetic(size_t depth, std::string* text) {
  RefSource source;
  source.operation = Coin() ? "+" : "-";
  source.children.push_back(Source("N", depth + 1, true, text));
  *text += Space() + source.operation + Space();
  source.children.push_back(Source("N", depth + 1, true, text));
  return source;
}

RefSource ExpressionGenerator::Call(std::string_view kind, size_t depth, std::string* text) {
  RefSource source;
  const bool appends = (kind.empty() || kind == "L") && Coin();
  source.operation = appends ? "list_append" : "if_not_exists";
  *text += source.operation + Space() + "(" + Space();
  if (appends) {
    source.children.push_back(Source("L", depth + 1, false, text));
  } else {
    source.path = Path(text);
  }
  *text += Space() + "," + Space();
  source.children.push_back(Source(appends ? "L" : kind, depth + 1, false, text));
  *text += Space() + ")";
  return source;
}

std::vector<RefPath> ExpressionGenerator::Projection(std::string* text) {
  std::vector<RefPath> paths;
  for (size_t left = 1 + Below(5); left > 0; --left) {
    paths.push_back(Path(text));
    *text += left > 1 ? Space() + "," + Space() : "";
  }
  return paths;
}

}  // namespace millrace::api::expr
