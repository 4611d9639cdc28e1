// The checks on a whole statement that come behind its syntax and before any table. Private to this
// folder.
#pragma once

#include "api/partiql/statement.h"
#include "api/wire/error.h"

namespace millrace::api::partiql {

// Operand types and counts in the order of the text, then targets that overlap.
ApiStatus CheckOperands(const Statement& statement);

// An index on a statement that changes a table, then RETURNING clauses that DELETE does not take.
ApiStatus CheckWriteForm(const Statement& statement);

}  // namespace millrace::api::partiql
