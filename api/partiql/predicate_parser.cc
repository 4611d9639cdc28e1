// The parser of WHERE clauses.
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "api/expr/messages.h"
#include "api/partiql/statement_parser.h"

namespace millrace::api::partiql {
namespace {

std::optional<PredicateKind> ComparisonOf(TokenKind token) {
  switch (token) {
    case TokenKind::kEqual:
      return PredicateKind::kEqual;
    case TokenKind::kNotEqual:
      return PredicateKind::kNotEqual;
    case TokenKind::kLess:
      return PredicateKind::kLess;
    case TokenKind::kLessOrEqual:
      return PredicateKind::kLessOrEqual;
    case TokenKind::kGreater:
      return PredicateKind::kGreater;
    case TokenKind::kGreaterOrEqual:
      return PredicateKind::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

// The types that may stand behind IS: DynamoDB's names and PartiQL's words.
std::optional<AttributeType> TypeOfWord(const Token& token) {
  static constexpr std::pair<std::string_view, AttributeType> kTypes[] = {
      {"NULL", AttributeType::kNull},      {"S", AttributeType::kString},
      {"STRING", AttributeType::kString},  {"N", AttributeType::kNumber},
      {"NUMBER", AttributeType::kNumber},  {"NUMERIC", AttributeType::kNumber},
      {"DECIMAL", AttributeType::kNumber}, {"B", AttributeType::kBinary},
      {"BINARY", AttributeType::kBinary},  {"BLOB", AttributeType::kBinary},
      {"BOOL", AttributeType::kBool},      {"BOOLEAN", AttributeType::kBool},
      {"SS", AttributeType::kStringSet},   {"NS", AttributeType::kNumberSet},
      {"BS", AttributeType::kBinarySet},   {"L", AttributeType::kList},
      {"LIST", AttributeType::kList},      {"M", AttributeType::kMap},
      {"MAP", AttributeType::kMap},        {"STRUCT", AttributeType::kMap},
      {"TUPLE", AttributeType::kMap},
  };
  for (const auto& [word, type] : kTypes) {
    if (token.IsWord(word)) {
      return type;
    }
  }
  return std::nullopt;
}

struct Function {
  std::string_view name;
  PredicateKind kind;
};
constexpr std::array<Function, 3> kFunctions = {{{"attribute_type", PredicateKind::kHasType},
                                                 {"begins_with", PredicateKind::kBeginsWith},
                                                 {"contains", PredicateKind::kContains}}};

const Function* FindFunction(const Token& name) {
  for (const Function& function : kFunctions) {
    if (name.IsWord(function.name)) {
      return &function;
    }
  }
  return nullptr;
}

// Makes `left` the conjunction or disjunction of itself and `right`, flat.
void Join(PredicateKind kind, Predicate* left, Predicate right) {
  if (left->kind != kind) {
    Predicate parent;
    parent.kind = kind;
    parent.children.push_back(std::move(*left));
    *left = std::move(parent);
  }
  if (right.kind == kind) {
    left->children.insert(left->children.end(), std::make_move_iterator(right.children.begin()),
                          std::make_move_iterator(right.children.end()));
  } else {
    left->children.push_back(std::move(right));
  }
}

void Negate(Predicate* predicate) {
  Predicate parent;
  parent.kind = PredicateKind::kNot;
  parent.children.push_back(std::move(*predicate));
  *predicate = std::move(parent);
}

}  // namespace

bool StatementParser::ParsePredicate(Predicate* predicate) {
  Term term;
  if (!ParseOr(/*group=*/false, &term)) {
    return false;
  }
  *predicate = std::move(term.predicate);
  return true;
}

bool StatementParser::ParseOr(bool group, Term* term) {
  if (!ParseAnd(group, term)) {
    return false;
  }
  while (!term->is_operand && Accept(Keyword::kOr)) {
    Term right;
    if (!CountOperator() || !ParseAnd(/*group=*/false, &right)) {
      return false;
    }
    Join(PredicateKind::kOr, &term->predicate, std::move(right.predicate));
  }
  return true;
}

bool StatementParser::ParseAnd(bool group, Term* term) {
  if (!ParseNot(group, term)) {
    return false;
  }
  while (!term->is_operand && Accept(Keyword::kAnd)) {
    Term right;
    if (!CountOperator() || !ParseNot(/*group=*/false, &right)) {
      return false;
    }
    Join(PredicateKind::kAnd, &term->predicate, std::move(right.predicate));
  }
  return true;
}

bool StatementParser::ParseNot(bool group, Term* term) {
  bool negated = false;
  while (Accept(Keyword::kNot)) {
    group = false;
    negated = !negated;
    if (!CountOperator()) {
      return false;
    }
  }
  if (!ParsePrimary(group, term)) {
    return false;
  }
  if (negated) {
    Negate(&term->predicate);
  }
  return true;
}

bool StatementParser::ParsePrimary(bool group, Term* term) {
  if (Is(TokenKind::kLeftParenthesis)) {
    return ParseGroup(group, term);
  }
  if (IsCall() && FindFunction(current_) != nullptr) {
    return ParseFunctionPredicate(&term->predicate);
  }
  Operand left;
  return ParseOperand(&left) && ParsePredicateRest(std::move(left), group, term);
}

bool StatementParser::ParseGroup(bool group, Term* term) {
  const DepthGuard guard(this);
  if (!guard.ok() || !Expect(TokenKind::kLeftParenthesis) || !ParseOr(/*group=*/true, term) ||
      !Expect(TokenKind::kRightParenthesis)) {
    return false;
  }
  if (!term->is_operand) {
    return true;
  }
  term->is_operand = false;
  return ParsePredicateRest(std::exchange(term->operand, Operand()), group, term);
}

bool StatementParser::ParsePredicateRest(Operand left, bool group, Term* term) {
  if (group && Is(TokenKind::kRightParenthesis)) {
    term->is_operand = true;
    term->operand = std::move(left);
    return true;
  }
  if (const std::optional<PredicateKind> comparison = ComparisonOf(current_.kind)) {
    return ParseComparison(*comparison, std::move(left), &term->predicate);
  }
  if (Is(Keyword::kIs)) {
    return ParseIs(std::move(left), &term->predicate);
  }
  const bool negated = Accept(Keyword::kNot);
  if (negated && !CountOperator()) {
    return false;
  }
  bool parsed = false;
  if (Is(Keyword::kBetween)) {
    parsed = ParseBetween(std::move(left), &term->predicate);
  } else if (Is(Keyword::kIn)) {
    parsed = ParseIn(std::move(left), &term->predicate);
  } else if (left.kind == OperandKind::kSize) {
    return Fail(expr::MisusedFunction("size"));
  } else {
    return FailHere();
  }
  if (parsed && negated) {
    Negate(&term->predicate);
  }
  return parsed;
}

bool StatementParser::ParseComparison(PredicateKind kind, Operand left, Predicate* predicate) {
  Advance();
  predicate->kind = kind;
  predicate->operands.push_back(std::move(left));
  return CountOperator() && ParseOperand(&predicate->operands.emplace_back());
}

bool StatementParser::ParseBetween(Operand left, Predicate* predicate) {
  predicate->kind = PredicateKind::kBetween;
  predicate->operands.push_back(std::move(left));
  return Expect(Keyword::kBetween) && CountOperator() &&
         ParseOperand(&predicate->operands.emplace_back()) && Expect(Keyword::kAnd) &&
         ParseOperand(&predicate->operands.emplace_back());
}

bool StatementParser::ParseIn(Operand left, Predicate* predicate) {
  predicate->kind = PredicateKind::kIn;
  predicate->operands.push_back(std::move(left));
  if (!Expect(Keyword::kIn) || !CountOperator()) {
    return false;
  }
  const bool brackets = Accept(TokenKind::kLeftBracket);
  if (!brackets && !Expect(TokenKind::kLeftParenthesis)) {
    return false;
  }
  do {
    if (!ParseOperand(&predicate->operands.emplace_back())) {
      return false;
    }
  } while (Accept(TokenKind::kComma));
  return Expect(brackets ? TokenKind::kRightBracket : TokenKind::kRightParenthesis);
}

bool StatementParser::ParseIs(Operand left, Predicate* predicate) {
  if (left.kind != OperandKind::kPath) {
    return FailHere();
  }
  Advance();
  const bool negated = Accept(Keyword::kNot);
  if (!CountOperator() || (negated && !CountOperator())) {
    return false;
  }
  if (Is(Keyword::kMissing)) {
    predicate->kind = PredicateKind::kIsMissing;
  } else if (const std::optional<AttributeType> type = TypeOfWord(current_)) {
    predicate->kind = PredicateKind::kHasType;
    predicate->type = *type;
  } else {
    return FailHere();
  }
  Advance();
  predicate->operands.push_back(std::move(left));
  if (negated) {
    Negate(predicate);
  }
  return true;
}

bool StatementParser::ParseFunctionPredicate(Predicate* predicate) {
  const Function& function = *FindFunction(current_);
  predicate->kind = function.kind;
  if (!CountOperator() || !ParseArguments(&predicate->operands)) {
    return false;
  }
  if (predicate->operands.size() != 2) {
    return Fail(expr::WrongOperandCount(function.name, predicate->operands.size()));
  }
  if (predicate->operands.front().kind != OperandKind::kPath) {
    return Fail(expr::NeedsPath(function.name));
  }
  return function.kind != PredicateKind::kHasType || FinishTypeFunction(predicate);
}

// attribute_type(path, 'S') becomes the same as path IS S.
bool StatementParser::FinishTypeFunction(Predicate* predicate) {
  static constexpr std::string_view kAnyType = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}";
  const Operand& name = predicate->operands.back();
  if (name.kind != OperandKind::kConstant) {
    return Fail(expr::WrongOperandType("attribute_type", kAnyType));
  }
  if (!name.constant.IsString()) {
    return Fail(expr::WrongOperandType("attribute_type", AttributeTypeName(name.constant.type())));
  }
  const std::optional<AttributeType> type = ParseAttributeTypeName(name.constant.payload());
  if (!type.has_value()) {
    return Fail(expr::UnknownTypeName(name.constant.payload()));
  }
  predicate->type = *type;
  predicate->operands.pop_back();
  return true;
}

bool StatementParser::ParseArguments(std::vector<Operand>* arguments) {
  const DepthGuard guard(this);
  Advance();
  if (!guard.ok() || !Expect(TokenKind::kLeftParenthesis)) {
    return false;
  }
  if (Accept(TokenKind::kRightParenthesis)) {
    return true;
  }
  do {
    if (!ParseOperand(&arguments->emplace_back())) {
      return false;
    }
    if (arguments->back().kind == OperandKind::kSize) {
      return Fail(expr::MisusedFunction("size"));
    }
  } while (Accept(TokenKind::kComma));
  return Expect(TokenKind::kRightParenthesis);
}

bool StatementParser::ParseOperand(Operand* operand) {
  if (Is(TokenKind::kLeftParenthesis)) {
    const DepthGuard guard(this);
    return guard.ok() && Expect(TokenKind::kLeftParenthesis) && ParseOperand(operand) &&
           Expect(TokenKind::kRightParenthesis);
  }
  if (IsConstantStart()) {
    operand->kind = OperandKind::kConstant;
    return ParseConstant(&operand->constant);
  }
  if (!IsCall()) {
    operand->kind = OperandKind::kPath;
    return ParsePath(&operand->path);
  }
  if (current_.IsWord("size")) {
    return ParseSize(operand);
  }
  if (const Function* const function = FindFunction(current_); function != nullptr) {
    return Fail(expr::MisusedFunction(function->name));
  }
  if (current_.keyword != Keyword::kNone && current_.keyword != Keyword::kReserved) {
    return FailHere();
  }
  return Fail(expr::UnknownFunction(current_.text));
}

bool StatementParser::ParseSize(Operand* operand) {
  std::vector<Operand> arguments;
  if (!CountOperator() || !ParseArguments(&arguments)) {
    return false;
  }
  if (arguments.size() != 1) {
    return Fail(expr::WrongOperandCount("size", arguments.size()));
  }
  if (arguments.front().kind != OperandKind::kPath) {
    return Fail(expr::NeedsPath("size"));
  }
  operand->kind = OperandKind::kSize;
  operand->path = std::move(arguments.front().path);
  return true;
}

}  // namespace millrace::api::partiql
