// The walk over a parsed statement in the order of its text.
#include "api/partiql/statement_checks.h"

#include <string>
#include <string_view>

#include "api/expr/messages.h"
#include "api/expr/path_set.h"
#include "storage/model/limits.h"

namespace millrace::api::partiql {
namespace {

// The name by which messages call a predicate whose operands must have an order or a beginning;
// empty for others.
std::string_view TypedName(PredicateKind kind) {
  switch (kind) {
    case PredicateKind::kLess:
      return "<";
    case PredicateKind::kLessOrEqual:
      return "<=";
    case PredicateKind::kGreater:
      return ">";
    case PredicateKind::kGreaterOrEqual:
      return ">=";
    case PredicateKind::kBetween:
      return "BETWEEN";
    case PredicateKind::kBeginsWith:
      return "begins_with";
    default:
      return {};
  }
}

ApiStatus WrongType(std::string_view name, ValueView constant) {
  return ValidationError(expr::WrongOperandType(name, AttributeTypeName(constant.type())));
}

ApiStatus CheckPredicate(const Predicate& predicate) {
  for (const Predicate& child : predicate.children) {
    RETURN_IF_API_ERROR(CheckPredicate(child));
  }
  const std::string_view name = TypedName(predicate.kind);
  const bool text_only = predicate.kind == PredicateKind::kBeginsWith;
  for (const Operand& operand : predicate.operands) {
    if (name.empty() || operand.kind != OperandKind::kConstant) {
      continue;
    }
    if (!IsScalarKeyType(operand.constant.type()) || (text_only && operand.constant.IsNumber())) {
      return WrongType(name, operand.constant);
    }
  }
  if (predicate.kind == PredicateKind::kIn &&
      predicate.operands.size() - 1 > limits::kInOperandsMax) {
    return ValidationError(
        expr::TooManyInOperands(static_cast<uint32_t>(predicate.operands.size() - 1)));
  }
  return ApiStatus::Ok();
}

ApiStatus CheckSetConstant(SetValueKind parent, ValueView constant) {
  switch (parent) {
    case SetValueKind::kAdd:
    case SetValueKind::kSubtract:
      return constant.IsNumber() ? ApiStatus::Ok()
                                 : WrongType(parent == SetValueKind::kAdd ? "+" : "-", constant);
    case SetValueKind::kListAppend:
      return constant.type() == AttributeType::kList ? ApiStatus::Ok()
                                                     : WrongType("list_append", constant);
    case SetValueKind::kSetAdd:
    case SetValueKind::kSetDelete:
      return IsSetType(constant.type())
                 ? ApiStatus::Ok()
                 : WrongType(parent == SetValueKind::kSetAdd ? "set_add" : "set_delete", constant);
    default:
      return ApiStatus::Ok();
  }
}

ApiStatus CheckSetValue(const SetValue& value) {
  for (const SetValue& operand : value.operands) {
    if (operand.kind == SetValueKind::kConstant) {
      RETURN_IF_API_ERROR(CheckSetConstant(value.kind, operand.constant));
    }
    RETURN_IF_API_ERROR(CheckSetValue(operand));
  }
  return ApiStatus::Ok();
}

std::string_view ReturningText(Returning returning) {
  switch (returning) {
    case Returning::kAllOld:
      return "ALL OLD";
    case Returning::kAllNew:
      return "ALL NEW";
    case Returning::kModifiedOld:
      return "MODIFIED OLD";
    case Returning::kModifiedNew:
      return "MODIFIED NEW";
    case Returning::kNone:
      break;
  }
  return {};
}

}  // namespace

ApiStatus CheckOperands(const Statement& statement) {
  std::vector<expr::DocumentPath> targets;
  for (const UpdateStep& step : statement.updates) {
    targets.push_back(step.target);
    if (step.value.has_value()) {
      RETURN_IF_API_ERROR(CheckSetValue(*step.value));
    }
  }
  if (statement.where.has_value()) {
    RETURN_IF_API_ERROR(CheckPredicate(*statement.where));
  }
  std::string detail;
  if (!expr::CheckDisjoint(targets, &detail)) {
    return ValidationError(detail);
  }
  return ApiStatus::Ok();
}

ApiStatus CheckWriteForm(const Statement& statement) {
  const bool changes =
      statement.kind == StatementKind::kUpdate || statement.kind == StatementKind::kDelete;
  if (changes && !statement.index.empty()) {
    return ValidationError("This operation is not supported on an index");
  }
  if (statement.kind == StatementKind::kDelete && statement.returning != Returning::kNone &&
      statement.returning != Returning::kAllOld) {
    return ValidationError("Invalid returning clause: RETURNING " +
                           std::string(ReturningText(statement.returning)) +
                           " *. Only RETURNING ALL OLD * is allowed in DELETE statements.");
  }
  return ApiStatus::Ok();
}

}  // namespace millrace::api::partiql
