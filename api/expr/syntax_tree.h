// What parsing an expression text yields: a tree in which names and values are still placeholders.
// It depends on the text alone, so that trees can be kept by text; the parts refer to the text,
// which must outlive the tree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/lexer.h"

namespace millrace::api::expr {

enum class SyntaxKind : uint8_t {
  kPath,
  kValue,
  // All below count as operators.
  kFunction,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kIn,
  kAnd,
  kOr,
  kNot,
  kPlus,
  kMinus,
};

// One step of a path as written: an identifier or #name, or an index.
struct SyntaxStep {
  std::string_view text;
  uint32_t index = 0;  // the largest value stands for every index beyond it
  bool is_index = false;
};

// Stands for "no node".
inline constexpr uint32_t kNoNode = UINT32_MAX;

struct SyntaxNode {
  SyntaxKind kind = SyntaxKind::kPath;
  bool is_operand = false;         // a function that stands where an operand is expected
  bool extra_parentheses = false;  // in a group whose whole content is another group
  bool in_parentheses = false;
  std::string_view text;     // kValue: ":v"; kFunction: its name
  uint32_t first = kNoNode;  // kPath: first of its steps; others: first child
  uint32_t count = 0;        // kPath: number of steps; others: number of children
  uint32_t next = kNoNode;   // next child of the same parent
};

enum class Section : uint8_t { kSet, kRemove, kAdd, kDelete };

// One action of an update, or one path of a projection (section unused).
struct SyntaxAction {
  Section section = Section::kSet;
  uint32_t path = kNoNode;
  uint32_t operand = kNoNode;  // kSet, kAdd, kDelete
};

struct SyntaxTree {
  std::vector<SyntaxNode> nodes;            // functions and paths in the order of the text
  std::vector<SyntaxStep> steps;            // in the order of the text
  std::vector<SyntaxAction> actions;        // updates and projections
  uint32_t root = kNoNode;                  // conditions
  std::optional<Section> repeated_section;  // the first section that occurs a second time
};

// Parses `text` by `grammar` into `tree` (which must be empty). False with `*detail` set, the
// sentence that follows "Invalid <kind>: ", when it is too long, is not of the grammar, has too
// many operators or superfluous parentheses. Recursion is bounded. Thread-safe.
bool ParseExpression(std::string_view text, Grammar grammar, SyntaxTree* tree, std::string* detail);

}  // namespace millrace::api::expr
