// The evaluator of conditions. It runs on the committer thread for every conditional write: it
// looks operands up where they lie and keeps nothing. Recursion is as deep as the tree, which has
// at most 300 operators.
#include <string>
#include <unordered_map>
#include <vector>

#include "api/expr/condition.h"
#include "api/expr/condition_tree.h"
#include "api/expr/scalar_functions.h"
#include "storage/codec/value_writer.h"

namespace millrace::api::expr {
namespace {

// The value of an operand. A size is a number made on the spot, short enough for the string to need
// no memory.
class OperandValue {
 public:
  OperandValue(ValueView view, bool is_size) : view_(view) {
    if (is_size) {
      const std::optional<uint32_t> size = SizeOf(view_);
      view_ = ValueView();
      if (size.has_value()) {
        ValueWriter(&number_).NumberValue(Number::FromInt64(*size));
        view_ = ValueView::At(number_.data(), number_.data() + number_.size());
      }
    }
  }
  OperandValue(const OperandValue&) = delete;
  OperandValue& operator=(const OperandValue&) = delete;

  ValueView view() const { return view_; }

 private:
  ValueView view_;
  std::string number_;
};

class Matcher {
 public:
  Matcher(const ConditionTree& tree, const std::vector<DocumentPath>& paths, const ItemView& item)
      : tree_(tree), paths_(paths), item_(item) {
    if (paths.size() > kLookedUpMax) {
      ResolveAll();
    }
  }

  bool Matches(uint32_t index) const {
    const ConditionNode& node = tree_.nodes[index];
    switch (node.kind) {
      case ConditionKind::kAnd:
        return Matches(node.first) && Matches(node.second);
      case ConditionKind::kOr:
        return Matches(node.first) || Matches(node.second);
      case ConditionKind::kNot:
        return !Matches(node.first);
      default:
        return Predicate(node);
    }
  }

 private:
  // A condition of more paths than this walks the item once for all of them: the legacy Expected
  // parameter can name thousands, and looking each up in a large item takes a walk each.
  static constexpr size_t kLookedUpMax = 32;

  void ResolveAll() {
    std::unordered_map<std::string_view, ValueView> attributes;
    for (const DocumentPath& path : paths_) {
      attributes.emplace(path.top_level_name(), ValueView());
    }
    for (const NamedValue& attribute : item_.attributes()) {
      const auto found = attributes.find(attribute.name);
      if (found != attributes.end()) {
        found->second = attribute.value;
      }
    }
    resolved_.reserve(paths_.size());
    for (const DocumentPath& path : paths_) {
      resolved_.push_back(path.nested() ? path.Resolve(item_)
                                        : attributes.at(path.top_level_name()));
    }
  }

  OperandValue Operand(const ConditionNode& node, uint32_t index) const {
    const ConditionOperand& operand = tree_.operands[node.first + index];
    const ValueView view = operand.path == ConditionOperand::kNoPath ? operand.value
                           : resolved_.empty() ? paths_[operand.path].Resolve(item_)
                                               : resolved_[operand.path];
    return OperandValue(view, operand.is_size);
  }

  bool Predicate(const ConditionNode& node) const {
    const OperandValue first = Operand(node, 0);
    switch (node.kind) {
      case ConditionKind::kAttributeExists:
        return first.view().present();
      case ConditionKind::kAttributeNotExists:
        return !first.view().present();
      case ConditionKind::kAttributeType:
        return first.view().present() && first.view().type() == node.type;
      case ConditionKind::kIn:
        return In(node, first.view());
      case ConditionKind::kBetween:
        return AtLeast(first.view(), Operand(node, 1).view()) &&
               AtLeast(Operand(node, 2).view(), first.view());
      default:
        return OfTwo(node.kind, first.view(), Operand(node, 1).view());
    }
  }

  static bool OfTwo(ConditionKind kind, ValueView left, ValueView right) {
    switch (kind) {
      case ConditionKind::kEqual:
        return Equal(left, right);
      case ConditionKind::kNotEqual:
        return !Equal(left, right);
      case ConditionKind::kLess:
        return AreOrdered(left, right) && CompareScalars(left, right) < 0;
      case ConditionKind::kLessOrEqual:
        return AtLeast(right, left);
      case ConditionKind::kGreater:
        return AreOrdered(left, right) && CompareScalars(left, right) > 0;
      case ConditionKind::kGreaterOrEqual:
        return AtLeast(left, right);
      case ConditionKind::kBeginsWith:
        return BeginsWith(left, right);
      default:
        return Contains(left, right);
    }
  }

  static bool Equal(ValueView left, ValueView right) {
    // Two absent values are not equal to each other either.
    return left.present() && right.present() && ValuesEqual(left, right);
  }

  static bool AtLeast(ValueView left, ValueView right) {
    return AreOrdered(left, right) && CompareScalars(left, right) >= 0;
  }

  bool In(const ConditionNode& node, ValueView first) const {
    for (uint32_t index = 1; index < node.second; ++index) {
      if (Equal(first, Operand(node, index).view())) {
        return true;
      }
    }
    return false;
  }

  const ConditionTree& tree_;
  const std::vector<DocumentPath>& paths_;
  const ItemView& item_;
  std::vector<ValueView> resolved_;  // by path, or empty
};

}  // namespace

bool Condition::Matches(const ItemView& item) const {
  return tree_ == nullptr || Matcher(*tree_, paths_, item).Matches(tree_->root);
}

}  // namespace millrace::api::expr
