// The compiled form of updates. Actions are hung into a tree of their targets, so that an item is
// changed in one walk that copies the bytes of whatever no action names.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/codec/value_view.h"

namespace millrace::api::expr {

enum class OperandKind : uint8_t {
  kPath,
  kValue,
  kIfNotExists,  // of a path and an operand
  kListAppend,   // all below: of two operands
  kAdd,
  kSubtract,
};

// A right-hand side. Paths are indexes into Update::paths().
struct UpdateOperand {
  OperandKind kind = OperandKind::kValue;
  uint32_t path = 0;   // kPath, kIfNotExists
  ValueView value;     // kValue
  uint32_t left = 0;   // operand indexes
  uint32_t right = 0;  // also the operand of kIfNotExists
};

enum class ActionKind : uint8_t { kSet, kRemove, kAdd, kDelete };

// The target of action i is path i.
struct UpdateAction {
  ActionKind kind = ActionKind::kSet;
  bool legacy = false;   // of AttributeUpdates
  uint32_t operand = 0;  // kSet
  ValueView value;       // kAdd, kDelete
};

// A place in the item that is a target or has targets below it. Its step is that of path `path` at
// depth `depth`.
struct TargetNode {
  static constexpr uint32_t kNoAction = UINT32_MAX;
  uint32_t path = 0;
  uint32_t depth = 0;
  uint32_t action = kNoAction;  // for a target; it has no children then
  uint32_t first_child = 0;     // children stand in a row, sorted by step
  uint32_t child_count = 0;
};

struct UpdateProgram {
  std::vector<UpdateOperand> operands;
  std::vector<UpdateAction> actions;
  std::vector<TargetNode> targets;  // the first is the item
  uint32_t cost_bytes = 0;          // what MeasuredSize adds for the actions
};

}  // namespace millrace::api::expr
