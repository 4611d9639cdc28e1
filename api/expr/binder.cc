// Placeholder look-ups and the whole-text checks on reserved words and functions.
#include "api/expr/binder.h"

#include <algorithm>

#include "api/expr/messages.h"
#include "api/expr/reserved_words.h"
#include "storage/model/limits.h"

namespace millrace::api::expr {

bool Binder::CheckReservedWords() const {
  for (const SyntaxStep& step : tree_.steps) {
    if (!step.is_index && step.text.front() != '#' && IsReservedWord(step.text)) {
      *detail_ = ReservedWord(step.text);
      return false;
    }
  }
  return true;
}

bool Binder::CheckKnownFunctions(std::span<const std::string_view> names) const {
  for (const SyntaxNode& node : tree_.nodes) {
    if (node.kind == SyntaxKind::kFunction &&
        std::find(names.begin(), names.end(), node.text) == names.end()) {
      *detail_ = UnknownFunction(node.text);
      return false;
    }
  }
  return true;
}

bool Binder::CheckPathNames(const SyntaxNode& path) {
  for (uint32_t index = 0; index < path.count; ++index) {
    const SyntaxStep& step = tree_.steps[path.first + index];
    if (!step.is_index && step.text.front() == '#' &&
        placeholders_->UseName(step.text) == nullptr) {
      return Refuse(UndefinedName(step.text));
    }
  }
  return true;
}

bool Binder::Check(uint32_t index, What what) {
  const SyntaxNode& checked = node(index);
  if (checked.kind == SyntaxKind::kPath) {
    return what == What::kValues || CheckPathNames(checked);
  }
  if (checked.kind == SyntaxKind::kValue) {
    return what == What::kNames || placeholders_->UseValue(checked.text).present() ||
           Refuse(UndefinedValue(checked.text));
  }
  for (uint32_t child = checked.first; child != kNoNode; child = node(child).next) {
    if (!Check(child, what)) {
      return false;
    }
  }
  return true;
}

bool Binder::CheckNames(uint32_t node) { return Check(node, What::kNames); }
bool Binder::CheckValues(uint32_t node) { return Check(node, What::kValues); }
bool Binder::CheckDefined(uint32_t node) { return Check(node, What::kBoth); }

bool Binder::BindPath(uint32_t index, DocumentPath* path) {
  const SyntaxNode& bound = node(index);
  if (bound.count > limits::kNestingDepthMax) {
    return Refuse(PathTooDeep(bound.count));
  }
  path->steps.resize(bound.count);
  for (uint32_t depth = 0; depth < bound.count; ++depth) {
    const SyntaxStep& from = tree_.steps[bound.first + depth];
    PathStep& to = path->steps[depth];
    if (from.is_index) {
      to.is_index = true;
      to.index = from.index;
    } else if (from.text.front() == '#') {
      to.name = *placeholders_->UseName(from.text);
    } else {
      to.name = from.text;
    }
  }
  return true;
}

ValueView Binder::BindValue(uint32_t index) { return placeholders_->UseValue(node(index).text); }

}  // namespace millrace::api::expr
