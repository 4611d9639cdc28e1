// From SET and REMOVE to expr::Update: PartiQL has the actions of update expressions.
#pragma once

#include "api/expr/update.h"
#include "api/partiql/statement.h"

namespace millrace::api::partiql {

// The update that a kUpdate makes. It refers to the constants of the statement, which must outlive
// it. Its targets are those of the statement in the order of the text: what RETURNING MODIFIED
// shows. set_add and set_delete are the actions ADD and DELETE of update expressions. Thread-safe.
expr::Update CompileUpdate(const Statement& statement);

}  // namespace millrace::api::partiql
