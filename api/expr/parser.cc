// What all grammars share: tokens, paths, operands, functions; and the checks that need no names or
// values.
#include "api/expr/parser.h"

#include <algorithm>

#include "api/expr/messages.h"
#include "storage/model/limits.h"

namespace millrace::api::expr {
namespace {

bool IsOperatorToken(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessOrEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterOrEqual:
    case TokenKind::kPlus:
    case TokenKind::kMinus:
    case TokenKind::kAnd:
    case TokenKind::kOr:
    case TokenKind::kNot:
    case TokenKind::kIn:
      return true;
    default:
      return false;  // BETWEEN too: the AND that belongs to it is counted
  }
}

// The bounds that need the tree: operators, operands of IN; then superfluous parentheses.
bool CheckTree(const SyntaxTree& tree, Grammar grammar, std::string* detail) {
  const auto operators =
      std::count_if(tree.nodes.begin(), tree.nodes.end(),
                    [](const SyntaxNode& node) { return node.kind >= SyntaxKind::kFunction; });
  if (operators > limits::kExpressionOperatorsMax) {
    *detail = TooManyOperators(static_cast<uint32_t>(operators));
    return false;
  }
  if (grammar == Grammar::kCondition) {
    for (const SyntaxNode& node : tree.nodes) {
      if (node.kind == SyntaxKind::kIn && node.count - 1 > limits::kInOperandsMax) {
        *detail = TooManyInOperands(node.count - 1);
        return false;
      }
    }
  }
  for (const SyntaxNode& node : tree.nodes) {
    if (node.extra_parentheses) {
      *detail = kRedundantParentheses;
      return false;
    }
  }
  return true;
}

// The error at `token`, behind which `lexer` goes on; what is near starts at `near_offset`.
std::string DescribeError(Lexer lexer, uint32_t near_offset, const Token& token) {
  const Token next = lexer.Next();
  const uint32_t end = next.kind == TokenKind::kEnd ? token.end() : next.end();
  return SyntaxError(lexer.TextOf(token), lexer.text().substr(near_offset, end - near_offset));
}

}  // namespace

bool ParseExpression(std::string_view text, Grammar grammar, SyntaxTree* tree,
                     std::string* detail) {
  if (text.size() > limits::kExpressionSizeMax) {
    *detail = ExpressionTooLong(text.size());
    return false;
  }
  Parser parser(text, grammar, tree);
  bool parsed = false;
  switch (grammar) {
    case Grammar::kCondition:
      parsed = parser.ParseCondition();
      break;
    case Grammar::kUpdate:
      parsed = parser.ParseUpdate();
      break;
    case Grammar::kProjection:
      parsed = parser.ParseProjection();
      break;
  }
  if (!parsed) {
    *detail = parser.Problem();
    return false;
  }
  return CheckTree(*tree, grammar, detail);
}

Parser::Parser(std::string_view text, Grammar grammar, SyntaxTree* tree)
    : lexer_(text, grammar), grammar_(grammar), tree_(tree), current_(lexer_.Next()) {
  // Enough for most texts, so that the vectors do not grow in steps of one, two, four.
  tree_->nodes.reserve(4 + text.size() / 8);
  tree_->steps.reserve(2 + text.size() / 16);
}

void Parser::Advance() {
  previous_ = current_;
  has_previous_ = true;
  current_ = lexer_.Next();
}

bool Parser::Expect(TokenKind kind) {
  if (!Is(kind)) {
    return Fail();
  }
  Advance();
  return true;
}

std::string Parser::Problem() const {
  if (too_deep_) {
    return TooDeepProblem();
  }
  // A character that starts no token is reported even when the text is wrong before it.
  Lexer lexer(lexer_.text(), grammar_);
  Token previous;
  bool has_previous = false;
  Token token = lexer.Next();
  while (token.kind != TokenKind::kEnd && token.kind != TokenKind::kIllegal) {
    previous = token;
    has_previous = true;
    token = lexer.Next();
  }
  if (token.kind == TokenKind::kIllegal) {
    return DescribeError(lexer, has_previous ? previous.offset : token.offset, token);
  }
  if (Is(TokenKind::kEnd)) {
    return SyntaxError("<EOF>", has_previous_ ? lexer_.TextOf(previous_) : std::string_view());
  }
  return DescribeError(lexer_, has_previous_ ? previous_.offset : current_.offset, current_);
}

std::string Parser::TooDeepProblem() const {
  Lexer lexer(lexer_.text(), grammar_);
  uint32_t count = 0;
  Token before;
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    const bool call =
        token.kind == TokenKind::kLeftParenthesis && before.kind == TokenKind::kIdentifier;
    count += IsOperatorToken(token.kind) || call ? 1 : 0;
    before = token;
  }
  return count > limits::kExpressionOperatorsMax ? TooManyOperators(count)
                                                 : std::string(kRedundantParentheses);
}

uint32_t Parser::NewNode(SyntaxKind kind) {
  tree_->nodes.emplace_back().kind = kind;
  return static_cast<uint32_t>(tree_->nodes.size() - 1);
}

void Parser::AddChild(uint32_t parent, uint32_t child, uint32_t* last) {
  SyntaxNode& node = tree_->nodes[parent];
  if (*last == kNoNode) {
    node.first = child;
  } else {
    tree_->nodes[*last].next = child;
  }
  ++node.count;
  *last = child;
}

uint32_t Parser::NewBinary(SyntaxKind kind, uint32_t left, uint32_t right) {
  const uint32_t node = NewNode(kind);
  uint32_t last = kNoNode;
  AddChild(node, left, &last);
  AddChild(node, right, &last);
  return node;
}

void Parser::MarkGroup(uint32_t index) {
  SyntaxNode& node = tree_->nodes[index];
  node.extra_parentheses = node.in_parentheses;
  node.in_parentheses = true;
}

bool Parser::IsOperandNode(uint32_t index) const {
  return tree_->nodes[index].kind <= SyntaxKind::kFunction;
}

bool Parser::ParsePath(uint32_t* node) {
  if (!Is(TokenKind::kIdentifier) && !Is(TokenKind::kName)) {
    return Fail();
  }
  const Token first = current_;
  Advance();
  return ParseSteps(first, node);
}

bool Parser::ParseSteps(const Token& first, uint32_t* node) {
  *node = NewNode(SyntaxKind::kPath);
  const auto first_step = static_cast<uint32_t>(tree_->steps.size());
  tree_->steps.push_back({lexer_.TextOf(first)});
  while (Is(TokenKind::kDot) || Is(TokenKind::kLeftBracket)) {
    const bool index = Is(TokenKind::kLeftBracket);
    Advance();
    SyntaxStep step;
    if (index) {
      if (!ParseIndex(&step)) {
        return false;
      }
    } else {
      if (!Is(TokenKind::kIdentifier) && !Is(TokenKind::kName)) {
        return Fail();
      }
      step.text = lexer_.TextOf(current_);
      Advance();
    }
    tree_->steps.push_back(step);
  }
  tree_->nodes[*node].first = first_step;
  tree_->nodes[*node].count = static_cast<uint32_t>(tree_->steps.size()) - first_step;
  return true;
}

bool Parser::ParseIndex(SyntaxStep* step) {
  if (!Is(TokenKind::kDigits)) {
    return Fail();
  }
  uint64_t index = 0;
  for (const char digit : lexer_.TextOf(current_)) {
    index = std::min<uint64_t>(index * 10 + static_cast<uint64_t>(digit - '0'), UINT32_MAX);
  }
  step->index = static_cast<uint32_t>(index);
  step->is_index = true;
  Advance();
  return Expect(TokenKind::kRightBracket);
}

bool Parser::ParseValue(uint32_t* node) {
  *node = NewNode(SyntaxKind::kValue);
  tree_->nodes[*node].text = lexer_.TextOf(current_);
  Advance();
  return true;
}

bool Parser::ParseWordOperand(uint32_t* node) {
  const Token word = current_;
  Advance();
  if (word.kind == TokenKind::kName || !Is(TokenKind::kLeftParenthesis)) {
    return ParseSteps(word, node);
  }
  const DepthGuard guard(this);
  if (!guard.ok()) {
    return false;
  }
  *node = NewNode(SyntaxKind::kFunction);
  tree_->nodes[*node].text = lexer_.TextOf(word);
  Advance();
  return ParseArguments(*node);
}

bool Parser::ParseArguments(uint32_t parent) {
  uint32_t last = tree_->nodes[parent].first;
  while (true) {
    uint32_t argument = kNoNode;
    if (!ParseOperand(&argument)) {
      return false;
    }
    tree_->nodes[argument].is_operand = true;
    AddChild(parent, argument, &last);
    if (!Is(TokenKind::kComma)) {
      return Expect(TokenKind::kRightParenthesis);
    }
    Advance();
  }
}

bool Parser::ParseOperand(uint32_t* node) {
  switch (current_.kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kName:
      return ParseWordOperand(node);
    case TokenKind::kValue:
      return ParseValue(node);
    case TokenKind::kLeftParenthesis: {
      const DepthGuard guard(this);
      if (!guard.ok()) {
        return false;
      }
      Advance();
      if (!ParseOperand(node) || !Expect(TokenKind::kRightParenthesis)) {
        return false;
      }
      MarkGroup(*node);
      return true;
    }
    default:
      return Fail();
  }
}

}  // namespace millrace::api::expr
