// AttributeUpdates, the updates from before expressions: whole top-level attributes only.
#include <array>

#include "api/expr/target_tree.h"
#include "api/expr/update.h"
#include "api/expr/update_tree.h"
#include "api/wire/attribute_json.h"
#include "storage/codec/value_writer.h"

namespace millrace::api::expr {
namespace {

// As for update expressions: data model, section on sizes.
constexpr uint32_t kUpdateCost = 3;
constexpr uint32_t kPutOrAddCost = 19;
constexpr uint32_t kDeleteCost = 2;

ApiStatus Invalid(std::string_view text) {
  return ValidationError("One or more parameter values were invalid: " + std::string(text));
}

// The action of one entry; `value` is absent when it has none.
ApiStatus CheckAction(std::string_view action, bool has_value, AttributeType type) {
  if (!has_value) {
    return action == "DELETE"
               ? ApiStatus::Ok()
               : Invalid("Only DELETE action is allowed when no attribute value is specified");
  }
  if (action == "DELETE" && !IsSetType(type)) {
    return Invalid("DELETE action with value is not supported for the type " +
                   std::string(AttributeTypeName(type)));
  }
  if (action == "ADD" && !IsSetType(type) && type != AttributeType::kNumber &&
      type != AttributeType::kList) {
    return Invalid("ADD action is not supported for the type " +
                   std::string(AttributeTypeName(type)));
  }
  return ApiStatus::Ok();
}

UpdateAction MakeAction(std::string_view action, ValueView value, UpdateProgram* program) {
  UpdateAction made;
  made.legacy = true;
  made.value = value;
  if (action == "DELETE") {
    made.kind = value.present() ? ActionKind::kDelete : ActionKind::kRemove;
    program->cost_bytes += kDeleteCost;
    return made;
  }
  program->cost_bytes += kPutOrAddCost;
  if (action == "ADD") {
    made.kind = ActionKind::kAdd;
    return made;
  }
  made.kind = ActionKind::kSet;
  made.operand = static_cast<uint32_t>(program->operands.size());
  program->operands.push_back({OperandKind::kValue, 0, value, 0, 0});
  return made;
}

struct Entry {
  std::string_view attribute;
  std::string_view action;
  bool has_value = false;
  size_t offset = 0;
};

}  // namespace

ApiStatus Update::FromAttributeUpdates(json::Value updates, std::string* scratch, Update* update) {
  std::vector<Entry> entries;
  ValueWriter writer(scratch);
  for (const json::Member& member : updates.members()) {
    if (!member.value.IsObject()) {
      continue;
    }
    const json::Value action = member.value.Find("Action");
    const json::Value value = member.value.Find("Value");
    Entry& entry = entries.emplace_back();
    entry.attribute = member.name;
    entry.action = action.present() ? action.AsString() : "PUT";
    entry.has_value = value.present();
    entry.offset = scratch->size();
    AttributeType type = AttributeType::kNull;
    if (entry.has_value) {
      ValueProblem problem;
      if (!ParseAttributeValue(value, 1, &writer, &problem)) {
        return ProblemInItem(std::move(problem));
      }
      type =
          ValueView::At(scratch->data() + entry.offset, scratch->data() + scratch->size()).type();
    }
    RETURN_IF_API_ERROR(CheckAction(entry.action, entry.has_value, type));
  }
  if (entries.empty()) {
    return ApiStatus::Ok();
  }
  Update compiled;
  compiled.program_ = std::make_unique<UpdateProgram>();
  compiled.program_->cost_bytes = kUpdateCost;
  compiled.creates_missing_item_ = false;
  for (const Entry& entry : entries) {
    const ValueView value = entry.has_value ? ValueView::At(scratch->data() + entry.offset,
                                                            scratch->data() + scratch->size())
                                            : ValueView();
    compiled.program_->actions.push_back(MakeAction(entry.action, value, compiled.program_.get()));
    compiled.paths_.emplace_back().steps.push_back({std::string(entry.attribute), 0, false});
    compiled.creates_missing_item_ |= entry.action != "DELETE";
  }
  compiled.target_count_ = compiled.paths_.size();
  BuildTargetTree(compiled.targets(), &compiled.program_->targets);
  *update = std::move(compiled);
  return ApiStatus::Ok();
}

}  // namespace millrace::api::expr
