// What SET and REMOVE make of an item.
#include "api/partiql/update_compiler.h"

#include <string>

#include "api/partiql/test_support.h"
#include "gtest/gtest.h"

namespace millrace::api::partiql {
namespace {

constexpr std::string_view kItem =
    R"(M {"pk": S "1", "n": N 5, "s": S "x", "l": L [N 1, N 2, N 3], "m": M {"a": N 1},)"
    R"( "t": SS ["x", "y"]})";

// The attributes that differ from kItem's, as JSON, or the error.
std::string Apply(const std::string& clauses) {
  TestValues values;
  const Statement statement = ParseValid("UPDATE T " + clauses + " WHERE pk = '1'");
  const expr::Update update = CompileUpdate(statement);
  const ItemView old_item = values.Item(kItem);
  std::string bytes;
  ItemView new_item;
  const ApiStatus status = update.Apply(old_item, ItemView(), &bytes, &new_item);
  if (!status.ok()) {
    return status.error().message;
  }
  std::string changes;
  for (const NamedValue& attribute : new_item.attributes()) {
    const ValueView before = old_item.Find(attribute.name);
    if (!before.present() || !ValuesEqual(before, attribute.value)) {
      changes += std::string(attribute.name) + "=" + ToJson(attribute.value) + " ";
    }
  }
  for (const NamedValue& attribute : old_item.attributes()) {
    if (!new_item.Find(attribute.name).present()) {
      changes += "-" + std::string(attribute.name) + " ";
    }
  }
  return changes;
}

struct UpdateCase {
  std::string clauses;
  std::string changes;
};

TEST(UpdateCompilerTest, Changes) {
  const UpdateCase cases[] = {
      {"SET a = 1", R"(a={"N":"1"} )"},
      {"SET n = 6 SET s = NULL", R"(n={"N":"6"} s={"NULL":true} )"},
      {"SET n = n + 1", R"(n={"N":"6"} )"},
      {"SET n = n - 1 - 2 + 10", R"(n={"N":"12"} )"},
      {"SET n = 1 - (n - 10)", R"(n={"N":"6"} )"},
      {"SET a = n, n = 7", R"(n={"N":"7"} a={"N":"5"} )"},
      {"SET m.a = 2, m.b = 'new'", R"(m={"M":{"a":{"N":"2"},"b":{"S":"new"}}} )"},
      {"SET l[1] = 'b'", R"(l={"L":[{"N":"1"},{"S":"b"},{"N":"3"}]} )"},
      {"SET l[9] = 'd'", R"(l={"L":[{"N":"1"},{"N":"2"},{"N":"3"},{"S":"d"}]} )"},
      {"SET l = list_append(l, [4])", R"(l={"L":[{"N":"1"},{"N":"2"},{"N":"3"},{"N":"4"}]} )"},
      {"SET k = list_append(if_not_exists(k, []), [4])", R"(k={"L":[{"N":"4"}]} )"},
      {"SET k = if_not_exists(n, 1), j = if_not_exists(j, 1)", R"(j={"N":"1"} k={"N":"5"} )"},
      {"SET t = set_add(t, <<'z', 'x'>>)", R"(t={"SS":["x","y","z"]} )"},
      {"SET u = set_add(u, <<1>>)", R"(u={"NS":["1"]} )"},
      {"SET t = set_delete(t, <<'x', 'q'>>)", R"(t={"SS":["y"]} )"},
      {"SET t = set_delete(t, <<'x', 'y'>>)", "-t "},
      {"SET u = set_delete(u, <<1>>)", ""},
      {"REMOVE n, s", "-n -s "},
      {"REMOVE l[0], l[2]", R"(l={"L":[{"N":"2"}]} )"},
      {"REMOVE m.a SET b = m.a", R"(m={"M":{}} b={"N":"1"} )"},
      {"REMOVE absent", ""},
      // Errors of execution.
      {"SET a = absent",
       "The provided expression refers to an attribute that does not exist in the item"},
      {"SET a = absent + 1",
       "The provided expression refers to an attribute that does not exist in the item"},
      {"SET a = s + 1", "An operand in the update expression has an incorrect data type"},
      {"SET a = list_append(n, [1])",
       "An operand in the update expression has an incorrect data type"},
      {"SET n = set_add(n, <<1>>)",
       "An operand in the update expression has an incorrect data type"},
      {"SET x.y = 1", "The document path provided in the update expression is invalid for update"},
  };
  for (const UpdateCase& test : cases) {
    EXPECT_EQ(Apply(test.clauses), test.changes) << test.clauses;
  }
}

TEST(UpdateCompilerTest, TargetsAreThoseOfTheText) {
  const Statement statement =
      ParseValid("UPDATE T SET b = a REMOVE l[1] SET c.d = set_add(c.d, <<1>>)");
  const expr::Update update = CompileUpdate(statement);
  std::string targets;
  for (const expr::DocumentPath& target : update.targets()) {
    targets += target.ToString();
  }
  EXPECT_EQ(targets, "[b][l, [1]][c, d]");
  EXPECT_TRUE(update.present());
  EXPECT_TRUE(update.creates_missing_item());
}

}  // namespace
}  // namespace millrace::api::partiql
