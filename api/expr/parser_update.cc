// The grammars of updates and projections.
#include "api/expr/parser.h"

namespace millrace::api::expr {

bool Parser::ParseProjection() {
  while (true) {
    SyntaxAction& action = tree_->actions.emplace_back();
    if (!ParsePath(&action.path)) {
      return false;
    }
    if (!Is(TokenKind::kComma)) {
      return Is(TokenKind::kEnd) || Fail();
    }
    Advance();
  }
}

bool Parser::ParseUpdate() {
  do {
    if (!ParseSection()) {
      return false;
    }
  } while (!Is(TokenKind::kEnd));
  return true;
}

bool Parser::ParseSection() {
  Section section = Section::kSet;
  switch (current_.kind) {
    case TokenKind::kSet:
      break;
    case TokenKind::kRemove:
      section = Section::kRemove;
      break;
    case TokenKind::kAdd:
      section = Section::kAdd;
      break;
    case TokenKind::kDelete:
      section = Section::kDelete;
      break;
    default:
      return Fail();
  }
  Advance();
  const auto bit = static_cast<uint8_t>(1U << static_cast<unsigned>(section));
  if ((sections_seen_ & bit) != 0 && !tree_->repeated_section.has_value()) {
    tree_->repeated_section = section;
  }
  sections_seen_ |= bit;
  while (true) {
    if (!ParseAction(section)) {
      return false;
    }
    if (!Is(TokenKind::kComma)) {
      return true;
    }
    Advance();
  }
}

bool Parser::ParseAction(Section section) {
  SyntaxAction action;
  action.section = section;
  if (!ParsePath(&action.path)) {
    return false;
  }
  if (section == Section::kSet) {
    if (!Expect(TokenKind::kEqual) || !ParseSetValue(&action.operand)) {
      return false;
    }
  } else if (section != Section::kRemove) {
    if (!Is(TokenKind::kValue)) {
      return Fail();
    }
    ParseValue(&action.operand);
  }
  tree_->actions.push_back(action);
  return true;
}

bool Parser::ParseSetValue(uint32_t* node) {
  if (!ParseSetOperand(node)) {
    return false;
  }
  if (!Is(TokenKind::kPlus) && !Is(TokenKind::kMinus)) {
    return true;
  }
  const SyntaxKind kind = Is(TokenKind::kPlus) ? SyntaxKind::kPlus : SyntaxKind::kMinus;
  Advance();
  uint32_t right = kNoNode;
  if (!ParseSetOperand(&right)) {
    return false;
  }
  *node = NewBinary(kind, *node, right);
  return true;
}

bool Parser::ParseSetOperand(uint32_t* node) {
  if (!Is(TokenKind::kLeftParenthesis)) {
    return ParseOperand(node);
  }
  const DepthGuard guard(this);
  if (!guard.ok()) {
    return false;
  }
  Advance();
  if (!ParseSetValue(node) || !Expect(TokenKind::kRightParenthesis)) {
    return false;
  }
  MarkGroup(*node);
  return true;
}

}  // namespace millrace::api::expr
