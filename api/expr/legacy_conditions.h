// Conditions from before expressions: Expected, KeyConditions, QueryFilter and ScanFilter. All are
// maps of attribute name to operator and arguments, with checks that differ a little from place to
// place.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/condition_tree.h"
#include "api/expr/document_path.h"
#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api::expr {

enum class LegacyOperator : uint8_t {
  kEqual,
  kNotEqual,
  kLessOrEqual,
  kLess,
  kGreaterOrEqual,
  kGreater,
  kContains,
  kNotContains,
  kBeginsWith,
  kIn,
  kBetween,
  kNull,
  kNotNull,
};

// One condition on one top-level attribute.
struct LegacyCondition {
  std::string_view attribute;
  LegacyOperator operation = LegacyOperator::kEqual;
  std::vector<ValueView> arguments;
};

// Where a condition map stands: key conditions take fewer types than filters.
enum class LegacyPosition { kKeyConditions, kFilter };

// Parses the map (absent: no conditions). First all values, then each condition's number and types
// of arguments. Values are encoded into `scratch`, which must outlive the conditions and is not to
// grow afterwards.
ApiStatus ParseConditionMap(json::Value map, LegacyPosition position, std::string* scratch,
                            std::vector<LegacyCondition>* conditions);
ApiStatus ParseExpected(json::Value expected, std::string* scratch,
                        std::vector<LegacyCondition>* conditions);

// Refuses a ConditionalOperator that has nothing to combine.
ApiStatus CheckConditionalOperator(json::Value conditional_operator, size_t condition_count);

// Compiles at least one condition, combined by `combination` (kAnd or kOr); returns the root.
uint32_t CompileLegacy(std::span<const LegacyCondition> conditions, ConditionKind combination,
                       ConditionTree* tree, std::vector<DocumentPath>* paths);

}  // namespace millrace::api::expr
