// Conditions and filters: ConditionExpression, FilterExpression and the legacy Expected,
// QueryFilter and ScanFilter, all compiled to one tree with one evaluator.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/document_path.h"
#include "api/expr/placeholders.h"
#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api::expr {

struct ConditionTree;    // condition_tree.h
struct LegacyCondition;  // legacy_conditions.h

// Immutable once compiled; Matches is thread-safe, allocates next to nothing, and runs on the
// committer thread. Refers to the values of the Placeholders (or scratch) it was compiled with,
// which must outlive it.
class Condition {
 public:
  Condition();
  ~Condition();
  Condition(Condition&&) noexcept;
  Condition& operator=(Condition&&) noexcept;

  // Compiles expression text. `kind` is "ConditionExpression" or "FilterExpression" and appears in
  // messages. Errors raised here are marked for the envelope of PutItem and UpdateItem as AWS does.
  static ApiStatus Parse(std::string_view kind, std::string_view text, Placeholders* placeholders,
                         Condition* condition);

  // Compiles the legacy Expected map. `conditional_operator` may be absent.
  static ApiStatus FromExpected(json::Value expected, json::Value conditional_operator,
                                std::string* scratch, Condition* condition);
  // Compiles QueryFilter or ScanFilter.
  static ApiStatus FromFilter(json::Value filter, json::Value conditional_operator,
                              std::string* scratch, Condition* condition);

  // A condition that another parser has compiled (PartiQL has the same evaluator); the tree's paths
  // are indexes into `paths`.
  static Condition FromTree(std::unique_ptr<ConditionTree> tree, std::vector<DocumentPath> paths);

  // False for a default-constructed condition, which matches everything.
  bool present() const { return tree_ != nullptr; }
  // Whether the condition holds for `item`; a missing item is one without attributes.
  bool Matches(const ItemView& item) const;
  // Every path in the condition, for the checks against key attributes.
  const std::vector<DocumentPath>& paths() const { return paths_; }

 private:
  static ApiStatus FromLegacy(std::span<const LegacyCondition> conditions,
                              json::Value conditional_operator, Condition* condition);

  std::unique_ptr<ConditionTree> tree_;
  std::vector<DocumentPath> paths_;
};

}  // namespace millrace::api::expr
