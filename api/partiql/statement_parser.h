// The recursive descent parser behind ParseStatement: one class in four files (statements,
// predicates, updates, values). Private to this folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/partiql/lexer.h"
#include "api/partiql/parser.h"
#include "api/partiql/statement.h"
#include "api/wire/error.h"
#include "storage/codec/value_view.h"
#include "storage/codec/value_writer.h"

namespace millrace::api::partiql {

// Used once, by one thread. The Parse functions return false after the first error, which
// TakeError hands over.
class StatementParser {
 public:
  StatementParser(std::string_view text, std::span<const ValueView> parameters,
                  const ParseOptions& options, Statement* statement);

  // Parses the whole text.
  bool Parse();
  ApiStatus TakeError() { return std::move(error_); }

 private:
  // What a parenthesis may turn out to hold: a predicate, or one side of one.
  struct Term {
    bool is_operand = false;
    Operand operand;
    Predicate predicate;
  };
  // The entries of a tuple, encoded one behind the other.
  struct Entries {
    struct Entry {
      std::string name;
      size_t offset = 0;
      bool overridden = false;  // by a later one of the same name
    };
    std::vector<Entry> entries;
    std::string bytes;
  };
  // Counts a level of nesting; not ok() when there are too many.
  class DepthGuard {
   public:
    explicit DepthGuard(StatementParser* parser) : parser_(parser) { ++parser_->depth_; }
    ~DepthGuard() { --parser_->depth_; }
    bool ok() const { return parser_->depth_ <= kStatementDepthMax || parser_->FailTooDeep(); }

   private:
    StatementParser* const parser_;
  };

  void Advance() {
    current_ = next_;
    next_ = lexer_.Next();
  }
  bool Is(TokenKind kind) const { return current_.kind == kind; }
  bool Is(Keyword keyword) const { return current_.Is(keyword); }
  // Whether a word is followed by an opening parenthesis.
  bool IsCall() const { return Is(TokenKind::kWord) && next_.kind == TokenKind::kLeftParenthesis; }
  // Consumes the token if it is the wanted one.
  template <typename Wanted>
  bool Accept(Wanted wanted) {
    const bool found = Is(wanted);
    if (found) {
      Advance();
    }
    return found;
  }
  // Consumes the wanted token or fails.
  template <typename Wanted>
  bool Expect(Wanted wanted) {
    return Accept(wanted) || FailHere();
  }

  // Record an error; always false. FailHere: a syntax error about the current token.
  bool FailHere();
  bool FailSyntax(std::string_view detail);
  bool Fail(std::string_view message);
  bool FailTooDeep();
  bool CountOperator();

  // Statements.
  bool ParseSelect();
  bool ParseProjection();
  bool ParseOrderBy();
  bool ParseExists();
  bool ParseInsert();
  bool ParseUpdate();
  bool ParseDelete();
  bool ParseTarget();
  bool ParseOptionalWhere();
  bool ParseReturning();
  bool ParseName(std::string* name);
  bool ParsePath(expr::DocumentPath* path);
  bool ParseIndexStep(expr::DocumentPath* path);

  // Predicates. `group`: directly behind an opening parenthesis, where a lone operand may stand.
  bool ParsePredicate(Predicate* predicate);
  bool ParseOr(bool group, Term* term);
  bool ParseAnd(bool group, Term* term);
  bool ParseNot(bool group, Term* term);
  bool ParsePrimary(bool group, Term* term);
  bool ParseGroup(bool group, Term* term);
  bool ParsePredicateRest(Operand left, bool group, Term* term);
  bool ParseComparison(PredicateKind kind, Operand left, Predicate* predicate);
  bool ParseBetween(Operand left, Predicate* predicate);
  bool ParseIn(Operand left, Predicate* predicate);
  bool ParseIs(Operand left, Predicate* predicate);
  bool ParseFunctionPredicate(Predicate* predicate);
  bool FinishTypeFunction(Predicate* predicate);
  bool ParseArguments(std::vector<Operand>* arguments);
  bool ParseOperand(Operand* operand);
  bool ParseSize(Operand* operand);

  // Updates.
  bool ParseUpdateClauses();
  bool ParseAssignment();
  bool ParseSetValue(SetValue* value);
  bool ParseSetOperand(SetValue* value);
  bool ParseSetFunction(SetValue* value);

  // Values.
  bool IsConstantStart() const;
  // A constant kept in the statement's storage, or a parameter where it is.
  bool ParseConstant(ValueView* value);
  bool ParseParameter(ValueView* value);
  bool ParseLiteral(ValueWriter* writer);
  bool ParseNumber(ValueWriter* writer);
  bool ParseList(ValueWriter* writer);
  bool ParseSet(ValueWriter* writer);
  bool ParseEntries(Entries* entries);
  bool ParseTuple(ValueWriter* writer);
  bool ParseItem();

  const std::string_view text_;
  const std::span<const ValueView> parameters_;
  const ParseOptions options_;
  Statement* const statement_;
  Lexer lexer_;
  Token current_;
  Token next_;
  int depth_ = 0;
  uint32_t operator_count_ = 0;
  ApiStatus error_;
};

}  // namespace millrace::api::partiql
