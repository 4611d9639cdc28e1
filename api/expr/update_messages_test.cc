// What update expressions and AttributeUpdates refuse: while they are read, and while they run
// against an item.
#include <gtest/gtest.h>

#include "api/expr/test_support.h"
#include "api/expr/update.h"

namespace millrace::api::expr {
namespace {

struct Case {
  std::string text;
  std::string message;
};

std::string WrongType(std::string name, std::string type) {
  return "Incorrect operand type for operator or function; operator or function: " + name +
         ", operand type: " + type;
}
std::string WrongWord(std::string name, std::string word) {
  return "Incorrect operand type for operator or function; operator: " + name +
         ", operand type: " + word;
}
std::string Operands(std::string name, int count) {
  return "Incorrect number of operands for operator or function; operator or function: " + name +
         ", number of operands: " + std::to_string(count);
}
std::string NeedsPath(std::string name) {
  return "Operator or function requires a document path; operator or function: " + name;
}
std::string Unknown(std::string name) { return "Invalid function name; function: " + name; }
std::string Reserved(std::string word) {
  return "Attribute name is a reserved keyword; reserved keyword: " + word;
}
std::string NoName(std::string name) {
  return "An expression attribute name used in the document path is not defined; attribute name: " +
         name;
}
std::string NoValue(std::string name) {
  return "An expression attribute value used in expression is not defined; attribute value: " +
         name;
}
std::string Once(std::string section) {
  return "The \"" + section + "\" section can only be used once in an update expression;";
}
std::string Touch(std::string how, std::string one, std::string two) {
  return "Two document paths " + how +
         " with each other; must remove or rewrite one of these "
         "paths; path one: [" +
         one + "], path two: [" + two + "]";
}

std::string ParseProblem(std::string_view text) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders(R"({"#alias":"a"})", kTestValues, &arena, &placeholders);
  Update update;
  const std::string problem = Describe(Update::Parse(text, &placeholders, &update));
  EXPECT_EQ(update.present(), problem.empty()) << text;
  return problem;
}

const std::vector<Case> kCatalogue = {
    {"SET name = :s", Reserved("name")},
    {"SET a = status", Reserved("status")},
    {"SET a.Value = :s", Reserved("Value")},
    {"REMOVE items", Reserved("items")},
    {"ADD count :n", Reserved("count")},
    {"DELETE a.users :ss", Reserved("users")},
    {"SET #a = :s", NoName("#a")},
    {"SET a = #b", NoName("#b")},
    {"REMOVE a.#b", NoName("#b")},
    {"SET a = :nope", NoValue(":nope")},
    {"ADD a :nope", NoValue(":nope")},
    {"DELETE a :nope", NoValue(":nope")},
    {"SET a = foo(b)", Unknown("foo")},
    {"SET a = attribute_exists(b)", Unknown("attribute_exists")},
    {"SET a = size(b)", Unknown("size")},
    {"SET a = IF_NOT_EXISTS(a, :n)", Unknown("IF_NOT_EXISTS")},
    {"SET a = :s SET b = :s", Once("SET")},
    {"REMOVE a REMOVE b", Once("REMOVE")},
    {"ADD a :n ADD b :n", Once("ADD")},
    {"DELETE a :ss DELETE b :ss", Once("DELETE")},
    {"set a = :s SET b = :s", Once("SET")},
    {"SET a = :s, a = :n", Touch("overlap", "a", "a")},
    {"SET a = :s, #alias = :n", Touch("overlap", "a", "a")},
    {"SET a = :s REMOVE a", Touch("overlap", "a", "a")},
    {"SET a.b = :s, a = :s", Touch("overlap", "a, b", "a")},
    {"REMOVE a[1].c, a[1]", Touch("overlap", "a, [1], c", "a, [1]")},
    {"ADD a :n DELETE a :ss", Touch("overlap", "a", "a")},
    {"SET a[0] = :s, a.b = :s", Touch("conflict", "a, [0]", "a, b")},
    {"SET a.b = :s REMOVE a[0]", Touch("conflict", "a, b", "a, [0]")},
    {"REMOVE a,b,c,d,e,f,g,h,i,j,k,l.x,m,n,l.x.y", Touch("overlap", "l, x", "l, x, y")},
    {"REMOVE b,c,d,e,f,g,h,i,j,k,l.x,m,n,l[0]", Touch("conflict", "l, x", "l, [0]")},
    {"SET a = :s + :n", WrongType("+", "S")},
    {"SET a = :n + :s", WrongType("+", "S")},
    {"SET a = b - :true", WrongType("-", "BOOL")},
    {"SET a = :l + b", WrongType("+", "L")},
    {"SET a = list_append(:n, b)", WrongType("list_append", "N")},
    {"SET a = list_append(b, :m)", WrongType("list_append", "M")},
    {"SET a = list_append(b, :ss)", WrongType("list_append", "SS")},
    {"SET a = list_append(b)", Operands("list_append", 1)},
    {"SET a = list_append(b, c, d)", Operands("list_append", 3)},
    {"SET a = if_not_exists(b)", Operands("if_not_exists", 1)},
    {"SET a = if_not_exists(b, :s, :s)", Operands("if_not_exists", 3)},
    {"SET a = if_not_exists(:s, :s)", NeedsPath("if_not_exists")},
    {"SET a = if_not_exists(if_not_exists(b, c), :s)", NeedsPath("if_not_exists")},
    {"SET a = " + std::string(4090, 'b'),
     "Expression size has exceeded the maximum allowed size; expression size: 4098"},
    // Which of two problems is reported.
    {"SET name = :s,", "Syntax error; token: \"<EOF>\", near: \",\""},
    {"SET a = foo(b), name = :s", Reserved("name")},
    {"SET a = :s SET b = foo(a)", Unknown("foo")},
    {"SET a = #b SET c = :s", Once("SET")},
    {"SET a = :nope, b = #b", NoName("#b")},
    {"SET a = :nope, a = :s", NoValue(":nope")},
    {"SET a[0] = :s, a.b = :s, c = :s, c = :n", Touch("overlap", "c", "c")},
    {"SET a[0] = :s, a.b = :s ADD c :s", Touch("conflict", "a, [0]", "a, b")},
    {"SET a = list_append(b) ADD c :s", WrongWord("ADD", "STRING")},
};

TEST(UpdateMessagesTest, Catalogue) {
  std::vector<Case> cases = kCatalogue;
  const std::vector<std::pair<std::string, std::string>> words = {
      {":s", "STRING"},  {":b", "BINARY"}, {":true", "BOOLEAN"},
      {":null", "NULL"}, {":l", "LIST"},   {":m", "MAP"}};
  for (const auto& [value, word] : words) {
    cases.push_back({"ADD a " + value, WrongWord("ADD", word)});
    cases.push_back({"DELETE a " + value, WrongWord("DELETE", word)});
  }
  cases.push_back({"DELETE a :n", WrongWord("DELETE", "NUMBER")});
  for (const Case& each : cases) {
    EXPECT_EQ(ParseProblem(each.text), "ENVELOPED Invalid UpdateExpression: " + each.message)
        << each.text;
  }
  EXPECT_EQ(ParseProblem(""), "Invalid UpdateExpression: The expression can not be empty;");
}

constexpr std::string_view kItem = R"({
    "pk":{"S":"item"},"txt":{"S":"hello"},"num":{"N":"5"},"strings":{"SS":["a","b"]},
    "numbers":{"NS":["1","2"]},"lst":{"L":[{"S":"x"},{"N":"7"}]},
    "doc":{"M":{"a":{"S":"x"},"b":{"M":{}}}}})";

std::string Nested(int levels) {
  std::string open;
  std::string close;
  for (int level = 1; level < levels; ++level) {
    open += R"({"L":[)";
    close += "]}";
  }
  return open + R"({"S":"x"})" + close;
}

const std::string kOperand = "An operand in the update expression has an incorrect data type";
const std::string kAbsent =
    "The provided expression refers to an attribute that does not exist in the item";
const std::string kPath =
    "The document path provided in the update expression is invalid for update";
const std::string kNesting =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit";

TEST(UpdateMessagesTest, WhileRunning) {
  const std::vector<Case> cases = {
      {"SET a = absent", kAbsent},
      {"SET a = absent + :n", kAbsent},
      {"SET a = doc.absent", kAbsent},
      {"SET a = lst[9]", kAbsent},
      {"SET a = list_append(absent, :l)", kAbsent},
      {"SET a = num.b", kAbsent},
      {"SET a = if_not_exists(absent, gone)", kAbsent},
      {"SET a = txt + :n", kOperand},
      {"SET a = :n - txt", kOperand},
      {"SET a = num + lst", kOperand},
      {"SET a = list_append(txt, :l)", kOperand},
      {"SET a = list_append(:l, num)", kOperand},
      {"SET a = if_not_exists(txt, :n) + :n", kOperand},
      {"SET a = list_append(:l, lst) + :n", kOperand},
      {"SET absent.b = :s", kPath},
      {"SET doc.absent.b = :s", kPath},
      {"SET txt.b = :s", kPath},
      {"SET txt[0] = :s", kPath},
      {"SET doc[0] = :s", kPath},
      {"SET lst.b = :s", kPath},
      {"SET lst[0].b = :s", kPath},
      {"SET lst[7].b = :s", kPath},
      {"SET num.b = :s", kPath},
      {"REMOVE absent.b", kPath},
      {"REMOVE absent[0]", kPath},
      {"REMOVE txt.b", kPath},
      {"ADD txt :n", kOperand},
      {"ADD num :ss", kOperand},
      {"ADD strings :n", kOperand},
      {"ADD strings :ns", kOperand},
      {"ADD lst :n", kOperand},
      {"DELETE txt :ss", kOperand},
      {"DELETE numbers :ss", kOperand},
      {"DELETE doc :ss", kOperand},
      {"SET a = :big + :big",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {"SET a = :huge + :tiny", "Attempting to store more than 38 significant digits in a Number"},
      {"SET doc.b = :deep", kNesting},
      {"SET doc.b.c[0] = :s", kPath},
      {"SET lst[9] = :deep", kNesting},
  };
  for (const Case& each : cases) {
    Arena arena;
    Placeholders placeholders;
    std::string values(kTestValues);
    values.insert(values.rfind('}'), ",\":deep\":" + Nested(32));
    ParsePlaceholders("", values, &arena, &placeholders);
    Update update;
    ASSERT_EQ(Describe(Update::Parse(each.text, &placeholders, &update)), "") << each.text;
    std::string out = "before";
    ItemView item;
    const std::string problem = Describe(update.Apply(arena.Item(kItem), ItemView(), &out, &item));
    EXPECT_EQ(problem, each.message) << each.text;
    EXPECT_EQ(out, "before") << each.text;
  }
}

std::string LegacyProblem(std::string_view updates, Arena* arena, Update* update) {
  return Describe(Update::FromAttributeUpdates(arena->Json(updates), arena->Scratch(), update));
}

TEST(AttributeUpdatesMessagesTest, Checks) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::string only_delete =
      invalid + "Only DELETE action is allowed when no attribute value is specified";
  Arena arena;
  Update update;
  EXPECT_EQ(LegacyProblem(R"({"a":{"Action":"PUT"}})", &arena, &update), only_delete);
  EXPECT_EQ(LegacyProblem(R"({"a":{}})", &arena, &update), only_delete);
  EXPECT_EQ(LegacyProblem(R"({"a":{"Action":"ADD"}})", &arena, &update), only_delete);
  const std::vector<std::pair<std::string, std::string>> values = {{R"({"S":"a"})", "S"},
                                                                   {R"({"B":"YQ=="})", "B"},
                                                                   {R"({"BOOL":true})", "BOOL"},
                                                                   {R"({"NULL":true})", "NULL"},
                                                                   {R"({"M":{}})", "M"}};
  for (const auto& [value, type] : values) {
    EXPECT_EQ(LegacyProblem(R"({"a":{"Action":"ADD","Value":)" + value + "}}", &arena, &update),
              invalid + "ADD action is not supported for the type " + type);
    EXPECT_EQ(LegacyProblem(R"({"a":{"Action":"DELETE","Value":)" + value + "}}", &arena, &update),
              invalid + "DELETE action with value is not supported for the type " + type);
  }
  EXPECT_EQ(LegacyProblem(R"({"a":{"Value":{"SS":[]}}})", &arena, &update),
            "ENVELOPED " + invalid + "An string set  may not be empty");
  EXPECT_FALSE(update.present());
}

TEST(AttributeUpdatesMessagesTest, TypeMismatch) {
  for (const std::string_view text : {R"({"txt":{"Action":"ADD","Value":{"N":"1"}}})",
                                      R"({"num":{"Action":"ADD","Value":{"SS":["a"]}}})",
                                      R"({"strings":{"Action":"ADD","Value":{"NS":["1"]}}})",
                                      R"({"doc":{"Action":"ADD","Value":{"L":[]}}})",
                                      R"({"numbers":{"Action":"DELETE","Value":{"SS":["a"]}}})"}) {
    Arena arena;
    Update update;
    ASSERT_EQ(LegacyProblem(text, &arena, &update), "") << text;
    std::string out;
    ItemView item;
    EXPECT_EQ(Describe(update.Apply(arena.Item(kItem), ItemView(), &out, &item)),
              "Type mismatch for attribute to update")
        << text;
  }
}

}  // namespace
}  // namespace millrace::api::expr
