// From the syntax tree of a condition to predicates with bound operands: shared by conditions,
// filters and key conditions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/expr/binder.h"
#include "api/expr/condition_tree.h"
#include "api/expr/document_path.h"
#include "api/expr/syntax_tree.h"

namespace millrace::api::expr {

// A boundary that is checked in two ways: a literal pair of BETWEEN must be of one type and in
// order. Compiles predicate by predicate; each function returns false with the binder's detail set.
class ConditionCompiler {
 public:
  // `tree` and `paths` receive what is compiled.
  ConditionCompiler(Binder* binder, ConditionTree* tree, std::vector<DocumentPath>* paths)
      : binder_(*binder), tree_(tree), paths_(paths) {}

  // The checks on the whole text that come before those on single predicates.
  bool CheckText();
  // Compiles the part below `node`, which is a condition.
  bool Compile(uint32_t node, uint32_t* compiled);
  // Compiles one predicate: neither AND, OR nor NOT.
  bool CompilePredicate(uint32_t node, ConditionNode* compiled);

 private:
  bool CheckFunctionUse();
  bool CheckOperandCounts(uint32_t node);
  bool AddOperand(uint32_t node);
  bool CheckDistinct(std::string_view name, const ConditionNode& compiled);
  bool CheckTypes(std::string_view name, ConditionNode* compiled);
  bool CheckAttributeType(ConditionNode* compiled);
  bool CheckBounds(const ConditionNode& compiled);
  bool CheckLiterals(std::string_view name, const ConditionNode& compiled, bool numbers);
  const ConditionOperand& OperandOf(const ConditionNode& node, uint32_t index) const {
    return tree_->operands[node.first + index];
  }

  Binder& binder_;
  ConditionTree* const tree_;
  std::vector<DocumentPath>* const paths_;
};

// The operator or function name of a predicate node, as messages print it.
std::string_view PredicateName(const SyntaxNode& node);

}  // namespace millrace::api::expr
