// Leading keys and what is returned; attribute names are in attribute_names.cc.
#include "api/authorization/item_facts.h"

#include <string>

#include "api/expr/key_condition.h"
#include "api/expr/placeholders.h"
#include "api/partiql/select_plan.h"
#include "api/partiql/write_plan.h"
#include "api/wire/arn.h"
#include "api/wire/attribute_json.h"
#include "storage/base/base64.h"

namespace millrace::api {
namespace {

using Form = ItemPart::Form;
using partiql::StatementKind;

void AddKeyText(ValueView value, access::FactValues* values) {
  if (!value.present()) {
    return;
  }
  std::string text;
  if (value.IsString()) {
    text = value.payload();
  } else if (value.IsNumber()) {
    text = value.AsNumber().ToString();
  } else {
    EncodeBase64(value.payload(), &text);
  }
  values->push_back(std::move(text));
}

// The attribute called `name` of a map of attribute values. A key that is not there, or is none,
// will be refused by the operation; until then it is one that nobody has.
void AddKeyOfMap(json::Value map, std::string_view name, access::FactValues* values) {
  const json::Value value = map.present() && map.IsObject() ? map.Find(name) : json::Value();
  std::string bytes;
  ValueWriter writer(&bytes);
  ValueProblem problem;
  if (value.present() && value.IsObject() && ParseAttributeValue(value, 1, &writer, &problem)) {
    AddKeyText(ValueView::At(bytes.data(), bytes.data() + bytes.size()), values);
  } else {
    values->emplace_back();
  }
}

// The key of a request in BatchWriteItem, which is a put or a deletion.
void AddKeyOfWrite(json::Value write, std::string_view name, access::FactValues* values) {
  const json::Value put = write.IsObject() ? write.Find("PutRequest") : json::Value();
  const json::Value removal = write.IsObject() ? write.Find("DeleteRequest") : json::Value();
  if (put.present() && put.IsObject()) {
    AddKeyOfMap(put.Find("Item"), name, values);
  } else if (removal.present() && removal.IsObject()) {
    AddKeyOfMap(removal.Find("Key"), name, values);
  }
}

void AddKeysOfQuery(json::Value input, std::string_view name, access::FactValues* values) {
  expr::Placeholders placeholders;
  std::string scratch;
  expr::KeyCondition condition;
  const json::Value text = input.Find("KeyConditionExpression");
  const json::Value legacy = input.Find("KeyConditions");
  ApiStatus status;
  if (text.present()) {
    status = placeholders.Parse(input.Find("ExpressionAttributeNames"),
                                input.Find("ExpressionAttributeValues"), &scratch);
    if (status.ok()) {
      status = expr::KeyCondition::Parse(text.AsString(), &placeholders, &condition);
    }
  } else if (legacy.present()) {
    status = expr::KeyCondition::FromLegacy(legacy, &scratch, &condition);
  }
  if (!status.ok()) {
    return;
  }
  for (const expr::KeyPredicate& predicate : condition.predicates) {
    if (predicate.attribute == name) {
      AddKeyText(predicate.operand, values);
    }
  }
}

void AddKeysOfStatement(const partiql::Statement& statement, const KeySchema& schema,
                        access::FactValues* values) {
  if (statement.kind == StatementKind::kInsert) {
    AddKeyText(statement.item.Find(schema.partition.front().name), values);
  } else if (statement.kind == StatementKind::kSelect) {
    partiql::SelectPlan plan;
    if (partiql::PlanSelect(statement, schema, &plan).ok()) {
      for (const std::vector<ValueView>& partition : plan.partitions) {
        AddKeyText(partition.front(), values);
      }
    }
  } else {
    partiql::WritePlan plan;
    if (partiql::PlanWrite(statement, schema, &plan).ok()) {
      AddKeyText(plan.partition_key, values);
    }
  }
}

// The key schema of what the part is about; nullptr if there is no such thing.
const KeySchema* FindSchema(const Services& services, const ItemPart& part,
                            tables::TablePointer* table) {
  *table = services.catalog->FindUsable(TableNameFromParameter(services, part.table));
  if (*table == nullptr) {
    return nullptr;
  }
  if (part.index.empty()) {
    return &(*table)->key_schema();
  }
  const tables::TableIndex* const index = (*table)->FindIndex(part.index);
  return index == nullptr ? nullptr : &index->key_schema();
}

// Whether an operation like this must name its keys: all but Scan, which policies on leading keys
// leave out by its action. A SELECT that names none has the action of those that do.
bool NamesKeys(const ItemPart& part) {
  switch (part.form) {
    case Form::kNone:
      return false;
    case Form::kPage:
      return part.input.Find("KeyConditionExpression").present() ||
             part.input.Find("KeyConditions").present();
    default:
      return true;
  }
}

json::Value TextMember(json::Value input, std::string_view name) {
  const json::Value value = input.Find(name);
  return value.present() && value.IsString() ? value : json::Value();
}

bool AsksForAttributes(json::Value input) {
  return input.Find("ProjectionExpression").present() || input.Find("AttributesToGet").present();
}

std::string_view ReturningText(partiql::Returning returning) {
  switch (returning) {
    case partiql::Returning::kNone:
      break;
    case partiql::Returning::kAllOld:
      return "ALL_OLD";
    case partiql::Returning::kAllNew:
      return "ALL_NEW";
    case partiql::Returning::kModifiedOld:
      return "UPDATED_OLD";
    case partiql::Returning::kModifiedNew:
      return "UPDATED_NEW";
  }
  return "NONE";
}

}  // namespace

bool ReadLeadingKeys(const Services& services, const ItemPart& part, access::FactValues* values) {
  tables::TablePointer table;
  const KeySchema* const schema =
      part.form == Form::kNone ? nullptr : FindSchema(services, part, &table);
  if (schema == nullptr) {
    // A table that is not there now may be there when the operation looks for it.
    if (NamesKeys(part)) {
      values->emplace_back();
    }
    return !values->empty();
  }
  const std::string_view name = schema->partition.front().name;
  switch (part.form) {
    case Form::kNone:
      break;
    case Form::kItem:
      AddKeyOfMap(part.input.Find(part.is_put ? "Item" : "Key"), name, values);
      break;
    case Form::kBatchKeys:
      if (const json::Value keys = part.input.Find("Keys"); keys.present()) {
        for (const json::Value key : keys.elements()) {
          AddKeyOfMap(key, name, values);
        }
      }
      break;
    case Form::kBatchWrites:
      for (const json::Value write : part.input.elements()) {
        AddKeyOfWrite(write, name, values);
      }
      break;
    case Form::kPage:
      AddKeysOfQuery(part.input, name, values);
      break;
    case Form::kStatement:
      AddKeysOfStatement(part.statement->statement(), *schema, values);
      break;
  }
  if (values->empty() && NamesKeys(part)) {
    values->emplace_back();
  }
  return !values->empty();
}

bool ReadSelect(const ItemPart& part, access::FactValues* values) {
  if (part.form == Form::kPage) {
    if (const json::Value select = TextMember(part.input, "Select"); select.present()) {
      values->emplace_back(select.AsString());
    } else if (AsksForAttributes(part.input)) {
      values->emplace_back("SPECIFIC_ATTRIBUTES");
    } else {
      values->emplace_back(part.index.empty() ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES");
    }
  } else if (part.form == Form::kBatchKeys || (part.form == Form::kItem && part.returns_items)) {
    values->emplace_back(AsksForAttributes(part.input) ? "SPECIFIC_ATTRIBUTES" : "ALL_ATTRIBUTES");
  } else if (part.form == Form::kStatement &&
             part.statement->statement().kind == StatementKind::kSelect) {
    values->emplace_back(part.statement->statement().projection.empty() ? "ALL_ATTRIBUTES"
                                                                        : "SPECIFIC_ATTRIBUTES");
  }
  return !values->empty();
}

bool ReadReturnValues(const ItemPart& part, access::FactValues* values) {
  if (part.form == Form::kItem && !part.returns_items) {
    const json::Value on_failure = TextMember(part.input, "ReturnValuesOnConditionCheckFailure");
    const json::Value returned = TextMember(part.input, "ReturnValues");
    if (on_failure.present() && on_failure.AsString() == "ALL_OLD") {
      values->emplace_back("ALL_OLD");
    } else {
      values->emplace_back(returned.present() ? returned.AsString() : "NONE");
    }
  } else if (part.form == Form::kStatement && part.statement->statement().is_write()) {
    values->emplace_back(part.statement->returns_old_item()
                             ? "ALL_OLD"
                             : ReturningText(part.statement->statement().returning));
  }
  return !values->empty();
}

bool ReadFullTableScan(const Services& services, const ItemPart& part, access::FactValues* values) {
  if (part.form != Form::kStatement || part.statement->statement().kind != StatementKind::kSelect) {
    return false;
  }
  tables::TablePointer table;
  const KeySchema* const schema = FindSchema(services, part, &table);
  partiql::SelectPlan plan;
  const bool keyed = schema != nullptr &&
                     partiql::PlanSelect(part.statement->statement(), *schema, &plan).ok() &&
                     plan.keyed;
  values->emplace_back(keyed ? "false" : "true");
  return true;
}

}  // namespace millrace::api
