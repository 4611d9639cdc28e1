// The top-level attributes that a request mentions: in items and keys, in expressions, in the older
// parameters, in PartiQL.
#include <set>
#include <string>

#include "api/authorization/item_facts.h"
#include "api/expr/condition.h"
#include "api/expr/key_condition.h"
#include "api/expr/placeholders.h"
#include "api/expr/projection.h"
#include "api/expr/update.h"

namespace millrace::api {
namespace {

using Form = ItemPart::Form;
using Names = std::set<std::string, std::less<>>;

void AddPaths(const std::vector<expr::DocumentPath>& paths, Names* names) {
  for (const expr::DocumentPath& path : paths) {
    names->insert(path.top_level_name());
  }
}

// The names of a map's members.
void AddMembers(json::Value map, Names* names) {
  if (map.present() && map.IsObject()) {
    for (const json::Member member : map.members()) {
      names->emplace(member.name);
    }
  }
}

void AddStrings(json::Value list, Names* names) {
  if (list.present() && list.IsArray()) {
    for (const json::Value element : list.elements()) {
      if (element.IsString()) {
        names->emplace(element.AsString());
      }
    }
  }
}

void AddExpressions(json::Value input, Names* names) {
  expr::Placeholders placeholders;
  std::string scratch;
  if (!placeholders
           .Parse(input.Find("ExpressionAttributeNames"), input.Find("ExpressionAttributeValues"),
                  &scratch)
           .ok()) {
    return;
  }
  for (const char* const kind : {"ConditionExpression", "FilterExpression"}) {
    expr::Condition condition;
    if (const json::Value text = input.Find(kind);
        text.present() &&
        expr::Condition::Parse(kind, text.AsString(), &placeholders, &condition).ok()) {
      AddPaths(condition.paths(), names);
    }
  }
  if (const json::Value text = input.Find("KeyConditionExpression"); text.present()) {
    expr::KeyCondition condition;
    if (expr::KeyCondition::Parse(text.AsString(), &placeholders, &condition).ok()) {
      for (const expr::KeyPredicate& predicate : condition.predicates) {
        names->insert(predicate.attribute);
      }
    }
  }
  if (const json::Value text = input.Find("ProjectionExpression"); text.present()) {
    expr::Projection projection;
    if (expr::Projection::Parse(text.AsString(), &placeholders, &projection).ok()) {
      AddPaths(projection.paths(), names);
    }
  }
  if (const json::Value text = input.Find("UpdateExpression"); text.present()) {
    expr::Update update;
    if (expr::Update::Parse(text.AsString(), &placeholders, &update).ok()) {
      AddPaths(update.paths(), names);
    }
  }
}

void AddParameters(json::Value input, Names* names) {
  for (const char* const map : {"Key", "Item", "Expected", "AttributeUpdates", "KeyConditions",
                                "QueryFilter", "ScanFilter"}) {
    AddMembers(input.Find(map), names);
  }
  AddStrings(input.Find("AttributesToGet"), names);
  AddExpressions(input, names);
}

void AddPredicate(const partiql::Predicate& predicate, Names* names) {
  for (const partiql::Operand& operand : predicate.operands) {
    if (!operand.path.steps.empty()) {
      names->insert(operand.path.top_level_name());
    }
  }
  for (const partiql::Predicate& child : predicate.children) {
    AddPredicate(child, names);
  }
}

void AddSetValue(const partiql::SetValue& value, Names* names) {
  if (!value.path.steps.empty()) {
    names->insert(value.path.top_level_name());
  }
  for (const partiql::SetValue& operand : value.operands) {
    AddSetValue(operand, names);
  }
}

void AddStatement(const partiql::Statement& statement, Names* names) {
  AddPaths(statement.projection, names);
  for (const partiql::OrderKey& key : statement.order_by) {
    names->insert(key.path.top_level_name());
  }
  for (const NamedValue& attribute : statement.item.attributes()) {
    names->emplace(attribute.name);
  }
  for (const partiql::UpdateStep& step : statement.updates) {
    names->insert(step.target.top_level_name());
    if (step.value.has_value()) {
      AddSetValue(*step.value, names);
    }
  }
  if (statement.where.has_value()) {
    AddPredicate(*statement.where, names);
  }
}

void AddBatchWrites(json::Value writes, Names* names) {
  for (const json::Value write : writes.elements()) {
    for (const auto& [request, member] :
         {std::pair("PutRequest", "Item"), std::pair("DeleteRequest", "Key")}) {
      const json::Value value = write.IsObject() ? write.Find(request) : json::Value();
      if (value.present() && value.IsObject()) {
        AddMembers(value.Find(member), names);
      }
    }
  }
}

}  // namespace

bool ReadAttributeNames(const ItemPart& part, access::FactValues* values) {
  Names names;
  switch (part.form) {
    case Form::kNone:
      return false;
    case Form::kItem:
    case Form::kPage:
      AddParameters(part.input, &names);
      break;
    case Form::kBatchKeys:
      AddParameters(part.input, &names);
      if (const json::Value keys = part.input.Find("Keys"); keys.present()) {
        for (const json::Value key : keys.elements()) {
          AddMembers(key, &names);
        }
      }
      break;
    case Form::kBatchWrites:
      AddBatchWrites(part.input, &names);
      break;
    case Form::kStatement:
      AddStatement(part.statement->statement(), &names);
      break;
  }
  values->assign(names.begin(), names.end());
  return !values->empty();
}

}  // namespace millrace::api
