// What expressions mean, written from their description and for nothing but being right:
// conditions, updates and projections as trees that are walked over reference values. The fuzz
// target of expressions compares the real compiler and evaluators with it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "api/expr/fuzz/reference_value.h"

namespace millrace::api::expr {

struct RefStep {
  std::string name;  // of an attribute; empty: an index
  size_t index = 0;
  friend bool operator==(const RefStep&, const RefStep&) = default;
  bool is_name() const { return !name.empty(); }
};
using RefPath = std::vector<RefStep>;

// The value at a path of an item.
RefMaybe RefFind(const RefValue& item, const RefPath& path);
// Whether a path is equal to another or leads through it, or they go on differently in kind.
bool RefPathsClash(const RefPath& a, const RefPath& b);

struct RefOperand {
  enum class Kind { kPath, kValue };
  Kind kind = Kind::kValue;
  bool is_size = false;  // size() of it
  RefPath path;
  RefValue value;
};

struct RefCondition {
  // "AND", "OR", "NOT", a comparator, "BETWEEN", "IN", or the name of a function.
  std::string operation;
  std::vector<RefCondition> children;
  std::vector<RefOperand> operands;
};
bool RefHolds(const RefCondition& condition, const RefValue& item);

// The right side of SET.
struct RefSource {
  // "path", "value", "if_not_exists", "list_append", "+" or "-".
  std::string operation;
  RefPath path;
  RefValue value;
  std::vector<RefSource> children;
};
struct RefAction {
  std::string section;  // "SET", "REMOVE", "ADD" or "DELETE"
  RefPath path;
  RefSource source;  // of all but REMOVE
};
// The item after the update, whose paths do not clash; nothing if it fails.
RefMaybe RefApply(const std::vector<RefAction>& actions, const RefValue& item);

// The parts of an item at the paths, which do not clash.
RefValue RefProject(const std::vector<RefPath>& paths, const RefValue& item);

}  // namespace millrace::api::expr
