// Compiling update expressions: the checks in AWS's order, then operands, actions and the tree of
// targets.
#include "api/expr/update.h"

#include <algorithm>
#include <array>
#include <utility>

#include "api/expr/binder.h"
#include "api/expr/messages.h"
#include "api/expr/path_set.h"
#include "api/expr/syntax_tree.h"
#include "api/expr/target_tree.h"
#include "api/expr/update_tree.h"

namespace millrace::api::expr {
namespace {

constexpr std::string_view kKind = "UpdateExpression";
constexpr std::string_view kIfNotExists = "if_not_exists";
constexpr std::string_view kListAppend = "list_append";
constexpr std::array<std::string_view, 2> kFunctions = {kIfNotExists, kListAppend};
constexpr std::array<std::string_view, 4> kSections = {"SET", "REMOVE", "ADD", "DELETE"};

// The sizes by which DynamoDB charges the actions of an update.
constexpr uint32_t kUpdateCost = 3;
constexpr uint32_t kSetOrAddCost = 19;
constexpr uint32_t kRemoveOrDeleteCost = 2;
constexpr uint32_t kListIndexCost = 1;
constexpr uint32_t kArithmeticCost = 50;

class UpdateCompiler {
 public:
  UpdateCompiler(Binder* binder, UpdateProgram* program, std::vector<DocumentPath>* paths)
      : binder_(*binder), program_(program), paths_(paths) {}

  bool Compile(std::string* detail) {
    const std::vector<SyntaxAction>& actions = binder_.tree().actions;
    paths_->resize(actions.size());
    if (!CheckText() || !CheckDefined()) {
      return false;
    }
    for (size_t index = 0; index < actions.size(); ++index) {
      if (!binder_.BindPath(actions[index].path, &(*paths_)[index])) {
        return false;
      }
    }
    if (!CheckDisjoint(*paths_, detail)) {
      return false;
    }
    for (const SyntaxAction& action : actions) {
      if (!CheckActionType(action)) {
        return false;
      }
    }
    for (const SyntaxAction& action : actions) {
      if (!CompileAction(action)) {
        return false;
      }
    }
    return true;
  }

 private:
  bool CheckText() {
    if (!binder_.CheckReservedWords() || !binder_.CheckKnownFunctions(kFunctions)) {
      return false;
    }
    const std::optional<Section> repeated = binder_.tree().repeated_section;
    return !repeated.has_value() ||
           binder_.Refuse(RepeatedSection(kSections[static_cast<size_t>(*repeated)]));
  }

  // All names, then all values.
  bool CheckDefined() {
    for (const SyntaxAction& action : binder_.tree().actions) {
      if (!binder_.CheckNames(action.path) ||
          (action.operand != kNoNode && !binder_.CheckNames(action.operand))) {
        return false;
      }
    }
    for (const SyntaxAction& action : binder_.tree().actions) {
      if (action.operand != kNoNode && !binder_.CheckValues(action.operand)) {
        return false;
      }
    }
    return true;
  }

  bool CheckActionType(const SyntaxAction& action) {
    if (action.section != Section::kAdd && action.section != Section::kDelete) {
      return true;
    }
    const AttributeType type = binder_.BindValue(action.operand).type();
    const bool allowed =
        IsSetType(type) || (action.section == Section::kAdd && type == AttributeType::kNumber);
    return allowed ||
           binder_.Refuse(WrongActionType(kSections[static_cast<size_t>(action.section)], type));
  }

  bool CompileAction(const SyntaxAction& action) {
    UpdateAction compiled;
    switch (action.section) {
      case Section::kSet: {
        compiled.kind = ActionKind::kSet;
        has_arithmetic_ = false;
        if (!CompileOperand(action.operand, &compiled.operand)) {
          return false;
        }
        const std::vector<PathStep>& steps = (*paths_)[program_->actions.size()].steps;
        const bool through_list =
            std::any_of(steps.begin(), steps.end(), [](const PathStep& s) { return s.is_index; });
        program_->cost_bytes += kSetOrAddCost + (through_list ? kListIndexCost : 0) +
                                (has_arithmetic_ ? kArithmeticCost : 0);
        break;
      }
      case Section::kRemove:
        compiled.kind = ActionKind::kRemove;
        program_->cost_bytes += kRemoveOrDeleteCost;
        break;
      case Section::kAdd:
        compiled.kind = ActionKind::kAdd;
        compiled.value = binder_.BindValue(action.operand);
        program_->cost_bytes += kSetOrAddCost;
        break;
      case Section::kDelete:
        compiled.kind = ActionKind::kDelete;
        compiled.value = binder_.BindValue(action.operand);
        program_->cost_bytes += kRemoveOrDeleteCost;
        break;
    }
    program_->actions.push_back(compiled);
    return true;
  }

  bool CompileOperand(uint32_t index, uint32_t* compiled) {
    const SyntaxNode& node = binder_.node(index);
    UpdateOperand operand;
    bool valid = true;
    switch (node.kind) {
      case SyntaxKind::kPath:
        operand.kind = OperandKind::kPath;
        valid = CompilePath(index, &operand.path);
        break;
      case SyntaxKind::kValue:
        operand.kind = OperandKind::kValue;
        operand.value = binder_.BindValue(index);
        break;
      case SyntaxKind::kPlus:
      case SyntaxKind::kMinus: {
        const bool plus = node.kind == SyntaxKind::kPlus;
        has_arithmetic_ = true;
        operand.kind = plus ? OperandKind::kAdd : OperandKind::kSubtract;
        valid = CompilePair(node, plus ? "+" : "-", AttributeType::kNumber, &operand);
        break;
      }
      default:
        valid = CompileFunction(node, &operand);
    }
    if (!valid) {
      return false;
    }
    program_->operands.push_back(operand);
    *compiled = static_cast<uint32_t>(program_->operands.size() - 1);
    return true;
  }

  bool CompileFunction(const SyntaxNode& node, UpdateOperand* operand) {
    if (node.count != 2) {
      return binder_.Refuse(WrongOperandCount(node.text, node.count));
    }
    if (node.text == kListAppend) {
      operand->kind = OperandKind::kListAppend;
      return CompilePair(node, kListAppend, AttributeType::kList, operand);
    }
    operand->kind = OperandKind::kIfNotExists;
    const SyntaxNode& first = binder_.node(node.first);
    if (first.kind != SyntaxKind::kPath) {
      return binder_.Refuse(NeedsPath(kIfNotExists));
    }
    return CompilePath(node.first, &operand->path) && CompileOperand(first.next, &operand->right);
  }

  // Both operands of arithmetic or list_append; literals among them must be of `type`.
  bool CompilePair(const SyntaxNode& node, std::string_view name, AttributeType type,
                   UpdateOperand* operand) {
    const uint32_t right = binder_.node(node.first).next;
    for (const uint32_t child : {node.first, right}) {
      if (binder_.node(child).kind == SyntaxKind::kValue &&
          binder_.BindValue(child).type() != type) {
        return binder_.Refuse(
            WrongOperandType(name, AttributeTypeName(binder_.BindValue(child).type())));
      }
    }
    return CompileOperand(node.first, &operand->left) && CompileOperand(right, &operand->right);
  }

  bool CompilePath(uint32_t index, uint32_t* path) {
    *path = static_cast<uint32_t>(paths_->size());
    return binder_.BindPath(index, &paths_->emplace_back());
  }

  Binder& binder_;
  UpdateProgram* const program_;
  std::vector<DocumentPath>* const paths_;
  bool has_arithmetic_ = false;  // in the action that is being compiled
};

}  // namespace

Update::Update() = default;
Update::~Update() = default;
Update::Update(Update&&) noexcept = default;
Update& Update::operator=(Update&&) noexcept = default;

ApiStatus Update::Parse(std::string_view text, Placeholders* placeholders, Update* update) {
  if (text.empty()) {
    return EmptyExpression(kKind);
  }
  SyntaxTree syntax;
  std::string detail;
  if (!ParseExpression(text, Grammar::kUpdate, &syntax, &detail)) {
    return InvalidExpression(kKind, detail);
  }
  Update compiled;
  compiled.program_ = std::make_unique<UpdateProgram>();
  Binder binder(syntax, placeholders, &detail);
  compiled.program_->cost_bytes = kUpdateCost;
  if (!UpdateCompiler(&binder, compiled.program_.get(), &compiled.paths_).Compile(&detail)) {
    return InvalidExpression(kKind, detail);
  }
  compiled.target_count_ = syntax.actions.size();
  BuildTargetTree(compiled.targets(), &compiled.program_->targets);
  *update = std::move(compiled);
  return ApiStatus::Ok();
}

Update Update::FromProgram(std::unique_ptr<UpdateProgram> program, std::vector<DocumentPath> paths,
                           size_t target_count) {
  Update update;
  update.program_ = std::move(program);
  update.paths_ = std::move(paths);
  update.target_count_ = target_count;
  BuildTargetTree(update.targets(), &update.program_->targets);
  return update;
}

uint32_t Update::MeasuredSize(const ItemView& new_item, const KeySchema& schema) const {
  const uint32_t plain = new_item.DynamoSize();
  if (program_ == nullptr) {
    return plain;
  }
  uint32_t key_size = 0;
  for (const std::vector<KeyAttribute>* attributes : {&schema.partition, &schema.sort}) {
    for (const KeyAttribute& attribute : *attributes) {
      if (const ValueView value = new_item.Find(attribute.name); value.present()) {
        key_size += static_cast<uint32_t>(attribute.name.size()) + value.DynamoSize();
      }
    }
  }
  return std::max(plain, plain - key_size + program_->cost_bytes);
}

}  // namespace millrace::api::expr
