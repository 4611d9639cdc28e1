// The compiled form of conditions: what the evaluator walks. Expression texts and legacy parameters
// compile to it alike.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/codec/value_view.h"
#include "storage/model/attribute_type.h"

namespace millrace::api::expr {

enum class ConditionKind : uint8_t {
  kAnd,  // of two nodes
  kOr,
  kNot,    // of one node
  kEqual,  // all below: of operands
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kIn,
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
};

// An operand: a value, or a path into the item; or the size of that.
struct ConditionOperand {
  static constexpr uint32_t kNoPath = UINT32_MAX;
  uint32_t path = kNoPath;  // index into Condition::paths()
  bool is_size = false;
  ValueView value;  // without a path
  bool is_path() const { return path != kNoPath && !is_size; }
  bool is_value() const { return path == kNoPath && !is_size; }
};

struct ConditionNode {
  ConditionKind kind = ConditionKind::kAnd;
  AttributeType type = AttributeType::kNull;  // kAttributeType
  uint32_t first = 0;   // kAnd, kOr, kNot: the left node; others: the first operand
  uint32_t second = 0;  // kAnd, kOr: the right node; others: the number of operands
};

struct ConditionTree {
  std::vector<ConditionNode> nodes;
  std::vector<ConditionOperand> operands;  // those of one node in a row
  uint32_t root = 0;

  uint32_t Add(const ConditionNode& node) {
    nodes.push_back(node);
    return static_cast<uint32_t>(nodes.size() - 1);
  }
};

}  // namespace millrace::api::expr
