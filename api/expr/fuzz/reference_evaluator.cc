// Tree walks. Failure of an update is an empty optional all the way up.
#include "api/expr/fuzz/reference_evaluator.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"

namespace millrace::api::expr {
namespace {

RefMaybe Evaluate(const RefOperand& operand, const RefValue& item) {
  RefMaybe value =
      operand.kind == RefOperand::Kind::kPath ? RefFind(item, operand.path) : operand.value;
  return operand.is_size && value.has_value() ? RefSize(*value) : value;
}

bool CompareHolds(const std::string& comparator, const RefMaybe& left, const RefMaybe& right) {
  const bool both = left.has_value() && right.has_value();
  if (comparator == "=") {
    return both && *left == *right;
  }
  if (comparator == "<>") {
    return !both || !(*left == *right);
  }
  const std::optional<int> order = both ? RefCompare(*left, *right) : std::nullopt;
  if (!order.has_value()) {
    return false;
  }
  return comparator == "<"    ? *order < 0
         : comparator == "<=" ? *order <= 0
         : comparator == ">"  ? *order > 0
                              : *order >= 0;
}

bool PredicateHolds(const RefCondition& condition, const std::vector<RefMaybe>& values) {
  const std::string& operation = condition.operation;
  const RefMaybe& first = values.front();
  if (operation == "attribute_exists") {
    return first.has_value();
  }
  if (operation == "attribute_not_exists") {
    return !first.has_value();
  }
  if (operation == "BETWEEN") {
    return CompareHolds(">=", first, values[1]) && CompareHolds("<=", first, values[2]);
  }
  if (operation == "IN") {
    return std::any_of(values.begin() + 1, values.end(),
                       [&](const RefMaybe& value) { return CompareHolds("=", first, value); });
  }
  const bool both = first.has_value() && values[1].has_value();
  if (operation == "attribute_type") {
    return both && first->kind == values[1]->text;
  }
  if (operation == "begins_with") {
    return both && first->kind == values[1]->kind && (first->kind == "S" || first->kind == "B") &&
           first->text.starts_with(values[1]->text);
  }
  if (operation == "contains") {
    return both && RefContains(*first, *values[1]);
  }
  return CompareHolds(operation, first, values[1]);
}

RefMaybe Evaluate(const RefSource& source, const RefValue& item) {
  if (source.operation == "value") {
    return source.value;
  }
  if (source.operation == "path") {
    return RefFind(item, source.path);
  }
  if (source.operation == "if_not_exists") {
    const RefMaybe old_value = RefFind(item, source.path);
    return old_value.has_value() ? old_value : Evaluate(source.children[0], item);
  }
  RefMaybe left = Evaluate(source.children[0], item);
  const RefMaybe right = Evaluate(source.children[1], item);
  if (!left.has_value() || !right.has_value() || left->kind != right->kind) {
    return std::nullopt;
  }
  if (source.operation != "list_append") {
    return left->kind == "N" ? RefAdd(*left, *right, source.operation == "-") : std::nullopt;
  }
  if (left->kind != "L") {
    return std::nullopt;
  }
  left->list.insert(left->list.end(), right->list.begin(), right->list.end());
  return left;
}

// What is to be done at the rest of a path.
struct Edit {
  std::string section;
  RefPath rest;
  RefMaybe value;  // of all but REMOVE
};

// The new value at a place, where there may be none; false if that is impossible.
bool EditPlace(const std::vector<Edit>& edits, RefMaybe* place);

bool EditLeaf(const Edit& edit, RefMaybe* place) {
  if (edit.section == "SET") {
    *place = edit.value;
    return true;
  }
  if (edit.section == "REMOVE") {
    place->reset();
    return true;
  }
  const RefValue& value = *edit.value;
  if (!place->has_value()) {
    if (edit.section == "ADD") {
      *place = value;
    }
    return true;
  }
  RefValue& old_value = place->value();
  if (old_value.kind != value.kind) {
    return false;
  }
  if (value.kind == "N") {
    *place = RefAdd(old_value, value, false);
    return place->has_value();
  }
  if (edit.section == "ADD") {
    old_value.set.insert(value.set.begin(), value.set.end());
    return true;
  }
  for (const std::string& element : value.set) {
    old_value.set.erase(element);
  }
  if (old_value.set.empty()) {
    place->reset();
  }
  return true;
}

bool EditMap(const std::map<std::string, std::vector<Edit>>& edits, RefValue* map) {
  for (const auto& [name, of_name] : edits) {
    const auto old_entry = map->map.find(name);
    RefMaybe place = old_entry == map->map.end() ? RefMaybe() : RefMaybe(old_entry->second);
    if (!EditPlace(of_name, &place)) {
      return false;
    }
    map->map.erase(name);
    if (place.has_value()) {
      map->map.emplace(name, *std::move(place));
    }
  }
  return true;
}

// Indexes are those of the old list; what is set behind its end is appended in their order.
bool EditList(const std::map<size_t, std::vector<Edit>>& edits, RefValue* list) {
  std::vector<RefMaybe> places(list->list.begin(), list->list.end());
  for (const auto& [index, of_index] : edits) {
    RefMaybe behind;
    RefMaybe* const place = index < list->list.size() ? &places[index] : &behind;
    if (!EditPlace(of_index, place)) {
      return false;
    }
    if (behind.has_value()) {
      places.push_back(behind);
    }
  }
  list->list.clear();
  for (const RefMaybe& place : places) {
    if (place.has_value()) {
      list->list.push_back(*place);
    }
  }
  return true;
}

bool EditPlace(const std::vector<Edit>& edits, RefMaybe* place) {
  if (edits.front().rest.empty()) {
    CHECK(edits.size() == 1);
    return EditLeaf(edits.front(), place);
  }
  if (!place->has_value()) {
    return false;
  }
  std::map<std::string, std::vector<Edit>> by_name;
  std::map<size_t, std::vector<Edit>> by_index;
  for (Edit edit : edits) {
    const RefStep step = edit.rest.front();
    edit.rest.erase(edit.rest.begin());
    (step.is_name() ? by_name[step.name] : by_index[step.index]).push_back(std::move(edit));
  }
  CHECK(by_name.empty() || by_index.empty());
  RefValue& value = place->value();
  if (value.kind != (by_index.empty() ? "M" : "L")) {
    return false;
  }
  return by_index.empty() ? EditMap(by_name, &value) : EditList(by_index, &value);
}

// The selected part of a value; nothing if there is none.
RefMaybe ProjectValue(const std::vector<RefPath>& rests, const RefValue& value) {
  if (rests.front().empty()) {
    return value;
  }
  RefValue selected = RefValue::OfKind(value.kind);
  std::map<std::string, std::vector<RefPath>> by_name;
  std::map<size_t, std::vector<RefPath>> by_index;
  for (RefPath rest : rests) {
    const RefStep step = rest.front();
    rest.erase(rest.begin());
    (step.is_name() ? by_name[step.name] : by_index[step.index]).push_back(std::move(rest));
  }
  for (const auto& [name, of_name] : by_name) {
    const auto entry = value.map.find(name);
    const RefMaybe part =
        entry == value.map.end() ? std::nullopt : ProjectValue(of_name, entry->second);
    if (part.has_value()) {
      selected.map.emplace(name, *part);
    }
  }
  for (const auto& [index, of_index] : by_index) {
    const RefMaybe part =
        index >= value.list.size() ? std::nullopt : ProjectValue(of_index, value.list[index]);
    if (part.has_value()) {
      selected.list.push_back(*part);
    }
  }
  return selected.map.empty() && selected.list.empty() ? std::nullopt : RefMaybe(selected);
}

}  // namespace

RefMaybe RefFind(const RefValue& item, const RefPath& path) {
  RefValue at = item;
  for (const RefStep& step : path) {
    RefValue next;
    if (step.is_name()) {
      const auto entry = at.map.find(step.name);
      if (entry == at.map.end()) {
        return std::nullopt;
      }
      next = entry->second;
    } else {
      if (step.index >= at.list.size()) {
        return std::nullopt;
      }
      next = at.list[step.index];
    }
    at = std::move(next);
  }
  return at;
}

bool RefPathsClash(const RefPath& a, const RefPath& b) {
  for (size_t index = 0; index < std::min(a.size(), b.size()); ++index) {
    if (a[index] != b[index]) {
      return a[index].is_name() != b[index].is_name();
    }
  }
  return true;
}

bool RefHolds(const RefCondition& condition, const RefValue& item) {
  const auto holds = [&](const RefCondition& child) { return RefHolds(child, item); };
  const std::vector<RefCondition>& children = condition.children;
  if (condition.operation == "AND") {
    return std::all_of(children.begin(), children.end(), holds);
  }
  if (condition.operation == "OR") {
    return std::any_of(children.begin(), children.end(), holds);
  }
  if (condition.operation == "NOT") {
    return !holds(children.front());
  }
  std::vector<RefMaybe> values;
  for (const RefOperand& operand : condition.operands) {
    values.push_back(Evaluate(operand, item));
  }
  return PredicateHolds(condition, values);
}

RefMaybe RefApply(const std::vector<RefAction>& actions, const RefValue& item) {
  std::vector<Edit> edits;
  for (const RefAction& action : actions) {
    Edit& edit = edits.emplace_back();
    edit.section = action.section;
    edit.rest = action.path;
    if (action.section != "REMOVE") {
      edit.value = Evaluate(action.source, item);
      if (!edit.value.has_value()) {
        return std::nullopt;
      }
    }
  }
  RefMaybe changed = item;
  return EditPlace(edits, &changed) ? changed : std::nullopt;
}

RefValue RefProject(const std::vector<RefPath>& paths, const RefValue& item) {
  return ProjectValue(paths, item).value_or(RefValue::OfMap());
}

}  // namespace millrace::api::expr
