// The checks on expression parameters that all item operations share: mixing the legacy and the
// expression form, names or values without an expression, empty ones. Run before anything is
// parsed.
#pragma once

#include <span>
#include <string_view>

#include "api/wire/error.h"
#include "storage/base/json.h"

namespace millrace::api::expr {

// A parameter of a request with its name; absent ones have a value that is not present().
struct NamedParameter {
  std::string_view name;
  json::Value value;
};

// `legacy` and `expressions` in the order of AWS's list for the operation; `value_bearing` are
// those of the expressions that may use values (all but ProjectionExpression). The order of checks
// and the sentences are AWS's.
ApiStatus CheckExpressionParameters(std::span<const NamedParameter> legacy,
                                    std::span<const NamedParameter> expressions,
                                    std::span<const NamedParameter> value_bearing,
                                    json::Value names, json::Value values);

}  // namespace millrace::api::expr
