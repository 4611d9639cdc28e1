// Statements and their clauses, and what all parts of the parser share.
#include "api/partiql/statement_parser.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/expr/messages.h"
#include "storage/model/limits.h"

namespace millrace::api::partiql {
namespace {

constexpr std::string_view kNotWellFormed = "Statement wasn't well formed, can't be processed: ";
constexpr std::string_view kEmptyComponent = "Path component cannot be an empty string";

}  // namespace

StatementParser::StatementParser(std::string_view text, std::span<const ValueView> parameters,
                                 const ParseOptions& options, Statement* statement)
    : text_(text),
      parameters_(parameters),
      options_(options),
      statement_(statement),
      lexer_(text),
      current_(lexer_.Next()),
      next_(lexer_.Next()) {}

bool StatementParser::Fail(std::string_view message) {
  error_ = ValidationError(message);
  return false;
}

bool StatementParser::FailSyntax(std::string_view detail) {
  return Fail(std::string(kNotWellFormed).append(detail));
}

bool StatementParser::FailHere() {
  if (Is(TokenKind::kUnterminated)) {
    return FailSyntax("");
  }
  const bool keyword = Is(TokenKind::kWord) && current_.keyword != Keyword::kNone;
  return FailSyntax(keyword ? "Unexpected keyword" : "Unexpected token");
}

bool StatementParser::FailTooDeep() {
  return Fail("The statement is nested too deeply; the limit is " +
              std::to_string(kStatementDepthMax) + " levels");
}

bool StatementParser::CountOperator() {
  ++operator_count_;
  return operator_count_ <= limits::kExpressionOperatorsMax ||
         Fail(expr::TooManyOperators(operator_count_));
}

bool StatementParser::Parse() {
  bool parsed = false;
  if (Is(Keyword::kSelect)) {
    parsed = ParseSelect();
  } else if (Is(Keyword::kInsert)) {
    parsed = ParseInsert();
  } else if (Is(Keyword::kUpdate)) {
    parsed = ParseUpdate();
  } else if (Is(Keyword::kDelete)) {
    parsed = ParseDelete();
  } else if (options_.in_transaction && Is(Keyword::kExists)) {
    parsed = ParseExists();
  } else {
    return FailSyntax(Is(TokenKind::kUnterminated) ? "" : "Expected data manipulation");
  }
  return parsed && Expect(TokenKind::kEnd);
}

bool StatementParser::ParseSelect() {
  statement_->kind = StatementKind::kSelect;
  return Expect(Keyword::kSelect) && ParseProjection() && Expect(Keyword::kFrom) && ParseTarget() &&
         ParseOptionalWhere() && (!Is(Keyword::kOrder) || ParseOrderBy());
}

bool StatementParser::ParseProjection() {
  if (Accept(TokenKind::kStar)) {
    return true;
  }
  do {
    if (!ParsePath(&statement_->projection.emplace_back())) {
      return false;
    }
  } while (Accept(TokenKind::kComma));
  return true;
}

bool StatementParser::ParseOrderBy() {
  if (!Expect(Keyword::kOrder) || !Expect(Keyword::kBy)) {
    return false;
  }
  do {
    OrderKey& key = statement_->order_by.emplace_back();
    if (!ParsePath(&key.path)) {
      return false;
    }
    key.descending = Accept(Keyword::kDesc);
    if (!key.descending) {
      Accept(Keyword::kAsc);
    }
  } while (Accept(TokenKind::kComma));
  return true;
}

bool StatementParser::ParseExists() {
  if (!Expect(Keyword::kExists) || !Expect(TokenKind::kLeftParenthesis) || !ParseSelect() ||
      !Expect(TokenKind::kRightParenthesis)) {
    return false;
  }
  statement_->kind = StatementKind::kExists;
  return true;
}

bool StatementParser::ParseInsert() {
  statement_->kind = StatementKind::kInsert;
  if (!Expect(Keyword::kInsert) || !Expect(Keyword::kInto)) {
    return false;
  }
  const Token table = current_;
  if (!ParseTarget()) {
    return false;
  }
  if (!statement_->index.empty()) {
    return Fail("FROM clause may only contain a single table name in data manipulation statements" +
                DescribePlace(text_, table.offset, table.text.size()));
  }
  return Expect(Keyword::kValue) && ParseItem();
}

bool StatementParser::ParseUpdate() {
  statement_->kind = StatementKind::kUpdate;
  return Expect(Keyword::kUpdate) && ParseTarget() && ParseUpdateClauses() &&
         ParseOptionalWhere() && ParseReturning();
}

bool StatementParser::ParseDelete() {
  statement_->kind = StatementKind::kDelete;
  return Expect(Keyword::kDelete) && Expect(Keyword::kFrom) && ParseTarget() &&
         ParseOptionalWhere() && ParseReturning();
}

bool StatementParser::ParseTarget() {
  if (!ParseName(&statement_->table)) {
    return false;
  }
  if (!Accept(TokenKind::kDot)) {
    return true;
  }
  if (!ParseName(&statement_->index)) {
    return false;
  }
  return !Is(TokenKind::kDot) || Fail("A path may contain at most 2 components in the FROM clause");
}

bool StatementParser::ParseOptionalWhere() {
  return !Accept(Keyword::kWhere) || ParsePredicate(&statement_->where.emplace());
}

bool StatementParser::ParseReturning() {
  if (!Accept(Keyword::kReturning)) {
    return true;
  }
  const bool all = Is(Keyword::kAll);
  if (!all && !current_.IsWord("MODIFIED")) {
    return FailHere();
  }
  Advance();
  const bool old_values = current_.IsWord("OLD");
  if (!old_values && !current_.IsWord("NEW")) {
    return FailHere();
  }
  Advance();
  if (all) {
    statement_->returning = old_values ? Returning::kAllOld : Returning::kAllNew;
  } else {
    statement_->returning = old_values ? Returning::kModifiedOld : Returning::kModifiedNew;
  }
  return Expect(TokenKind::kStar);
}

bool StatementParser::ParseName(std::string* name) {
  if (Is(TokenKind::kQuotedName)) {
    *name = Unquote(current_.text);
    if (name->empty()) {
      return Fail(kEmptyComponent);
    }
  } else if (Is(TokenKind::kWord) && current_.keyword == Keyword::kNone) {
    *name = current_.text;
  } else {
    return FailHere();
  }
  Advance();
  return true;
}

bool StatementParser::ParsePath(expr::DocumentPath* path) {
  if (!ParseName(&path->steps.emplace_back().name)) {
    return false;
  }
  while (true) {
    if (Accept(TokenKind::kDot)) {
      if (!ParseName(&path->steps.emplace_back().name)) {
        return false;
      }
    } else if (Accept(TokenKind::kLeftBracket)) {
      if (!ParseIndexStep(path)) {
        return false;
      }
    } else {
      break;
    }
  }
  return path->steps.size() <= limits::kNestingDepthMax ||
         Fail(expr::PathTooDeep(path->steps.size()));
}

bool StatementParser::ParseIndexStep(expr::DocumentPath* path) {
  const std::string_view digits = current_.text;
  const bool sound =
      Is(TokenKind::kNumber) && std::all_of(digits.begin(), digits.end(), [](char character) {
        return character >= '0' && character <= '9';
      });
  if (!sound) {
    return FailHere();
  }
  expr::PathStep& step = path->steps.emplace_back();
  step.is_index = true;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), step.index);
  if (error != std::errc()) {
    // No list is so long: the largest index stands for all beyond it.
    step.index = std::numeric_limits<uint32_t>::max();
  }
  Advance();
  return Expect(TokenKind::kRightBracket);
}

}  // namespace millrace::api::partiql
