// Assignments and removals to the program of expr::Update.
#include "api/partiql/update_compiler.h"

#include <memory>
#include <utility>
#include <vector>

#include "api/expr/update_tree.h"

namespace millrace::api::partiql {
namespace {

using expr::ActionKind;
using expr::UpdateAction;
using expr::UpdateOperand;
using expr::UpdateProgram;

// Recursion is as deep as the statement, which is bounded.
class UpdateCompiler {
 public:
  UpdateCompiler(UpdateProgram* program, std::vector<expr::DocumentPath>* paths)
      : program_(*program), paths_(*paths) {}

  void CompileStep(const UpdateStep& step) {
    UpdateAction action;
    if (!step.value.has_value()) {
      action.kind = ActionKind::kRemove;
    } else if (step.value->kind == SetValueKind::kSetAdd) {
      action.kind = ActionKind::kAdd;
      action.value = step.value->operands.back().constant;
    } else if (step.value->kind == SetValueKind::kSetDelete) {
      action.kind = ActionKind::kDelete;
      action.value = step.value->operands.back().constant;
    } else {
      action.kind = ActionKind::kSet;
      action.operand = CompileValue(*step.value);
    }
    program_.actions.push_back(action);
  }

 private:
  uint32_t CompileValue(const SetValue& value) {
    UpdateOperand operand;
    switch (value.kind) {
      case SetValueKind::kConstant:
        operand.kind = expr::OperandKind::kValue;
        operand.value = value.constant;
        break;
      case SetValueKind::kIfNotExists:
        operand.kind = expr::OperandKind::kIfNotExists;
        operand.path = AddPath(value.operands.front().path);
        operand.right = CompileValue(value.operands.back());
        break;
      case SetValueKind::kListAppend:
        CompilePair(expr::OperandKind::kListAppend, value, &operand);
        break;
      case SetValueKind::kAdd:
        CompilePair(expr::OperandKind::kAdd, value, &operand);
        break;
      case SetValueKind::kSubtract:
        CompilePair(expr::OperandKind::kSubtract, value, &operand);
        break;
      case SetValueKind::kPath:
      case SetValueKind::kSetAdd:  // whole right-hand sides, not operands
      case SetValueKind::kSetDelete:
        operand.kind = expr::OperandKind::kPath;
        operand.path = AddPath(value.path);
        break;
    }
    program_.operands.push_back(operand);
    return static_cast<uint32_t>(program_.operands.size() - 1);
  }

  void CompilePair(expr::OperandKind kind, const SetValue& value, UpdateOperand* operand) {
    operand->kind = kind;
    operand->left = CompileValue(value.operands.front());
    operand->right = CompileValue(value.operands.back());
  }

  uint32_t AddPath(const expr::DocumentPath& path) {
    paths_.push_back(path);
    return static_cast<uint32_t>(paths_.size() - 1);
  }

  UpdateProgram& program_;
  std::vector<expr::DocumentPath>& paths_;
};

}  // namespace

expr::Update CompileUpdate(const Statement& statement) {
  auto program = std::make_unique<UpdateProgram>();
  std::vector<expr::DocumentPath> paths;
  for (const UpdateStep& step : statement.updates) {
    paths.push_back(step.target);
  }
  UpdateCompiler compiler(program.get(), &paths);
  for (const UpdateStep& step : statement.updates) {
    compiler.CompileStep(step);
  }
  return expr::Update::FromProgram(std::move(program), std::move(paths), statement.updates.size());
}

}  // namespace millrace::api::partiql
