// A PartiQL statement as the three operations take it: text, parameters and the members beside
// them. What the statement means for a table is in item_statement.h and select_page.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/partiql/parser.h"
#include "api/partiql/statement.h"
#include "api/wire/constraints.h"
#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api {

inline constexpr size_t kStatementSizeMax = 8192;  // UTF-16 units

// Adds what is wrong with Statement, Parameters and ReturnValuesOnConditionCheckFailure of
// `request`. `prefix` is the path of the request with a dot behind it, empty at the top.
void CheckStatementConstraints(json::Value request, std::string_view prefix,
                               ConstraintCollector* constraints);

// A parsed statement and what it refers to. Stays where it is once parsed. Not thread-safe while
// parsing, immutable afterwards.
class StatementRequest {
 public:
  StatementRequest() = default;
  StatementRequest(const StatementRequest&) = delete;
  StatementRequest& operator=(const StatementRequest&) = delete;

  // Parses the members of `request`, whose constraints have been checked and which must outlive the
  // object. Once only.
  ApiStatus Parse(json::Value request, const partiql::ParseOptions& options);

  // As sent.
  std::string_view text() const { return text_; }
  const std::vector<ValueView>& parameters() const { return parameters_; }
  const partiql::Statement& statement() const { return statement_; }
  // Bytes of text and parameters.
  size_t size_bytes() const { return text_.size() + parameter_bytes_.size(); }
  bool consistent() const { return consistent_; }
  // Whether the item that fails a condition is to be shown.
  bool returns_old_item() const { return returns_old_item_; }

 private:
  ApiStatus ParseParameters(json::Value parameters);

  std::string_view text_;
  std::string parameter_bytes_;
  std::vector<ValueView> parameters_;
  partiql::Statement statement_;
  bool consistent_ = false;
  bool returns_old_item_ = false;
};

}  // namespace millrace::api
