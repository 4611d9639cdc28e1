// Printing of statements and making of values for tests.
#include "api/partiql/test_support.h"

#include <utility>

#include "api/wire/attribute_json.h"
#include "gtest/gtest.h"
#include "storage/base/check.h"
#include "storage/base/json.h"
#include "storage/codec/value_text.h"
#include "storage/codec/value_writer.h"

namespace millrace::api::partiql {
namespace {

std::string_view NameOf(PredicateKind kind) {
  switch (kind) {
    case PredicateKind::kAnd:
      return "AND";
    case PredicateKind::kOr:
      return "OR";
    case PredicateKind::kNot:
      return "NOT";
    case PredicateKind::kEqual:
      return "=";
    case PredicateKind::kNotEqual:
      return "<>";
    case PredicateKind::kLess:
      return "<";
    case PredicateKind::kLessOrEqual:
      return "<=";
    case PredicateKind::kGreater:
      return ">";
    case PredicateKind::kGreaterOrEqual:
      return ">=";
    case PredicateKind::kBeginsWith:
      return "begins_with";
    case PredicateKind::kContains:
      return "contains";
    case PredicateKind::kBetween:
      return "BETWEEN";
    case PredicateKind::kIn:
      return "IN";
    case PredicateKind::kIsMissing:
      return "MISSING";
    case PredicateKind::kHasType:
      return "TYPE";
  }
  return {};
}

std::string_view NameOf(SetValueKind kind) {
  switch (kind) {
    case SetValueKind::kAdd:
      return "+";
    case SetValueKind::kSubtract:
      return "-";
    case SetValueKind::kListAppend:
      return "list_append";
    case SetValueKind::kIfNotExists:
      return "if_not_exists";
    case SetValueKind::kSetAdd:
      return "set_add";
    case SetValueKind::kSetDelete:
      return "set_delete";
    default:
      return {};
  }
}

std::string DescribeOperand(const Operand& operand) {
  switch (operand.kind) {
    case OperandKind::kPath:
      return operand.path.ToString();
    case OperandKind::kSize:
      return "size" + operand.path.ToString();
    case OperandKind::kConstant:
      return ToJson(operand.constant);
  }
  return {};
}

std::string DescribePredicate(const Predicate& predicate) {
  std::string text("(");
  text.append(NameOf(predicate.kind));
  if (predicate.kind == PredicateKind::kHasType) {
    text.append(" ").append(AttributeTypeName(predicate.type));
  }
  for (const Predicate& child : predicate.children) {
    text.append(" ").append(DescribePredicate(child));
  }
  for (const Operand& operand : predicate.operands) {
    text.append(" ").append(DescribeOperand(operand));
  }
  return text + ")";
}

std::string DescribeSetValue(const SetValue& value) {
  if (value.kind == SetValueKind::kPath) {
    return value.path.ToString();
  }
  if (value.kind == SetValueKind::kConstant) {
    return ToJson(value.constant);
  }
  std::string text("(");
  text.append(NameOf(value.kind));
  for (const SetValue& operand : value.operands) {
    text.append(" ").append(DescribeSetValue(operand));
  }
  return text + ")";
}

std::string_view NameOf(StatementKind kind) {
  switch (kind) {
    case StatementKind::kSelect:
      return "SELECT";
    case StatementKind::kInsert:
      return "INSERT";
    case StatementKind::kUpdate:
      return "UPDATE";
    case StatementKind::kDelete:
      return "DELETE";
    case StatementKind::kExists:
      return "EXISTS";
  }
  return {};
}

}  // namespace

ValueView TestValues::Value(std::string_view text) {
  std::string& bytes = storage_.emplace_back();
  ValueWriter(&bytes).Tree(ValueFromText(text));
  return ValueView::At(bytes.data(), bytes.data() + bytes.size());
}

ItemView TestValues::Item(std::string_view text) {
  const ValueView value = Value(text);
  ItemBuilder builder(&storage_.emplace_back());
  for (const NamedValue& entry : value.AsMap()) {
    builder.CopyAttribute(entry);
  }
  return builder.Finish();
}

std::string ToJson(ValueView value) {
  std::string text;
  json::Writer writer(&text);
  WriteAttributeValue(value, &writer);
  return text;
}

std::string ToJson(const ItemView& item) {
  if (!item.present()) {
    return "none";
  }
  std::string text;
  json::Writer writer(&text);
  WriteAttributes(item.attributes(), &writer);
  return text;
}

KeySchema TestSchema(std::string_view text) {
  KeySchema schema;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const size_t colon = word.find(':');
    const std::optional<AttributeType> type = ParseAttributeTypeName(word.substr(colon + 1));
    CHECK(type.has_value());
    (schema.partition.empty() ? schema.partition : schema.sort)
        .push_back({std::string(word.substr(0, colon)), *type});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return schema;
}

std::string Describe(const Statement& statement) {
  std::string text(NameOf(statement.kind));
  text.append(" ").append(statement.table);
  if (!statement.index.empty()) {
    text.append(".").append(statement.index);
  }
  for (const expr::DocumentPath& path : statement.projection) {
    text.append(" column ").append(path.ToString());
  }
  if (statement.kind == StatementKind::kInsert) {
    text.append(" ").append(ToJson(statement.item));
  }
  for (const UpdateStep& step : statement.updates) {
    text.append(step.value.has_value() ? " set " : " remove ").append(step.target.ToString());
    if (step.value.has_value()) {
      text.append(" ").append(DescribeSetValue(*step.value));
    }
  }
  if (statement.where.has_value()) {
    text.append(" where ").append(DescribePredicate(*statement.where));
  }
  for (const OrderKey& key : statement.order_by) {
    text.append(" order ").append(key.path.ToString()).append(key.descending ? " down" : " up");
  }
  static constexpr std::string_view kReturning[] = {"", " all-old", " all-new", " modified-old",
                                                    " modified-new"};
  return text.append(kReturning[static_cast<size_t>(statement.returning)]);
}

std::string ParseToText(std::string_view text, const std::vector<ValueView>& parameters,
                        const ParseOptions& options) {
  Statement parsed;
  const ApiStatus status = ParseStatement(text, parameters, options, &parsed);
  // Statements must survive being moved.
  const Statement statement = std::move(parsed);
  return status.ok() ? Describe(statement) : "ERROR " + status.error().message;
}

Statement ParseValid(std::string_view text, const std::vector<ValueView>& parameters,
                     const ParseOptions& options) {
  Statement statement;
  const ApiStatus status = ParseStatement(text, parameters, options, &statement);
  EXPECT_TRUE(status.ok()) << text << ": " << MessageOf(status);
  return statement;
}

std::string MessageOf(const ApiStatus& status) {
  return status.ok() ? "OK" : status.error().message;
}

}  // namespace millrace::api::partiql
