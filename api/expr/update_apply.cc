// Running an update: one walk over the old item beside the tree of targets, writing the new item.
// Whatever no target names is copied as bytes; old values are read from the old item throughout, so
// the order of actions does not matter.
#include <algorithm>
#include <vector>

#include "api/expr/path_set.h"
#include "api/expr/update.h"
#include "api/expr/update_operand.h"
#include "api/expr/update_tree.h"
#include "storage/codec/value_writer.h"
#include "storage/model/limits.h"

namespace millrace::api::expr {
namespace {

ApiStatus InvalidPath() {
  return ValidationError(
      "The document path provided in the update expression is invalid for update");
}

// Where the entries of a map go: a new item, or a map inside one.
class ItemSink {
 public:
  explicit ItemSink(std::string* out) : builder_(out) {}
  void Copy(const NamedValue& entry) { builder_.CopyAttribute(entry); }
  ValueWriter& Begin(std::string_view name) { return builder_.Attribute(name); }
  ItemView Finish() { return builder_.Finish(); }

 private:
  ItemBuilder builder_;
};

class MapSink {
 public:
  explicit MapSink(ValueWriter* writer) : writer_(*writer) {}
  void Copy(const NamedValue& entry) {
    writer_.out()->append(entry.encoded);
    ++count_;
  }
  ValueWriter& Begin(std::string_view name) {
    writer_.Name(name);
    ++count_;
    return writer_;
  }
  uint32_t count() const { return count_; }

 private:
  ValueWriter& writer_;
  uint32_t count_ = 0;
};

// The children of a target node, and which of them the walk over the old value has met.
class Children {
 public:
  Children(const UpdateProgram& program, const std::vector<DocumentPath>& paths,
           const TargetNode& parent)
      : nodes_(program.targets.data() + parent.first_child),
        count_(parent.child_count),
        paths_(paths) {
    if (count_ > kBits) {
      more_met_.resize(count_ - kBits);
    }
  }

  uint32_t count() const { return count_; }
  const TargetNode& node(uint32_t index) const { return nodes_[index]; }
  const PathStep& step(uint32_t index) const {
    return paths_[nodes_[index].path].steps[nodes_[index].depth];
  }
  // The child with this name, marked as met; nullptr if there is none.
  const TargetNode* Meet(std::string_view name) {
    uint32_t index = 0;
    if (count_ <= kFew) {
      while (index < count_ && step(index).name != name) {
        ++index;
      }
    } else {
      index = LowerBound(name);
    }
    if (index == count_ || step(index).name != name) {
      return nullptr;
    }
    if (index < kBits) {
      met_ |= uint64_t{1} << index;
    } else {
      more_met_[index - kBits] = true;
    }
    return nodes_ + index;
  }
  bool met(uint32_t index) const {
    return index < kBits ? ((met_ >> index) & 1) != 0 : more_met_[index - kBits];
  }

 private:
  static constexpr uint32_t kFew = 8;
  static constexpr uint32_t kBits = 64;

  uint32_t LowerBound(std::string_view name) const {
    uint32_t low = 0;
    uint32_t high = count_;
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      if (step(middle).name < name) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  const TargetNode* const nodes_;
  const uint32_t count_;
  const std::vector<DocumentPath>& paths_;
  uint64_t met_ = 0;
  std::vector<bool> more_met_;
};

class Applier {
 public:
  Applier(const UpdateProgram& program, const std::vector<DocumentPath>& paths,
          const ItemView& old_item)
      : program_(program), paths_(paths), evaluator_(program, paths, old_item) {}

  // Writes the entries of `map`, changed, to `sink`: those that exist in their order, then new
  // ones.
  template <typename Sink>
  ApiStatus Entries(const TargetNode& node, const MapView& map, Sink* sink) const {
    Children children(program_, paths_, node);
    for (const NamedValue& entry : map) {
      const TargetNode* const child = children.Meet(entry.name);
      if (child == nullptr) {
        sink->Copy(entry);
      } else {
        RETURN_IF_API_ERROR(Entry(*child, entry.name, entry.value, sink));
      }
    }
    for (uint32_t index = 0; index < children.count(); ++index) {
      if (!children.met(index)) {
        RETURN_IF_API_ERROR(
            Entry(children.node(index), children.step(index).name, ValueView(), sink));
      }
    }
    return ApiStatus::Ok();
  }

 private:
  template <typename Sink>
  ApiStatus Entry(const TargetNode& node, std::string_view name, ValueView old_value,
                  Sink* sink) const {
    if (node.action == TargetNode::kNoAction) {
      RETURN_IF_API_ERROR(CheckContainer(node, old_value));
      return Container(node, old_value, &sink->Begin(name));
    }
    UpdatedValue updated;
    RETURN_IF_API_ERROR(Act(node, old_value, &updated));
    if (updated.value.present()) {
      sink->Begin(name).Copy(updated.value);
    }
    return ApiStatus::Ok();
  }

  // Whether `old_value` has the parts that the targets below `node` ask for.
  ApiStatus CheckContainer(const TargetNode& node, ValueView old_value) const {
    const TargetNode& child = program_.targets[node.first_child];
    const AttributeType needed =
        paths_[child.path].steps[child.depth].is_index ? AttributeType::kList : AttributeType::kMap;
    return old_value.present() && old_value.type() == needed ? ApiStatus::Ok() : InvalidPath();
  }

  // Recursion ends with the nesting of the old value.
  ApiStatus Container(const TargetNode& node, ValueView old_value, ValueWriter* writer) const {
    const size_t mark = writer->BeginContainer(old_value.type());
    uint32_t count = 0;
    if (old_value.type() == AttributeType::kMap) {
      MapSink sink(writer);
      RETURN_IF_API_ERROR(Entries(node, old_value.AsMap(), &sink));
      count = sink.count();
    } else {
      RETURN_IF_API_ERROR(Elements(node, old_value.AsList(), writer, &count));
    }
    writer->EndContainer(mark, count);
    return ApiStatus::Ok();
  }

  // Indexes are those of the old list; the ones beyond its end append, in ascending order.
  ApiStatus Elements(const TargetNode& node, const ListView& list, ValueWriter* writer,
                     uint32_t* count) const {
    const Children children(program_, paths_, node);
    uint32_t next = 0;
    uint32_t index = 0;
    for (const ValueView element : list) {
      if (next < children.count() && children.step(next).index == index) {
        RETURN_IF_API_ERROR(Element(children.node(next), element, writer, count));
        ++next;
      } else {
        writer->Copy(element);
        ++*count;
      }
      ++index;
    }
    for (; next < children.count(); ++next) {
      RETURN_IF_API_ERROR(Element(children.node(next), ValueView(), writer, count));
    }
    return ApiStatus::Ok();
  }

  ApiStatus Element(const TargetNode& node, ValueView old_value, ValueWriter* writer,
                    uint32_t* count) const {
    if (node.action == TargetNode::kNoAction) {
      RETURN_IF_API_ERROR(CheckContainer(node, old_value));
      ++*count;
      return Container(node, old_value, writer);
    }
    UpdatedValue updated;
    RETURN_IF_API_ERROR(Act(node, old_value, &updated));
    if (updated.value.present()) {
      writer->Copy(updated.value);
      ++*count;
    }
    return ApiStatus::Ok();
  }

  // What the action of a target leaves there.
  ApiStatus Act(const TargetNode& node, ValueView old_value, UpdatedValue* updated) const {
    const UpdateAction& action = program_.actions[node.action];
    switch (action.kind) {
      case ActionKind::kSet:
        RETURN_IF_API_ERROR(evaluator_.Evaluate(action.operand, updated));
        break;
      case ActionKind::kRemove:
        return ApiStatus::Ok();
      case ActionKind::kAdd:
        RETURN_IF_API_ERROR(ApplyAdd(action, old_value, updated));
        break;
      case ActionKind::kDelete:
        return ApplyDelete(action, old_value, updated);
    }
    const int levels_above = static_cast<int>(node.depth);
    const bool scalar = IsScalarKeyType(updated->value.type());
    if (!scalar && levels_above + updated->value.Depth() > limits::kNestingDepthMax) {
      return ValidationError(
          "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
          "levels beyond supported limit");
    }
    return ApiStatus::Ok();
  }

  const UpdateProgram& program_;
  const std::vector<DocumentPath>& paths_;
  const OperandEvaluator evaluator_;
};

}  // namespace

ApiStatus Update::Apply(const ItemView& old_item, const ItemView& key, std::string* out,
                        ItemView* new_item) const {
  const MapView attributes = old_item.present() ? old_item.attributes() : key.attributes();
  const size_t size_before = out->size();
  ItemSink sink(out);
  if (program_ == nullptr) {
    for (const NamedValue& attribute : attributes) {
      sink.Copy(attribute);
    }
  } else {
    const Applier applier(*program_, paths_, old_item);
    ApiStatus status = applier.Entries(program_->targets.front(), attributes, &sink);
    if (!status.ok()) {
      out->resize(size_before);
      return status;
    }
  }
  *new_item = sink.Finish();
  return ApiStatus::Ok();
}

}  // namespace millrace::api::expr
