// The checks on predicates in AWS's order, and their operands bound.
#include "api/expr/condition_compiler.h"

#include <array>

#include "api/expr/messages.h"

namespace millrace::api::expr {
namespace {

struct FunctionRow {
  std::string_view name;
  uint32_t operand_count;
  ConditionKind kind;
};
constexpr std::array<FunctionRow, 6> kFunctions = {{
    {"attribute_exists", 1, ConditionKind::kAttributeExists},
    {"attribute_not_exists", 1, ConditionKind::kAttributeNotExists},
    {"attribute_type", 2, ConditionKind::kAttributeType},
    {"begins_with", 2, ConditionKind::kBeginsWith},
    {"contains", 2, ConditionKind::kContains},
    {"size", 1, ConditionKind::kEqual},  // never a condition; the kind is not used
}};
constexpr std::array<std::string_view, 6> kFunctionNames = {
    "attribute_exists", "attribute_not_exists",
    "attribute_type",   "begins_with",
    "contains",         "size"};
constexpr std::string_view kSize = "size";

const FunctionRow& RowOf(std::string_view name) {
  size_t row = 0;
  while (kFunctions[row].name != name) {
    ++row;
  }
  return kFunctions[row];
}

ConditionKind KindOf(const SyntaxNode& node) {
  switch (node.kind) {
    case SyntaxKind::kEqual:
      return ConditionKind::kEqual;
    case SyntaxKind::kNotEqual:
      return ConditionKind::kNotEqual;
    case SyntaxKind::kLess:
      return ConditionKind::kLess;
    case SyntaxKind::kLessOrEqual:
      return ConditionKind::kLessOrEqual;
    case SyntaxKind::kGreater:
      return ConditionKind::kGreater;
    case SyntaxKind::kGreaterOrEqual:
      return ConditionKind::kGreaterOrEqual;
    case SyntaxKind::kBetween:
      return ConditionKind::kBetween;
    case SyntaxKind::kIn:
      return ConditionKind::kIn;
    default:
      return RowOf(node.text).kind;
  }
}

bool HasNoSize(AttributeType type) {
  return type == AttributeType::kNumber || type == AttributeType::kBool ||
         type == AttributeType::kNull;
}

}  // namespace

std::string_view PredicateName(const SyntaxNode& node) {
  switch (node.kind) {
    case SyntaxKind::kEqual:
      return "=";
    case SyntaxKind::kNotEqual:
      return "<>";
    case SyntaxKind::kLess:
      return "<";
    case SyntaxKind::kLessOrEqual:
      return "<=";
    case SyntaxKind::kGreater:
      return ">";
    case SyntaxKind::kGreaterOrEqual:
      return ">=";
    case SyntaxKind::kBetween:
      return "BETWEEN";
    case SyntaxKind::kIn:
      return "IN";
    default:
      return node.text;
  }
}

bool ConditionCompiler::CheckText() {
  return binder_.CheckKnownFunctions(kFunctionNames) && CheckFunctionUse() &&
         binder_.CheckReservedWords();
}

bool ConditionCompiler::CheckFunctionUse() {
  for (const SyntaxNode& node : binder_.tree().nodes) {
    // Only size is an operand, and size is nothing else.
    if (node.kind == SyntaxKind::kFunction && node.is_operand != (node.text == kSize)) {
      return binder_.Refuse(MisusedFunction(node.text));
    }
  }
  return true;
}

bool ConditionCompiler::Compile(uint32_t index, uint32_t* compiled) {
  const SyntaxNode& node = binder_.node(index);
  ConditionNode result;
  switch (node.kind) {
    case SyntaxKind::kAnd:
    case SyntaxKind::kOr:
      result.kind = node.kind == SyntaxKind::kAnd ? ConditionKind::kAnd : ConditionKind::kOr;
      if (!Compile(node.first, &result.first) ||
          !Compile(binder_.node(node.first).next, &result.second)) {
        return false;
      }
      break;
    case SyntaxKind::kNot:
      result.kind = ConditionKind::kNot;
      if (!Compile(node.first, &result.first)) {
        return false;
      }
      break;
    default:
      if (!CompilePredicate(index, &result)) {
        return false;
      }
  }
  *compiled = tree_->Add(result);
  return true;
}

bool ConditionCompiler::CompilePredicate(uint32_t index, ConditionNode* compiled) {
  if (!binder_.CheckDefined(index) || !CheckOperandCounts(index)) {
    return false;
  }
  const SyntaxNode& node = binder_.node(index);
  compiled->kind = KindOf(node);
  compiled->first = static_cast<uint32_t>(tree_->operands.size());
  compiled->second = node.count;
  for (uint32_t child = node.first; child != kNoNode; child = binder_.node(child).next) {
    if (!AddOperand(child)) {
      return false;
    }
  }
  const std::string_view name = PredicateName(node);
  return CheckDistinct(name, *compiled) && CheckTypes(name, compiled);
}

bool ConditionCompiler::CheckOperandCounts(uint32_t index) {
  const SyntaxNode& node = binder_.node(index);
  if (node.kind == SyntaxKind::kPath || node.kind == SyntaxKind::kValue) {
    return true;
  }
  if (node.kind == SyntaxKind::kFunction && node.count != RowOf(node.text).operand_count) {
    return binder_.Refuse(WrongOperandCount(node.text, node.count));
  }
  for (uint32_t child = node.first; child != kNoNode; child = binder_.node(child).next) {
    if (!CheckOperandCounts(child)) {
      return false;
    }
  }
  return true;
}

bool ConditionCompiler::AddOperand(uint32_t index) {
  const SyntaxNode* node = &binder_.node(index);
  ConditionOperand operand;
  if (node->kind == SyntaxKind::kFunction) {
    operand.is_size = true;
    index = node->first;
    node = &binder_.node(index);
    if (node->kind == SyntaxKind::kFunction) {
      // The size of a size: a number has none.
      return binder_.Refuse(WrongOperandType(kSize, AttributeTypeName(AttributeType::kNumber)));
    }
  }
  if (node->kind == SyntaxKind::kPath) {
    operand.path = static_cast<uint32_t>(paths_->size());
    if (!binder_.BindPath(index, &paths_->emplace_back())) {
      return false;
    }
  } else {
    operand.value = binder_.BindValue(index);
    if (operand.is_size && HasNoSize(operand.value.type())) {
      return binder_.Refuse(WrongOperandType(kSize, AttributeTypeName(operand.value.type())));
    }
  }
  tree_->operands.push_back(operand);
  return true;
}

bool ConditionCompiler::CheckDistinct(std::string_view name, const ConditionNode& compiled) {
  const ConditionOperand& first = OperandOf(compiled, 0);
  if (!first.is_path()) {
    return true;
  }
  const DocumentPath& path = (*paths_)[first.path];
  for (uint32_t index = 1; index < compiled.second; ++index) {
    const ConditionOperand& other = OperandOf(compiled, index);
    if (other.is_path() && (*paths_)[other.path] == path) {
      return binder_.Refuse(SameOperand(name, path));
    }
  }
  return true;
}

bool ConditionCompiler::CheckLiterals(std::string_view name, const ConditionNode& compiled,
                                      bool numbers) {
  for (uint32_t index = 0; index < compiled.second; ++index) {
    const ConditionOperand& operand = OperandOf(compiled, index);
    if (!operand.is_value()) {
      continue;
    }
    const AttributeType type = operand.value.type();
    if (!IsScalarKeyType(type) || (type == AttributeType::kNumber && !numbers)) {
      return binder_.Refuse(WrongOperandType(name, AttributeTypeName(type)));
    }
  }
  return true;
}

bool ConditionCompiler::CheckTypes(std::string_view name, ConditionNode* compiled) {
  switch (compiled->kind) {
    case ConditionKind::kAttributeExists:
    case ConditionKind::kAttributeNotExists:
    case ConditionKind::kAttributeType:
      if (!OperandOf(*compiled, 0).is_path()) {
        return binder_.Refuse(NeedsPath(name));
      }
      return compiled->kind != ConditionKind::kAttributeType || CheckAttributeType(compiled);
    case ConditionKind::kBeginsWith:
      return CheckLiterals(name, *compiled, /*numbers=*/false);
    case ConditionKind::kLess:
    case ConditionKind::kLessOrEqual:
    case ConditionKind::kGreater:
    case ConditionKind::kGreaterOrEqual:
      return CheckLiterals(name, *compiled, /*numbers=*/true);
    case ConditionKind::kBetween:
      return CheckLiterals(name, *compiled, /*numbers=*/true) && CheckBounds(*compiled);
    default:
      return true;
  }
}

bool ConditionCompiler::CheckAttributeType(ConditionNode* compiled) {
  const ConditionOperand& operand = OperandOf(*compiled, 1);
  if (!operand.is_value()) {
    return binder_.Refuse(WrongOperandType(
        "attribute_type", operand.is_size ? AttributeTypeName(AttributeType::kNumber)
                                          : "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"));
  }
  if (!operand.value.IsString()) {
    return binder_.Refuse(
        WrongOperandType("attribute_type", AttributeTypeName(operand.value.type())));
  }
  const std::optional<AttributeType> type = ParseAttributeTypeName(operand.value.payload());
  if (!type.has_value()) {
    return binder_.Refuse(UnknownTypeName(operand.value.payload()));
  }
  compiled->type = *type;
  return true;
}

bool ConditionCompiler::CheckBounds(const ConditionNode& compiled) {
  const ConditionOperand& lower = OperandOf(compiled, 1);
  const ConditionOperand& upper = OperandOf(compiled, 2);
  if (!lower.is_value() || !upper.is_value()) {
    return true;
  }
  if (lower.value.type() != upper.value.type()) {
    return binder_.Refuse(BoundsOfTwoTypes(lower.value, upper.value));
  }
  if (CompareScalars(lower.value, upper.value) > 0) {
    return binder_.Refuse(BoundsReversed(lower.value, upper.value));
  }
  return true;
}

}  // namespace millrace::api::expr
