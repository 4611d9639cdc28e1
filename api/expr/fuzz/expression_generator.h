// Makes items and valid expressions out of arbitrary bytes: the same bytes give the same
// expression, and a changed byte changes a part of it, so that a fuzzer can search among valid
// inputs. Each expression comes as text and as the tree of the reference evaluator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/fuzz/reference_evaluator.h"

namespace millrace::api::expr {

// Not thread-safe.
class ExpressionGenerator {
 public:
  // When the bytes are used up, every decision is the first choice.
  explicit ExpressionGenerator(std::string_view bytes) : bytes_(bytes) {}

  // An item of some attributes, which may be nested.
  RefValue Item();
  RefCondition Condition(std::string* text) { return ConditionAt(0, text); }
  // The paths of the actions may clash.
  std::vector<RefAction> Update(std::string* text);
  // The paths may clash.
  std::vector<RefPath> Projection(std::string* text);

  // The placeholders that the texts use, as JSON.
  std::string names() const;
  std::string values() const;

 private:
  // Below `bound`.
  size_t Below(size_t bound);
  bool Coin() { return Below(2) == 1; }
  std::string_view Choose(const std::vector<std::string_view>& all) {
    return all[Below(all.size())];
  }

  RefValue Value(size_t depth);
  RefValue ValueOfKind(std::string_view kind, size_t depth);
  // Spaces, or none.
  std::string Space();
  // A word in some mixture of cases, between spaces.
  std::string Word(std::string_view word);
  RefPath Path(std::string* text);
  std::string Placeholder(const RefValue& value);
  RefOperand PathOperand(std::string* text);
  RefOperand ValueOperand(RefValue value, std::string* text);
  // Values of the kinds; any if there are none. size() of something, too, if `sizes`.
  RefOperand Operand(const std::vector<std::string_view>& kinds, bool sizes, std::string* text);
  // The same, but for a path that is `first`, which compilers refuse.
  RefOperand OtherOperand(const RefOperand& first, const std::vector<std::string_view>& kinds,
                          bool sizes, std::string* text);

  RefCondition ConditionAt(size_t depth, std::string* text);
  RefCondition Junction(size_t depth, std::string_view word, std::string* text);
  RefCondition Predicate(std::string* text);
  RefCondition Comparison(std::string* text);
  RefCondition Between(std::string* text);
  RefCondition In(std::string* text);
  RefCondition Function(std::string* text);
  RefAction Action(std::string_view section, std::string* text);
  // A right side whose value may be of `kind` ("": any). Arguments of functions have no operators.
  RefSource Source(std::string_view kind, size_t depth, bool operators, std::string* text);
  RefSource Arithmetic(size_t depth, std::string* text);
  RefSource Call(std::string_view kind, size_t depth, std::string* text);

  std::string_view bytes_;
  std::vector<std::string> values_;  // ":0", ":1" and so on
};

}  // namespace millrace::api::expr
