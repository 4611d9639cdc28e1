// ParseStatement: the parser and the checks around it, in AWS's order.
#include "api/partiql/parser.h"

#include <string>

#include "api/partiql/lexer.h"
#include "api/partiql/statement_checks.h"
#include "api/partiql/statement_parser.h"

namespace millrace::api::partiql {
namespace {

// COUNT( in a projection has an error of its own, whatever else is wrong behind it.
ApiStatus CheckNoCount(std::string_view text, const ParseOptions& options) {
  Lexer lexer(text);
  Token token = lexer.Next();
  if (options.in_transaction && token.Is(Keyword::kExists)) {
    lexer.Next();
    token = lexer.Next();
  }
  if (!token.Is(Keyword::kSelect)) {
    return ApiStatus::Ok();
  }
  Token next = lexer.Next();
  while (next.kind != TokenKind::kEnd && !token.Is(Keyword::kFrom)) {
    if (token.Is(Keyword::kCount) && next.kind == TokenKind::kLeftParenthesis) {
      return ValidationError("Unexpected path component" +
                             DescribePlace(text, token.offset, token.text.size()));
    }
    token = next;
    next = lexer.Next();
  }
  return ApiStatus::Ok();
}

}  // namespace

ApiStatus ParseStatement(std::string_view text, std::span<const ValueView> parameters,
                         const ParseOptions& options, Statement* statement) {
  RETURN_IF_API_ERROR(CheckNoCount(text, options));
  StatementParser parser(text, parameters, options, statement);
  if (!parser.Parse()) {
    return parser.TakeError();
  }
  if (statement->parameter_count != parameters.size()) {
    return ValidationError("Number of parameters in request and statement don't match.");
  }
  RETURN_IF_API_ERROR(CheckOperands(*statement));
  return CheckWriteForm(*statement);
}

}  // namespace millrace::api::partiql
