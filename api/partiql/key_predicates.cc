// Looking for comparisons of attributes with constants in a WHERE clause.
#include "api/partiql/key_predicates.h"

#include <algorithm>

namespace millrace::api::partiql {
namespace {

bool IsAttribute(const Operand& operand) {
  return operand.kind == OperandKind::kPath && !operand.path.nested();
}

// The comparison that says the same with its sides exchanged.
PredicateKind Mirrored(PredicateKind kind) {
  switch (kind) {
    case PredicateKind::kLess:
      return PredicateKind::kGreater;
    case PredicateKind::kLessOrEqual:
      return PredicateKind::kGreaterOrEqual;
    case PredicateKind::kGreater:
      return PredicateKind::kLess;
    case PredicateKind::kGreaterOrEqual:
      return PredicateKind::kLessOrEqual;
    default:
      return kind;
  }
}

bool IsMirrorable(PredicateKind kind) {
  return kind == PredicateKind::kEqual || Mirrored(kind) != kind;
}

bool IsUsable(PredicateKind kind) {
  return IsMirrorable(kind) || kind == PredicateKind::kBetween || kind == PredicateKind::kIn ||
         kind == PredicateKind::kBeginsWith;
}

bool ContainsOr(const Predicate& predicate) {
  return predicate.kind == PredicateKind::kOr ||
         std::any_of(predicate.children.begin(), predicate.children.end(),
                     [](const Predicate& child) { return ContainsOr(child); });
}

}  // namespace

std::vector<const Predicate*> TopLevelPredicates(const Statement& statement) {
  std::vector<const Predicate*> predicates;
  if (!statement.where.has_value()) {
    return predicates;
  }
  if (statement.where->kind != PredicateKind::kAnd) {
    predicates.push_back(&*statement.where);
    return predicates;
  }
  for (const Predicate& child : statement.where->children) {
    predicates.push_back(&child);
  }
  return predicates;
}

std::optional<AttributeComparison> AsComparison(const Predicate& predicate) {
  if (!IsUsable(predicate.kind)) {
    return std::nullopt;
  }
  AttributeComparison comparison;
  comparison.kind = predicate.kind;
  const Operand* attribute = &predicate.operands.front();
  if (!IsAttribute(*attribute) && IsMirrorable(predicate.kind)) {
    attribute = &predicate.operands.back();
    comparison.kind = Mirrored(predicate.kind);
  }
  if (!IsAttribute(*attribute)) {
    return std::nullopt;
  }
  comparison.attribute = attribute->path.top_level_name();
  for (const Operand& operand : predicate.operands) {
    if (&operand == attribute) {
      continue;
    }
    if (operand.kind != OperandKind::kConstant) {
      return std::nullopt;
    }
    comparison.constants.push_back(operand.constant);
  }
  return comparison;
}

bool ContainsOr(const Statement& statement) {
  return statement.where.has_value() && ContainsOr(*statement.where);
}

}  // namespace millrace::api::partiql
