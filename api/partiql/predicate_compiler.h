// From WHERE clauses to expr::Condition: PartiQL has the evaluator of condition expressions, with
// its own rule for missing attributes.
#pragma once

#include <span>

#include "api/expr/condition.h"
#include "api/partiql/statement.h"

namespace millrace::api::partiql {

// The condition that all of `predicates` hold; with none, one that is not present(). It refers to
// the constants of the statement, which must outlive it, not to the predicates. Every predicate is
// false when it needs a value that is missing, `<>` included, and NOT turns that into true.
// Thread-safe.
expr::Condition CompilePredicates(std::span<const Predicate* const> predicates);

}  // namespace millrace::api::partiql
