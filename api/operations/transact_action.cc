// The four kinds of actions: what each needs, how it is parsed, and what it does to its item.
#include "api/operations/transact_action.h"

#include <array>
#include <span>
#include <utility>

#include "api/expr/expression_request.h"
#include "api/operations/index_keys.h"
#include "api/operations/item_keys.h"
#include "api/operations/item_request.h"
#include "api/wire/attribute_json.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 6> kConditionCheckMembers = {{
    {"Key", &kAttributeMapShape},
    {"TableName", &kStringShape},
    {"ConditionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
    {"ExpressionAttributeValues", &kAttributeMapShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};
constexpr Shape kConditionCheckShape = {ShapeKind::kStructure, "ConditionCheck", nullptr,
                                        kConditionCheckMembers};
constexpr std::array<ShapeMember, 6> kPutMembers = {{
    {"Item", &kAttributeMapShape},
    {"TableName", &kStringShape},
    {"ConditionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
    {"ExpressionAttributeValues", &kAttributeMapShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};
constexpr Shape kPutShape = {ShapeKind::kStructure, "Put", nullptr, kPutMembers};
constexpr Shape kDeleteShape = {ShapeKind::kStructure, "Delete", nullptr, kConditionCheckMembers};
constexpr std::array<ShapeMember, 7> kUpdateMembers = {{
    {"Key", &kAttributeMapShape},
    {"UpdateExpression", &kStringShape},
    {"TableName", &kStringShape},
    {"ConditionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
    {"ExpressionAttributeValues", &kAttributeMapShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};
constexpr Shape kUpdateShape = {ShapeKind::kStructure, "Update", nullptr, kUpdateMembers};
constexpr std::array<ShapeMember, 4> kItemMembers = {{
    {"ConditionCheck", &kConditionCheckShape},
    {"Put", &kPutShape},
    {"Delete", &kDeleteShape},
    {"Update", &kUpdateShape},
}};

// In the order of Kind, which is that of kItemMembers.
constexpr std::array<std::string_view, 4> kPathNames = {"conditionCheck", "put", "delete",
                                                        "update"};

}  // namespace

const Shape kTransactWriteItemShape = {ShapeKind::kStructure, "TransactWriteItem", nullptr,
                                       kItemMembers};

std::string_view TransactAction::MemberName() const {
  return kPathNames[static_cast<size_t>(kind_)];
}

ApiStatus TransactAction::Choose(json::Value element, TransactAction* action) {
  int count = 0;
  for (size_t index = 0; index < kItemMembers.size(); ++index) {
    const json::Value parameters = element.Find(kItemMembers[index].name);
    if (parameters.present()) {
      ++count;
      action->kind_ = static_cast<Kind>(index);
      action->parameters_ = parameters;
    }
  }
  if (count != 1) {
    return ValidationError("TransactItems can only contain one of Check, Put, Update or Delete");
  }
  return ApiStatus::Ok();
}

void TransactAction::CheckConstraints(size_t index, ConstraintCollector* constraints) const {
  const ActionPath path(index, MemberName());
  if (kind_ == Kind::kPut) {
    RequireActionMember(parameters_, "Item", "item", path, constraints);
  } else {
    RequireActionMember(parameters_, "Key", "key", path, constraints);
  }
  CheckActionTableName(parameters_, path, constraints);
  if (kind_ == Kind::kConditionCheck) {
    RequireActionMember(parameters_, "ConditionExpression", "conditionExpression", path,
                        constraints);
  }
  if (kind_ == Kind::kUpdate) {
    RequireActionMember(parameters_, "UpdateExpression", "updateExpression", path, constraints);
  }
  const json::Value on_failure = parameters_.Find("ReturnValuesOnConditionCheckFailure");
  if (on_failure.present() && on_failure.AsString() != "ALL_OLD" &&
      on_failure.AsString() != "NONE") {
    constraints->AddValue(on_failure.AsString(), path.Text(".returnValuesOnConditionCheckFailure"),
                          "Member must satisfy enum value set: [ALL_OLD, NONE]");
  }
}

ApiStatus TransactAction::Parse() {
  const json::Value update =
      kind_ == Kind::kUpdate ? parameters_.Find("UpdateExpression") : json::Value();
  const json::Value names = parameters_.Find("ExpressionAttributeNames");
  const json::Value values = parameters_.Find("ExpressionAttributeValues");
  RETURN_IF_API_ERROR(ParseAttributeMap(parameters_.Find(kind_ == Kind::kPut ? "Item" : "Key"),
                                        &item_bytes_, &item_));
  const std::array<expr::NamedParameter, 2> expressions = {
      {{"UpdateExpression", update},
       {"ConditionExpression", parameters_.Find("ConditionExpression")}}};
  // Only an Update can have both.
  const std::span<const expr::NamedParameter> own =
      kind_ == Kind::kUpdate ? std::span(expressions) : std::span(expressions).subspan(1);
  RETURN_IF_API_ERROR(expr::CheckExpressionParameters({}, own, own, names, values));
  RETURN_IF_API_ERROR(placeholders_.Parse(names, values, &value_bytes_));
  RETURN_IF_API_ERROR(ParseExpressions(update));
  const json::Value on_failure = parameters_.Find("ReturnValuesOnConditionCheckFailure");
  returns_old_item_ = on_failure.present() && on_failure.AsString() == "ALL_OLD";
  return ApiStatus::Ok();
}

ApiStatus TransactAction::ParseExpressions(json::Value update) {
  const json::Value condition = parameters_.Find("ConditionExpression");
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("UpdateExpression", update));
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("ConditionExpression", condition));
  if (update.present()) {
    RETURN_IF_API_ERROR(expr::Update::Parse(update.AsString(), &placeholders_, &update_));
  }
  if (condition.present()) {
    RETURN_IF_API_ERROR(expr::Condition::Parse("ConditionExpression", condition.AsString(),
                                               &placeholders_, &condition_));
  }
  return placeholders_.CheckAllUsed();
}

void TransactAction::Bind(tables::TablePointer table) {
  const KeySchema& schema = table->key_schema();
  ItemKey key;
  has_empty_key_ = false;
  bind_failure_ =
      kind_ == Kind::kPut ? KeyOfItem(item_, schema, &key) : KeyOfKeyParameter(item_, schema, &key);
  if (!bind_failure_.ok()) {
    // A Key parameter of the wrong form is reported as such, whatever its values.
    has_empty_key_ = FirstKeyProblemIsEmptyValue(item_, schema) &&
                     (kind_ == Kind::kPut || HasFormOfKey(item_, schema));
    return;
  }
  bind_failure_ = CheckTargets(*table);
  if (bind_failure_.ok() && kind_ == Kind::kPut) {
    bind_failure_ = CheckIndexKeysOfItem(*table, item_, &has_empty_key_);
  }
  target_ = {std::move(table), key.partition, key.sort};
}

ApiStatus TransactAction::CheckTargets(const tables::Table& table) const {
  const KeySchema& schema = table.key_schema();
  if (kind_ == Kind::kUpdate) {
    for (const tables::TableIndex& index : table.indexes()) {
      RETURN_IF_API_ERROR(CheckIndexKeyPaths(update_.paths(), index.key_schema()));
    }
    RETURN_IF_API_ERROR(CheckUpdateTargets(update_.targets(), schema));
    RETURN_IF_API_ERROR(CheckKeyPaths(update_.paths(), schema));
  }
  return CheckKeyPaths(condition_.paths(), schema);
}

bool TransactAction::Decide(const ItemView& old_item, tables::ItemDecision* decision) {
  failure_ = ApiStatus::Ok();
  old_size_ = old_item.DynamoSize();
  new_size_ = 0;
  if (condition_.present() && !condition_.Matches(old_item)) {
    failure_ = ApiStatus(ErrorType::kConditionalCheckFailed, "The conditional request failed");
    old_bytes_.assign(returns_old_item_ ? old_item.encoded() : std::string_view());
    return false;
  }
  switch (kind_) {
    case Kind::kConditionCheck:
      break;
    case Kind::kPut:
      *decision = {tables::ItemChange::kPut, item_.encoded()};
      new_size_ = item_.DynamoSize();
      break;
    case Kind::kDelete:
      decision->change = tables::ItemChange::kDelete;
      break;
    case Kind::kUpdate:
      failure_ = DecideUpdate(old_item, decision);
      break;
  }
  decision->charges = &charges_;
  return failure_.ok();
}

ApiStatus TransactAction::DecideUpdate(const ItemView& old_item, tables::ItemDecision* decision) {
  new_bytes_.clear();
  ItemView new_item;
  RETURN_IF_API_ERROR(update_.Apply(old_item, item_, &new_bytes_, &new_item));
  // Unlike UpdateItem, a transaction measures the item alone.
  if (new_item.DynamoSize() > limits::kItemSizeMax) {
    return ValidationError("Item size to update has exceeded the maximum allowed size");
  }
  RETURN_IF_API_ERROR(CheckIndexKeysOfUpdate(*target_.table, old_item, new_item));
  new_size_ = new_item.DynamoSize();
  *decision = {tables::ItemChange::kPut, new_item.encoded()};
  return ApiStatus::Ok();
}

CancellationReason TransactAction::Reason() const {
  if (!bind_failure_.ok()) {
    return {&bind_failure_, ItemView()};
  }
  const bool condition_failed =
      !failure_.ok() && failure_.error().type == ErrorType::kConditionalCheckFailed;
  return {&failure_, condition_failed ? ItemView::At(old_bytes_) : ItemView()};
}

}  // namespace millrace::api
