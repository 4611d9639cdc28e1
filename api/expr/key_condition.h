// Key conditions of Query: KeyConditionExpression and the legacy KeyConditions, brought to one
// form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/expr/placeholders.h"
#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api::expr {

enum class KeyOperator {
  kEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kBeginsWith
};

// One condition on one top-level attribute, attribute on the left.
struct KeyPredicate {
  std::string attribute;
  KeyOperator operation = KeyOperator::kEqual;
  ValueView operand;
  ValueView upper;  // kBetween only
  // A legacy operator that no key condition can have; CheckSchema refuses it, `operation` says
  // nothing.
  bool not_indexable = false;
};

// What both forms compile to, before the schema is known: the predicates in the order given.
struct KeyCondition {
  std::vector<KeyPredicate> predicates;

  static ApiStatus Parse(std::string_view text, Placeholders* placeholders,
                         KeyCondition* condition);
  // The legacy map; values are encoded into `scratch`, which must outlive the condition.
  static ApiStatus FromLegacy(json::Value key_conditions, std::string* scratch,
                              KeyCondition* condition);

  // Checks the predicates against the schema of the table or index to be queried. `*sort` has, for
  // each sort attribute from the left, its predicate; nullptr-terminated by its size. Messages of
  // AWS, in its order.
  ApiStatus CheckSchema(const KeySchema& schema, std::vector<const KeyPredicate*>* partition,
                        std::vector<const KeyPredicate*>* sort) const;
  bool from_legacy = false;
};

// Whether a sort key value satisfies the predicate.
bool SortKeyMatches(const KeyPredicate& predicate, ValueView sort_key);

}  // namespace millrace::api::expr
