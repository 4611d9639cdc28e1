// The public entries: expression text and legacy maps to compiled conditions.
#include "api/expr/condition.h"

#include "api/expr/condition_compiler.h"
#include "api/expr/condition_tree.h"
#include "api/expr/legacy_conditions.h"
#include "api/expr/messages.h"
#include "api/expr/syntax_tree.h"

namespace millrace::api::expr {

Condition::Condition() = default;
Condition::~Condition() = default;
Condition::Condition(Condition&&) noexcept = default;
Condition& Condition::operator=(Condition&&) noexcept = default;

ApiStatus Condition::Parse(std::string_view kind, std::string_view text, Placeholders* placeholders,
                           Condition* condition) {
  if (text.empty()) {
    return EmptyExpression(kind);
  }
  SyntaxTree syntax;
  std::string detail;
  if (!ParseExpression(text, Grammar::kCondition, &syntax, &detail)) {
    return InvalidExpression(kind, detail);
  }
  Condition compiled;
  compiled.tree_ = std::make_unique<ConditionTree>();
  Binder binder(syntax, placeholders, &detail);
  ConditionCompiler compiler(&binder, compiled.tree_.get(), &compiled.paths_);
  if (!compiler.CheckText() || !compiler.Compile(syntax.root, &compiled.tree_->root)) {
    return InvalidExpression(kind, detail);
  }
  *condition = std::move(compiled);
  return ApiStatus::Ok();
}

ApiStatus Condition::FromExpected(json::Value expected, json::Value conditional_operator,
                                  std::string* scratch, Condition* condition) {
  std::vector<LegacyCondition> conditions;
  RETURN_IF_API_ERROR(ParseExpected(expected, scratch, &conditions));
  return FromLegacy(conditions, conditional_operator, condition);
}

ApiStatus Condition::FromFilter(json::Value filter, json::Value conditional_operator,
                                std::string* scratch, Condition* condition) {
  std::vector<LegacyCondition> conditions;
  RETURN_IF_API_ERROR(ParseConditionMap(filter, LegacyPosition::kFilter, scratch, &conditions));
  return FromLegacy(conditions, conditional_operator, condition);
}

Condition Condition::FromTree(std::unique_ptr<ConditionTree> tree,
                              std::vector<DocumentPath> paths) {
  Condition condition;
  condition.tree_ = std::move(tree);
  condition.paths_ = std::move(paths);
  return condition;
}

ApiStatus Condition::FromLegacy(std::span<const LegacyCondition> conditions,
                                json::Value conditional_operator, Condition* condition) {
  RETURN_IF_API_ERROR(CheckConditionalOperator(conditional_operator, conditions.size()));
  if (conditions.empty()) {
    return ApiStatus::Ok();
  }
  const bool any = conditional_operator.present() && conditional_operator.AsString() == "OR";
  Condition compiled;
  compiled.tree_ = std::make_unique<ConditionTree>();
  compiled.tree_->root = CompileLegacy(conditions, any ? ConditionKind::kOr : ConditionKind::kAnd,
                                       compiled.tree_.get(), &compiled.paths_);
  *condition = std::move(compiled);
  return ApiStatus::Ok();
}

}  // namespace millrace::api::expr
