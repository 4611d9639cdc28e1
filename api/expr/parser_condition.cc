// The grammar of conditions, filters and key conditions. A group in parentheses may turn out to be
// a condition or the operand of a comparison; which of the two is seen behind its closing
// parenthesis.
#include "api/expr/parser.h"

namespace millrace::api::expr {
namespace {

// The comparison that a token stands for; kPath when it is none.
SyntaxKind ComparisonKind(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return SyntaxKind::kEqual;
    case TokenKind::kNotEqual:
      return SyntaxKind::kNotEqual;
    case TokenKind::kLess:
      return SyntaxKind::kLess;
    case TokenKind::kLessOrEqual:
      return SyntaxKind::kLessOrEqual;
    case TokenKind::kGreater:
      return SyntaxKind::kGreater;
    case TokenKind::kGreaterOrEqual:
      return SyntaxKind::kGreaterOrEqual;
    default:
      return SyntaxKind::kPath;
  }
}

}  // namespace

bool Parser::ParseCondition() {
  return ParseOr(/*group=*/false, &tree_->root) && (Is(TokenKind::kEnd) || Fail());
}

bool Parser::ParseOr(bool group, uint32_t* node) {
  if (!ParseAnd(group, node)) {
    return false;
  }
  while (Is(TokenKind::kOr)) {
    Advance();
    uint32_t right = kNoNode;
    if (!ParseAnd(/*group=*/false, &right)) {
      return false;
    }
    *node = NewBinary(SyntaxKind::kOr, *node, right);
  }
  return true;
}

bool Parser::ParseAnd(bool group, uint32_t* node) {
  if (!ParseNot(group, node)) {
    return false;
  }
  while (Is(TokenKind::kAnd)) {
    Advance();
    uint32_t right = kNoNode;
    if (!ParseNot(/*group=*/false, &right)) {
      return false;
    }
    *node = NewBinary(SyntaxKind::kAnd, *node, right);
  }
  return true;
}

bool Parser::ParseNot(bool group, uint32_t* node) {
  // A loop, because nothing else bounds how many NOTs stand in a row.
  uint32_t count = 0;
  while (Is(TokenKind::kNot)) {
    Advance();
    ++count;
  }
  if (!ParsePrimary(group && count == 0, node)) {
    return false;
  }
  for (; count > 0; --count) {
    const uint32_t negation = NewNode(SyntaxKind::kNot);
    uint32_t last = kNoNode;
    AddChild(negation, *node, &last);
    *node = negation;
  }
  return true;
}

bool Parser::ParsePrimary(bool group, uint32_t* node) {
  uint32_t left = kNoNode;
  if (!Is(TokenKind::kLeftParenthesis)) {
    return ParseOperand(&left) && ParsePredicate(left, group, node);
  }
  const DepthGuard guard(this);
  if (!guard.ok()) {
    return false;
  }
  Advance();
  if (!ParseOr(/*group=*/true, &left) || !Expect(TokenKind::kRightParenthesis)) {
    return false;
  }
  MarkGroup(left);
  if (IsOperandNode(left)) {
    return ParsePredicate(left, group, node);
  }
  *node = left;
  return true;
}

bool Parser::ParsePredicate(uint32_t left, bool group, uint32_t* node) {
  if (Is(TokenKind::kBetween)) {
    return ParseBetween(left, node);
  }
  if (Is(TokenKind::kIn)) {
    return ParseIn(left, node);
  }
  const SyntaxKind comparison = ComparisonKind(current_.kind);
  if (comparison != SyntaxKind::kPath) {
    Advance();
    uint32_t right = kNoNode;
    if (!ParseOperand(&right)) {
      return false;
    }
    tree_->nodes[left].is_operand = true;
    tree_->nodes[right].is_operand = true;
    *node = NewBinary(comparison, left, right);
    return true;
  }
  *node = left;
  return tree_->nodes[left].kind == SyntaxKind::kFunction ||
         (group && Is(TokenKind::kRightParenthesis)) || Fail();
}

bool Parser::ParseBetween(uint32_t left, uint32_t* node) {
  Advance();
  uint32_t lower = kNoNode;
  uint32_t upper = kNoNode;
  if (!ParseOperand(&lower) || !Expect(TokenKind::kAnd) || !ParseOperand(&upper)) {
    return false;
  }
  *node = NewNode(SyntaxKind::kBetween);
  uint32_t last = kNoNode;
  for (const uint32_t operand : {left, lower, upper}) {
    tree_->nodes[operand].is_operand = true;
    AddChild(*node, operand, &last);
  }
  return true;
}

bool Parser::ParseIn(uint32_t left, uint32_t* node) {
  Advance();
  if (!Expect(TokenKind::kLeftParenthesis)) {
    return false;
  }
  *node = NewNode(SyntaxKind::kIn);
  tree_->nodes[left].is_operand = true;
  uint32_t last = kNoNode;
  AddChild(*node, left, &last);
  return ParseArguments(*node);
}

}  // namespace millrace::api::expr
