// The recursive descent parser behind ParseExpression (syntax_tree.h): one class for all grammars,
// in three files: what they share, conditions, and updates with projections.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/expr/lexer.h"
#include "api/expr/syntax_tree.h"

namespace millrace::api::expr {

// Used once. The Parse functions return false after the first error, which WriteProblem describes.
class Parser {
 public:
  // Groups and functions may be nested so deep. Nested deeper, a text has a superfluous pair of
  // parentheses or more operators than allowed in any case.
  static constexpr int kDepthMax = 302;

  Parser(std::string_view text, Grammar grammar, SyntaxTree* tree);

  // The three entries: each takes the whole text.
  bool ParseCondition();
  bool ParseUpdate();
  bool ParseProjection();

  // After a failure: the sentence for it.
  std::string Problem() const;

 private:
  // Nesting deeper than kDepthMax is a failure of its own.
  class DepthGuard {
   public:
    explicit DepthGuard(Parser* parser) : parser_(parser) { ++parser_->depth_; }
    ~DepthGuard() { --parser_->depth_; }
    bool ok() const {
      if (parser_->depth_ > kDepthMax) {
        parser_->too_deep_ = true;
      }
      return !parser_->too_deep_;
    }

   private:
    Parser* const parser_;
  };

  bool Is(TokenKind kind) const { return current_.kind == kind; }
  void Advance();
  // Consumes a token of this kind or fails.
  bool Expect(TokenKind kind);
  bool Fail() const { return false; }

  uint32_t NewNode(SyntaxKind kind);
  void AddChild(uint32_t parent, uint32_t child, uint32_t* last);
  uint32_t NewBinary(SyntaxKind kind, uint32_t left, uint32_t right);
  void MarkGroup(uint32_t node);
  bool IsOperandNode(uint32_t node) const;

  // Shared: paths, operands, functions.
  bool ParsePath(uint32_t* node);
  bool ParseSteps(const Token& first, uint32_t* node);
  bool ParseIndex(SyntaxStep* step);
  bool ParseOperand(uint32_t* node);
  bool ParseValue(uint32_t* node);
  bool ParseWordOperand(uint32_t* node);
  bool ParseArguments(uint32_t parent);

  // Conditions. `group`: directly behind an opening parenthesis, where a lone operand may stand
  // too.
  bool ParseOr(bool group, uint32_t* node);
  bool ParseAnd(bool group, uint32_t* node);
  bool ParseNot(bool group, uint32_t* node);
  bool ParsePrimary(bool group, uint32_t* node);
  bool ParsePredicate(uint32_t left, bool group, uint32_t* node);
  bool ParseBetween(uint32_t left, uint32_t* node);
  bool ParseIn(uint32_t left, uint32_t* node);

  // Updates.
  bool ParseSection();
  bool ParseAction(Section section);
  bool ParseSetValue(uint32_t* node);
  bool ParseSetOperand(uint32_t* node);

  std::string TooDeepProblem() const;

  Lexer lexer_;
  Grammar grammar_;
  SyntaxTree* tree_;
  Token previous_;
  Token current_;
  bool has_previous_ = false;
  int depth_ = 0;
  bool too_deep_ = false;
  uint8_t sections_seen_ = 0;
};

}  // namespace millrace::api::expr
