// Predicates that say something about a key attribute: what select_plan.h and write_plan.h look for
// in a WHERE clause. Private to this folder.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/partiql/statement.h"
#include "api/wire/error.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api::partiql {

// The predicates of a WHERE clause that must all hold; none without a clause. They lie in the
// statement.
std::vector<const Predicate*> TopLevelPredicates(const Statement& statement);

// A comparison of one top-level attribute with constants, the attribute on the left.
struct AttributeComparison {
  PredicateKind kind = PredicateKind::kEqual;
  std::string_view attribute;
  // One; two for kBetween; any number for kIn.
  std::vector<ValueView> constants;
};

// `predicate` as a comparison that a key condition can use: `=`, `<`, `<=`, `>`, `>=`, BETWEEN, IN,
// begins_with of an attribute and constants, in either order. Empty for all others.
std::optional<AttributeComparison> AsComparison(const Predicate& predicate);

// Whether the WHERE clause has OR anywhere.
bool ContainsOr(const Statement& statement);

}  // namespace millrace::api::partiql
