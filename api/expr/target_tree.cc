// Sorting the targets of an update and hanging them into a tree, level by level.
#include "api/expr/target_tree.h"

#include <algorithm>

#include "api/expr/path_set.h"

namespace millrace::api::expr {
namespace {

class TargetTreeBuilder {
 public:
  TargetTreeBuilder(std::span<const DocumentPath> targets, std::vector<TargetNode>* nodes)
      : targets_(targets), nodes_(*nodes) {}

  void Build() {
    std::vector<uint32_t> order(targets_.size());
    for (uint32_t index = 0; index < order.size(); ++index) {
      order[index] = index;
    }
    if (order.size() > 1) {
      std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
        const bool less = PathLess(targets_[a], targets_[b]);
        return less || (a < b && !PathLess(targets_[b], targets_[a]));
      });
    }
    nodes_.reserve(1 + order.size());
    nodes_.emplace_back();
    AddChildren(0, order, 0);
  }

 private:
  using Order = std::span<const uint32_t>;

  bool SameStep(uint32_t a, uint32_t b, uint32_t depth) const {
    return targets_[a].steps[depth] == targets_[b].steps[depth];
  }

  // Gives `parent` a child for each different step at `depth` of the targets in `order`. As deep as
  // paths may be.
  void AddChildren(uint32_t parent, Order order, uint32_t depth) {
    const auto first_child = static_cast<uint32_t>(nodes_.size());
    for (size_t index = 0; index < order.size(); ++index) {
      if (index == 0 || !SameStep(order[index - 1], order[index], depth)) {
        TargetNode& child = nodes_.emplace_back();
        child.path = order[index];
        child.depth = depth;
      }
      if (targets_[order[index]].steps.size() == depth + 1) {
        nodes_.back().action = order[index];
      }
    }
    nodes_[parent].first_child = first_child;
    nodes_[parent].child_count = static_cast<uint32_t>(nodes_.size()) - first_child;
    for (uint32_t child = first_child; !order.empty(); ++child) {
      size_t count = 1;
      while (count < order.size() && SameStep(order[0], order[count], depth)) {
        ++count;
      }
      if (nodes_[child].action == TargetNode::kNoAction) {
        AddChildren(child, order.first(count), depth + 1);
      }
      order = order.subspan(count);
    }
  }

  const std::span<const DocumentPath> targets_;
  std::vector<TargetNode>& nodes_;
};

}  // namespace

void BuildTargetTree(std::span<const DocumentPath> targets, std::vector<TargetNode>* nodes) {
  TargetTreeBuilder(targets, nodes).Build();
}

}  // namespace millrace::api::expr
