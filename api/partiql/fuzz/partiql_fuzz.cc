// Feeds arbitrary statements to the parser, and what it accepts to everything behind it: plans for
// two schemas, conditions and updates on an item, projected rows. Every value and item that comes
// out must be sound.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/partiql/parser.h"
#include "api/partiql/projected_row.h"
#include "api/partiql/select_plan.h"
#include "api/partiql/update_compiler.h"
#include "api/partiql/write_plan.h"
#include "storage/base/check.h"
#include "storage/base/json.h"
#include "storage/base/utf8.h"
#include "storage/codec/validate.h"
#include "storage/codec/value_text.h"
#include "storage/codec/value_writer.h"

namespace {

using namespace millrace;                // NOLINT: a program of one file
using namespace millrace::api::partiql;  // NOLINT

struct Fixture {
  Fixture() {
    for (const char* const text : {"S \"x\"", "N 1", "B <00ff>", "L [N 1, S \"a\"]"}) {
      std::string& bytes = parameter_bytes.emplace_back();
      ValueWriter(&bytes).Tree(ValueFromText(text));
    }
    const AttributeValue tree = ValueFromText(
        R"(M {"pk": S "x", "sk": N 1, "a": N 5, "l": L [N 1, M {"b": SS ["x", "y"]}],)"
        R"( "m": M {"a": L [S "t"]}, "t": NS [1, 2]})");
    ItemBuilder builder(&item_bytes);
    for (const auto& [name, value] : tree.map) {
      builder.Attribute(name).Tree(value);
    }
    item = builder.Finish();
    table.partition.push_back({"pk", AttributeType::kString});
    table.sort.push_back({"sk", AttributeType::kNumber});
    index.partition.push_back({"a", AttributeType::kNumber});
    index.partition.push_back({"pk", AttributeType::kString});
    index.sort.push_back({"sk", AttributeType::kNumber});
    index.sort.push_back({"b", AttributeType::kString});
  }

  std::vector<std::string> parameter_bytes;
  std::string item_bytes;
  ItemView item;
  KeySchema table;
  KeySchema index;
};

void RunSelect(const Fixture& fixture, const Statement& statement) {
  for (const KeySchema* const schema : {&fixture.table, &fixture.index}) {
    SelectPlan plan;
    if (PlanSelect(statement, *schema, &plan).ok()) {
      CHECK(plan.partitions.size() <= kKeyValuesMax);
      CHECK(!plan.full_key || plan.partitions.size() == 1);
      plan.filter.Matches(fixture.item);
      plan.filter.Matches(ItemView());
    }
  }
  std::string row;
  json::Writer writer(&row);
  RowProjection(statement.projection).Write(fixture.item, &writer);
  json::Document document;
  CHECK(document.Parse(row).ok());
}

void RunWrite(const Fixture& fixture, const Statement& statement) {
  WritePlan plan;
  if (PlanWrite(statement, fixture.table, &plan).ok()) {
    plan.condition.Matches(fixture.item);
  }
  std::string bytes;
  ItemView new_item;
  if (!statement.updates.empty() &&
      CompileUpdate(statement).Apply(fixture.item, ItemView(), &bytes, &new_item).ok()) {
    CHECK(ValidateItem(new_item.encoded()).ok());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  static const Fixture fixture;
  // A JSON parser hands over valid UTF-8 only, and longer statements are refused before.
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  if (text.size() > 8192 || !IsValidUtf8(text)) {
    return 0;
  }
  // As many parameters as there are question marks at most, so that some statements fit exactly.
  std::vector<ValueView> parameters;
  for (const char character : text) {
    if (character == '?') {
      const std::string& bytes =
          fixture.parameter_bytes[parameters.size() % fixture.parameter_bytes.size()];
      parameters.push_back(ValueView::At(bytes.data(), bytes.data() + bytes.size()));
    }
  }
  ParseOptions options;
  options.in_transaction = size_bytes % 2 == 1;
  Statement parsed;
  const api::ApiStatus status = ParseStatement(text, parameters, options, &parsed);
  if (!status.ok()) {
    CHECK(!status.error().message.empty());
    CHECK(IsValidUtf8(status.error().message));
    return 0;
  }
  const Statement statement = std::move(parsed);
  CHECK(!statement.table.empty());
  for (const std::string& bytes : statement.storage) {
    CHECK(&bytes == &statement.storage.back() && statement.kind == StatementKind::kInsert
              ? ValidateItem(bytes).ok()
              : ValidateValue(bytes).ok());
  }
  if (statement.kind == StatementKind::kSelect) {
    RunSelect(fixture, statement);
  } else if (statement.kind != StatementKind::kInsert) {
    RunWrite(fixture, statement);
  }
  return 0;
}
