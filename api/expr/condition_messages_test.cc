// What conditions, filters and key conditions refuse beyond syntax, and which of several problems
// is reported first.
#include <gtest/gtest.h>

#include "api/expr/condition.h"
#include "api/expr/key_condition.h"
#include "api/expr/test_support.h"

namespace millrace::api::expr {
namespace {

std::string Unknown(std::string name) { return "Invalid function name; function: " + name; }
std::string Misused(std::string name) {
  return "The function is not allowed to be used this way in an expression; function: " + name;
}
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
std::string Operands(std::string name, int count) {
  return "Incorrect number of operands for operator or function; operator or function: " + name +
         ", number of operands: " + std::to_string(count);
}
std::string NeedsPath(std::string name) {
  return "Operator or function requires a document path; operator or function: " + name;
}
std::string WrongType(std::string name, std::string type) {
  return "Incorrect operand type for operator or function; operator or function: " + name +
         ", operand type: " + type;
}
std::string Same(std::string name, std::string path) {
  return "The first operand must be distinct from the remaining operands for this operator or "
         "function; operator: " +
         name + ", first operand: [" + path + "]";
}
std::string Bounds(std::string rule, std::string lower, std::string upper) {
  return "The BETWEEN operator requires " + rule + "; lower bound operand: AttributeValue: {" +
         lower + "}, upper bound operand: AttributeValue: {" + upper + "}";
}
std::string Reversed(std::string lower, std::string upper) {
  return Bounds("upper bound to be greater than or equal to lower bound", lower, upper);
}
std::string TwoTypes(std::string lower, std::string upper) {
  return Bounds("same data type for lower and upper bounds", lower, upper);
}
const std::string kRedundant = "The expression has redundant parentheses;";

std::string ConditionProblem(std::string_view kind, std::string_view text) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders(R"({"#alias":"a","#deep":"b.c"})", kTestValues, &arena, &placeholders);
  Condition condition;
  const std::string problem = Describe(Condition::Parse(kind, text, &placeholders, &condition));
  EXPECT_EQ(condition.present(), problem.empty()) << text;
  return problem;
}

struct Case {
  std::string text;
  std::string detail;
};

const std::vector<Case> kCatalogue = {
    {"name = :s", Reserved("name")},
    {"a.Status = :s", Reserved("Status")},
    {"SIZE = :s", Reserved("SIZE")},
    {"attribute_exists(ttl)", Reserved("ttl")},
    {"a = date", Reserved("date")},
    {"#a = :s", NoName("#a")},
    {"a.#b[0] = :s", NoName("#b")},
    {"a = :nope", NoValue(":nope")},
    {"attribute_exists(#a)", NoName("#a")},
    {"begins_with(a, :nope)", NoValue(":nope")},
    {"foo(a)", Unknown("foo")},
    {"Size(a) > :n", Unknown("Size")},
    {"ATTRIBUTE_EXISTS(a)", Unknown("ATTRIBUTE_EXISTS")},
    {"if_not_exists(a, :s) = :s", Unknown("if_not_exists")},
    {"list_append(a, :l) = :l", Unknown("list_append")},
    {"size(a)", Misused("size")},
    {"NOT size(a)", Misused("size")},
    {"(size(a))", Misused("size")},
    {"attribute_exists(a) = :true", Misused("attribute_exists")},
    {"(attribute_exists(a)) = :true", Misused("attribute_exists")},
    {":true = contains(a, :s)", Misused("contains")},
    {"size(attribute_exists(a)) > :n", Misused("attribute_exists")},
    {"attribute_exists(a, b)", Operands("attribute_exists", 2)},
    {"attribute_not_exists(a, b)", Operands("attribute_not_exists", 2)},
    {"attribute_type(a)", Operands("attribute_type", 1)},
    {"attribute_type(a, :s, :s)", Operands("attribute_type", 3)},
    {"begins_with(a)", Operands("begins_with", 1)},
    {"contains(a)", Operands("contains", 1)},
    {"contains(a, b, c)", Operands("contains", 3)},
    {"size(a, b) > :n", Operands("size", 2)},
    {"attribute_exists(:s)", NeedsPath("attribute_exists")},
    {"attribute_not_exists(:s)", NeedsPath("attribute_not_exists")},
    {"attribute_exists(size(a))", NeedsPath("attribute_exists")},
    {"attribute_type(:s, :s)", NeedsPath("attribute_type")},
    {"begins_with(a, :n)", WrongType("begins_with", "N")},
    {"begins_with(:n, a)", WrongType("begins_with", "N")},
    {"begins_with(a, :true)", WrongType("begins_with", "BOOL")},
    {"begins_with(a, :ss)", WrongType("begins_with", "SS")},
    {"size(:n) > :n", WrongType("size", "N")},
    {"size(:true) > :n", WrongType("size", "BOOL")},
    {"size(:null) > :n", WrongType("size", "NULL")},
    {"size(size(a)) > :n", WrongType("size", "N")},
    {"attribute_type(a, :n)", WrongType("attribute_type", "N")},
    {"attribute_type(a, b)", WrongType("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")},
    {"attribute_type(a, :x)",
     "Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
    {"a < :true", WrongType("<", "BOOL")},
    {"a <= :null", WrongType("<=", "NULL")},
    {"a > :ss", WrongType(">", "SS")},
    {"a >= :l", WrongType(">=", "L")},
    {":m < a", WrongType("<", "M")},
    {"a = a", Same("=", "a")},
    {"#alias <> a", Same("<>", "a")},
    {"a.b[0] < a.b[0]", Same("<", "a, b, [0]")},
    {"contains(a, a)", Same("contains", "a")},
    {"begins_with(a.b, a.b)", Same("begins_with", "a, b")},
    {"a IN (:s, a)", Same("IN", "a")},
    {"a BETWEEN :s AND a", Same("BETWEEN", "a")},
    {"a BETWEEN :z AND :s", Reversed("S:z", "S:a")},
    {"a BETWEEN :five AND :n", Reversed("N:5", "N:1")},
    {"a BETWEEN :b2 AND :b", Reversed("B:Yg==", "B:YQ==")},
    {"a BETWEEN :s AND :n", TwoTypes("S:a", "N:1")},
    {"a BETWEEN :n AND :s", TwoTypes("N:1", "S:a")},
    {"((a = :s))", kRedundant},
    {"((a)) = :s", kRedundant},
    {"a = ((:s))", kRedundant},
    {"NOT ((a = :s))", kRedundant},
    {"a = :s AND ((a = :n OR b = :s))", kRedundant},
};

TEST(ConditionMessagesTest, Catalogue) {
  for (const Case& each : kCatalogue) {
    EXPECT_EQ(ConditionProblem("ConditionExpression", each.text),
              "ENVELOPED Invalid ConditionExpression: " + each.detail)
        << each.text;
    EXPECT_EQ(ConditionProblem("FilterExpression", each.text),
              "ENVELOPED Invalid FilterExpression: " + each.detail)
        << each.text;
  }
}

TEST(ConditionMessagesTest, MostImportantProblemFirst) {
  const std::vector<Case> cases = {
      {std::string(4097, 'a') + " =",
       "Expression size has exceeded the maximum allowed size; expression size: 4099"},
      {"((a = :s)) AND", "Syntax error; token: \"<EOF>\", near: \"AND\""},
      {"foo(a) AND ((a = :s))", kRedundant},
      {"size(a) AND foo(a)", Unknown("foo")},
      {"name = :s AND foo(a)", Unknown("foo")},
      {"name = :s AND size(a)", Misused("size")},
      {"#a = :s AND name = :s", Reserved("name")},
      {"a = :nope AND attribute_exists(a, b)", NoValue(":nope")},
      {"attribute_exists(a, b) AND a = :nope", Operands("attribute_exists", 2)},
      {"attribute_exists(a, #b)", NoName("#b")},
      {"begins_with(:n)", Operands("begins_with", 1)},
      {"begins_with(a, a) AND a < :true", Same("begins_with", "a")},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(ConditionProblem("ConditionExpression", each.text),
              "ENVELOPED Invalid ConditionExpression: " + each.detail)
        << each.text;
  }
}

TEST(ConditionMessagesTest, EmptyIsNeverEnveloped) {
  EXPECT_EQ(ConditionProblem("ConditionExpression", ""),
            "Invalid ConditionExpression: The expression can not be empty;");
}

TEST(ConditionMessagesTest, Accepts) {
  for (const std::string_view text :
       {"a = :s", "size(a) = size(a)", ":s = :s", "contains(:l, a)", "size(:ss) > :n",
        "a = :true OR b <> :m", "a IN (:true, :m, b)", "attribute_type(a, :type)",
        "begins_with(:s, a)", "a.b BETWEEN c AND :s", "contains(size(a), :n)"}) {
    EXPECT_EQ(ConditionProblem("ConditionExpression", text), "") << text;
  }
}

std::string KeyProblem(std::string_view text) {
  Arena arena;
  Placeholders placeholders;
  ParsePlaceholders("", kTestValues, &arena, &placeholders);
  KeyCondition condition;
  return Describe(KeyCondition::Parse(text, &placeholders, &condition));
}

TEST(KeyConditionMessagesTest, Restrictions) {
  const auto invalid_operator = [](std::string name) {
    return "Invalid operator used in KeyConditionExpression: " + name;
  };
  const std::string condition = "Invalid condition in KeyConditionExpression: ";
  const std::string first = " operator must have the key attribute as its first operand";
  const std::string nested =
      "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested "
      "attributes";
  const std::string once = "KeyConditionExpressions must only contain one condition per key";
  const std::string detail = "ENVELOPED Invalid KeyConditionExpression: ";
  const std::vector<Case> cases = {
      {"pk = :s OR sk = :s", invalid_operator("OR")},
      {"NOT pk = :s", invalid_operator("NOT")},
      {"pk = :s AND NOT sk = :s", invalid_operator("NOT")},
      {"pk IN (:s, :z)", invalid_operator("IN")},
      {"pk = :s AND sk <> :s", invalid_operator("<>")},
      {"pk = :s AND attribute_exists(sk)", invalid_operator("attribute_exists")},
      {"pk = :s AND attribute_not_exists(sk)", invalid_operator("attribute_not_exists")},
      {"pk = :s AND attribute_type(sk, :s)", invalid_operator("attribute_type")},
      {"pk = :s AND contains(sk, :s)", invalid_operator("contains")},
      {"pk = :s AND size(sk) > :n", "KeyConditionExpressions cannot contain nested operations"},
      {"pk = :s AND :s BETWEEN sk AND :z", condition + "BETWEEN" + first},
      {"pk = :s AND begins_with(:s, sk)", condition + "begins_with" + first},
      {"pk = sk", condition + "Multiple attribute names used in one condition"},
      {"pk = :s AND sk > a", condition + "Multiple attribute names used in one condition"},
      {"pk = :s AND sk.a = :s", nested},
      {"pk[0] = :s", nested},
      {"pk = :s AND :s = :z", condition + "No key attribute specified"},
      {"pk = :s AND pk = :z", once},
      {"pk = :s AND sk > :s AND sk < :z", once},
      {"", "Invalid KeyConditionExpression: The expression can not be empty;"},
      {"pk", detail + "Syntax error; token: \"<EOF>\", near: \"pk\""},
      {"pk = :s AND begins_with(sk, :n)", detail + WrongType("begins_with", "N")},
      {"pk = :s AND sk BETWEEN :z AND :s", detail + Reversed("S:z", "S:a")},
      {"pk = :s AND sk BETWEEN :s AND :n", detail + TwoTypes("S:a", "N:1")},
      {"hash = :s", detail + Reserved("hash")},
      {"#p = :s", detail + NoName("#p")},
      {"pk = :nope", detail + NoValue(":nope")},
      {"pk = :s AND foo(sk)", detail + Unknown("foo")},
      {"((pk = :s))", detail + kRedundant},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(KeyProblem(each.text), each.detail) << each.text;
  }
}

}  // namespace
}  // namespace millrace::api::expr
