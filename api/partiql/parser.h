// The way from statement text to Statement: syntax, constants, and every check that needs no table,
// in AWS's order.
#pragma once

#include <span>
#include <string_view>

#include "api/partiql/statement.h"
#include "api/wire/error.h"
#include "storage/codec/value_view.h"

namespace millrace::api::partiql {

// Levels of parentheses, lists, sets, tuples and functions that a statement may have.
inline constexpr int kStatementDepthMax = 64;

struct ParseOptions {
  // EXISTS(SELECT ...) is a statement.
  bool in_transaction = false;
};

// Parses `text`, the length of which has been checked. `parameters` are the values of the `?` from
// left to right; they must outlive the statement, `text` need not. `*statement` must be new; it is
// unspecified after an error. Errors are ValidationExceptions: COUNT in a projection, syntax,
// constants, the number of parameters, then operand types, then writes on an index. Thread-safe;
// time is linear in text and parameters, recursion is bounded.
ApiStatus ParseStatement(std::string_view text, std::span<const ValueView> parameters,
                         const ParseOptions& options, Statement* statement);

}  // namespace millrace::api::partiql
