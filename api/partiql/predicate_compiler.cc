// Predicates to the tree of expr::Condition.
#include "api/partiql/predicate_compiler.h"

#include <memory>
#include <utility>
#include <vector>

#include "api/expr/condition_tree.h"

namespace millrace::api::partiql {
namespace {

using expr::ConditionKind;
using expr::ConditionNode;
using expr::ConditionOperand;
using expr::ConditionTree;

// Recursion is as deep as the statement, which is bounded.
class PredicateCompiler {
 public:
  PredicateCompiler(ConditionTree* tree, std::vector<expr::DocumentPath>* paths)
      : tree_(*tree), paths_(*paths) {}

  uint32_t Compile(const Predicate& predicate) {
    switch (predicate.kind) {
      case PredicateKind::kAnd:
        return CompileChildren(ConditionKind::kAnd, predicate);
      case PredicateKind::kOr:
        return CompileChildren(ConditionKind::kOr, predicate);
      case PredicateKind::kNot:
        return Add(ConditionKind::kNot, Compile(predicate.children.front()), 0);
      case PredicateKind::kNotEqual:
        return CompileNotEqual(predicate);
      case PredicateKind::kIsMissing:
        return AddPredicate(ConditionKind::kAttributeNotExists, predicate);
      case PredicateKind::kHasType: {
        const uint32_t node = AddPredicate(ConditionKind::kAttributeType, predicate);
        tree_.nodes[node].type = predicate.type;
        return node;
      }
      case PredicateKind::kEqual:
        return AddPredicate(ConditionKind::kEqual, predicate);
      case PredicateKind::kLess:
        return AddPredicate(ConditionKind::kLess, predicate);
      case PredicateKind::kLessOrEqual:
        return AddPredicate(ConditionKind::kLessOrEqual, predicate);
      case PredicateKind::kGreater:
        return AddPredicate(ConditionKind::kGreater, predicate);
      case PredicateKind::kGreaterOrEqual:
        return AddPredicate(ConditionKind::kGreaterOrEqual, predicate);
      case PredicateKind::kBeginsWith:
        return AddPredicate(ConditionKind::kBeginsWith, predicate);
      case PredicateKind::kContains:
        return AddPredicate(ConditionKind::kContains, predicate);
      case PredicateKind::kBetween:
        return AddPredicate(ConditionKind::kBetween, predicate);
      case PredicateKind::kIn:
        break;
    }
    return AddPredicate(ConditionKind::kIn, predicate);
  }

  uint32_t Join(ConditionKind kind, uint32_t left, uint32_t right) {
    return Add(kind, left, right);
  }

 private:
  uint32_t Add(ConditionKind kind, uint32_t first, uint32_t second) {
    ConditionNode node;
    node.kind = kind;
    node.first = first;
    node.second = second;
    return tree_.Add(node);
  }

  uint32_t CompileChildren(ConditionKind kind, const Predicate& predicate) {
    uint32_t joined = Compile(predicate.children.front());
    for (size_t index = 1; index < predicate.children.size(); ++index) {
      joined = Add(kind, joined, Compile(predicate.children[index]));
    }
    return joined;
  }

  void AddOperand(const Operand& operand) {
    ConditionOperand compiled;
    if (operand.kind == OperandKind::kConstant) {
      compiled.value = operand.constant;
    } else {
      compiled.path = static_cast<uint32_t>(paths_.size());
      compiled.is_size = operand.kind == OperandKind::kSize;
      paths_.push_back(operand.path);
    }
    tree_.operands.push_back(compiled);
  }

  uint32_t AddPredicate(ConditionKind kind, const Predicate& predicate) {
    const uint32_t first = static_cast<uint32_t>(tree_.operands.size());
    for (const Operand& operand : predicate.operands) {
      AddOperand(operand);
    }
    return Add(kind, first, static_cast<uint32_t>(predicate.operands.size()));
  }

  // The evaluator's `<>` is true when a side is missing, which is wrong here: both must exist too.
  uint32_t CompileNotEqual(const Predicate& predicate) {
    uint32_t node = AddPredicate(ConditionKind::kNotEqual, predicate);
    const uint32_t first = tree_.nodes[node].first;
    for (uint32_t index = 0; index < predicate.operands.size(); ++index) {
      if (predicate.operands[index].kind != OperandKind::kConstant) {
        node =
            Add(ConditionKind::kAnd, node, Add(ConditionKind::kAttributeExists, first + index, 1));
      }
    }
    return node;
  }

  ConditionTree& tree_;
  std::vector<expr::DocumentPath>& paths_;
};

}  // namespace

expr::Condition CompilePredicates(std::span<const Predicate* const> predicates) {
  if (predicates.empty()) {
    return expr::Condition();
  }
  auto tree = std::make_unique<ConditionTree>();
  std::vector<expr::DocumentPath> paths;
  PredicateCompiler compiler(tree.get(), &paths);
  tree->root = compiler.Compile(*predicates.front());
  for (const Predicate* const predicate : predicates.subspan(1)) {
    tree->root = compiler.Join(ConditionKind::kAnd, tree->root, compiler.Compile(*predicate));
  }
  return expr::Condition::FromTree(std::move(tree), std::move(paths));
}

}  // namespace millrace::api::partiql
