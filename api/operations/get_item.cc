// GetItem: runs wholly on the I/O thread, and writes its reply straight from the stored bytes.
#include "api/operations/get_item.h"

#include <array>

#include "api/expr/expression_request.h"
#include "api/expr/projection.h"
#include "api/operations/item_keys.h"
#include "api/operations/item_request.h"
#include "api/operations/throttling.h"
#include "api/wire/attribute_json.h"
#include "api/wire/capacity.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 7> kMembers = {{
    {"TableName", &kStringShape},
    {"Key", &kAttributeMapShape},
    {"AttributesToGet", &kStringListShape},
    {"ConsistentRead", &kBooleanShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"ProjectionExpression", &kStringShape},
    {"ExpressionAttributeNames", &kStringMapShape},
}};

ApiStatus CheckConstraints(json::Value input) {
  ConstraintCollector constraints;
  constraints.RequirePresent(input.Find("Key"), "key");
  CheckItemTableName(input.Find("TableName"), &constraints);
  CheckReturnConsumedCapacity(input.Find("ReturnConsumedCapacity"), &constraints);
  CheckAttributesToGet(input.Find("AttributesToGet"), &constraints);
  return constraints.Finish();
}

// The checks that need no table: fills the key and the projection.
ApiStatus CheckRequest(Call* call, ItemView* key, expr::Projection* projection) {
  const json::Value input = call->input;
  RETURN_IF_API_ERROR(CheckConstraints(input));
  const json::Value attributes_to_get = input.Find("AttributesToGet");
  const json::Value expression = input.Find("ProjectionExpression");
  const json::Value names = input.Find("ExpressionAttributeNames");
  const std::array<expr::NamedParameter, 1> legacy = {{{"AttributesToGet", attributes_to_get}}};
  const std::array<expr::NamedParameter, 1> expressions = {{{"ProjectionExpression", expression}}};
  RETURN_IF_API_ERROR(
      expr::CheckExpressionParameters(legacy, expressions, {}, names, json::Value()));
  expr::Placeholders placeholders;
  RETURN_IF_API_ERROR(placeholders.Parse(names, json::Value(), nullptr));
  RETURN_IF_API_ERROR(ParseAttributeMap(input.Find("Key"), call->TakeScratch(), key));
  if (attributes_to_get.present()) {
    RETURN_IF_API_ERROR(expr::Projection::FromAttributesToGet(attributes_to_get, projection));
  }
  RETURN_IF_API_ERROR(CheckNotEmptyExpression("ProjectionExpression", expression));
  if (expression.present()) {
    RETURN_IF_API_ERROR(expr::Projection::Parse(expression.AsString(), &placeholders, projection));
  }
  return placeholders.CheckAllUsed();
}

void WriteReply(const ItemView& item, const expr::Projection& projection, double units,
                Call* call) {
  json::Writer writer(&call->body);
  writer.BeginObject();
  if (item.present()) {
    writer.Key("Item");
    if (projection.present()) {
      projection.Write(item, &writer);
    } else {
      WriteAttributes(item.attributes(), &writer);
    }
  }
  WriteConsumedCapacity(ParseCapacityMode(call->input.Find("ReturnConsumedCapacity")),
                        call->input.Find("TableName").AsString(), units, &writer);
  writer.EndObject();
}

ApiStatus GetItem(const Services& services, Call* call) {
  ItemView key_parameter;
  expr::Projection projection;
  RETURN_IF_API_ERROR(CheckRequest(call, &key_parameter, &projection));
  tables::TablePointer table;
  RETURN_IF_API_ERROR(FindTable(services, call->input.Find("TableName").AsString(), &table));
  ItemKey key;
  RETURN_IF_API_ERROR(KeyOfKeyParameter(key_parameter, table->key_schema(), &key));
  RETURN_IF_API_ERROR(CheckKeyPaths(projection.paths(), table->key_schema()));
  RETURN_IF_API_ERROR(AdmitRead(services, *table));
  engine::PinnedValue pin;
  ItemView item;
  const Status read = services.items->Get(*table, key.partition, key.sort, &pin, &item);
  if (!read.ok()) {
    return FromStorage(read);
  }
  const double units = ReadUnits(item.DynamoSize(), BooleanOf(call->input.Find("ConsistentRead")));
  ChargeRead(services, *table, {units, {}});
  WriteReply(item, projection, units, call);
  return ApiStatus::Ok();
}

}  // namespace

const Shape kGetItemShape = {ShapeKind::kStructure, "GetItemInput", nullptr, kMembers};

void RunGetItem(const Services& services, Call* call) {
  const ApiStatus status = GetItem(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
