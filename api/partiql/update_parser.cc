// The parser of SET and REMOVE.
#include <array>
#include <utility>

#include "api/expr/messages.h"
#include "api/partiql/statement_parser.h"

namespace millrace::api::partiql {
namespace {

struct Function {
  std::string_view name;
  SetValueKind kind;
};
constexpr std::array<Function, 4> kFunctions = {{{"if_not_exists", SetValueKind::kIfNotExists},
                                                 {"list_append", SetValueKind::kListAppend},
                                                 {"set_add", SetValueKind::kSetAdd},
                                                 {"set_delete", SetValueKind::kSetDelete}}};

const Function* FindFunction(const Token& name) {
  for (const Function& function : kFunctions) {
    if (name.IsWord(function.name)) {
      return &function;
    }
  }
  return nullptr;
}

bool ChangesSet(SetValueKind kind) {
  return kind == SetValueKind::kSetAdd || kind == SetValueKind::kSetDelete;
}

std::string_view NameOf(SetValueKind kind) {
  for (const Function& function : kFunctions) {
    if (function.kind == kind) {
      return function.name;
    }
  }
  return {};
}

}  // namespace

bool StatementParser::ParseUpdateClauses() {
  if (!Is(Keyword::kSet) && !Is(Keyword::kRemove)) {
    return FailHere();
  }
  while (Is(Keyword::kSet) || Is(Keyword::kRemove)) {
    const bool set = Is(Keyword::kSet);
    Advance();
    do {
      if (set ? !ParseAssignment() : !ParsePath(&statement_->updates.emplace_back().target)) {
        return false;
      }
    } while (Accept(TokenKind::kComma));
  }
  return true;
}

bool StatementParser::ParseAssignment() {
  UpdateStep& step = statement_->updates.emplace_back();
  SetValue& value = step.value.emplace();
  if (!ParsePath(&step.target) || !Expect(TokenKind::kEqual) || !ParseSetValue(&value)) {
    return false;
  }
  // What is added to or taken from a set goes back to where the set came from.
  return !ChangesSet(value.kind) || value.operands.front().path == step.target ||
         Fail(expr::MisusedFunction(NameOf(value.kind)));
}

bool StatementParser::ParseSetValue(SetValue* value) {
  const DepthGuard guard(this);
  if (!guard.ok() || !ParseSetOperand(value)) {
    return false;
  }
  while (Is(TokenKind::kPlus) || Is(TokenKind::kMinus)) {
    SetValue sum;
    sum.kind = Is(TokenKind::kPlus) ? SetValueKind::kAdd : SetValueKind::kSubtract;
    Advance();
    sum.operands.push_back(std::move(*value));
    if (!CountOperator() || !ParseSetOperand(&sum.operands.emplace_back())) {
      return false;
    }
    for (const SetValue& operand : sum.operands) {
      if (ChangesSet(operand.kind)) {
        return Fail(expr::MisusedFunction(NameOf(operand.kind)));
      }
    }
    *value = std::move(sum);
  }
  return true;
}

bool StatementParser::ParseSetOperand(SetValue* value) {
  if (Accept(TokenKind::kLeftParenthesis)) {
    return ParseSetValue(value) && Expect(TokenKind::kRightParenthesis);
  }
  if (IsConstantStart()) {
    value->kind = SetValueKind::kConstant;
    return ParseConstant(&value->constant);
  }
  if (IsCall()) {
    return ParseSetFunction(value);
  }
  value->kind = SetValueKind::kPath;
  return ParsePath(&value->path);
}

bool StatementParser::ParseSetFunction(SetValue* value) {
  const Function* const function = FindFunction(current_);
  if (function == nullptr) {
    return current_.keyword == Keyword::kNone || current_.keyword == Keyword::kReserved
               ? Fail(expr::UnknownFunction(current_.text))
               : FailHere();
  }
  value->kind = function->kind;
  if (!CountOperator()) {
    return false;
  }
  Advance();
  Advance();
  if (!Is(TokenKind::kRightParenthesis)) {
    do {
      if (!ParseSetValue(&value->operands.emplace_back())) {
        return false;
      }
      if (ChangesSet(value->operands.back().kind)) {
        return Fail(expr::MisusedFunction(NameOf(value->operands.back().kind)));
      }
    } while (Accept(TokenKind::kComma));
  }
  if (!Expect(TokenKind::kRightParenthesis)) {
    return false;
  }
  if (value->operands.size() != 2) {
    return Fail(expr::WrongOperandCount(function->name, value->operands.size()));
  }
  if (function->kind != SetValueKind::kListAppend &&
      value->operands.front().kind != SetValueKind::kPath) {
    return Fail(expr::NeedsPath(function->name));
  }
  return !ChangesSet(function->kind) || value->operands.back().kind == SetValueKind::kConstant ||
         Fail(expr::MisusedFunction(function->name));
}

}  // namespace millrace::api::partiql
