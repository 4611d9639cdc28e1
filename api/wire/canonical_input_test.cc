// Canonical texts: what means the same has one text, what does not has another; and the text of
// requests in error messages.
#include "api/wire/canonical_input.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "api/wire/input_text.h"
#include "api/wire/parsed_json.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 4> kMembers = {{
    {"Item", &kAttributeMapShape},
    {"Name", &kStringShape},
    {"Names", &kStringMapShape},
    {"Flag", &kBooleanShape},
}};
constexpr Shape kShape = {ShapeKind::kStructure, "Thing", nullptr, kMembers};
constexpr Shape kListShape = {ShapeKind::kList, {}, &kShape, {}};

std::string Canonical(const char* text) {
  const ParsedJson parsed(text);
  std::string out;
  AppendCanonicalInput(kListShape, parsed.root(), &out);
  return out;
}

TEST(CanonicalInputTest, WhatMeansTheSameHasOneText) {
  const std::array<std::array<const char*, 2>, 9> pairs = {{
      {R"([{"Name":"a","Flag":true}])", R"([ {"Flag":true, "Name":"a"} ])"},
      {R"([{"Name":"a"}])", R"([{"Name":"a","Other":1}])"},
      {R"([{"Name":"a"}])", R"([{"Name":"a","Flag":null}])"},
      {R"([{"Name":"a"}])", R"([{"Name":"b","Name":"a"}])"},
      {R"([{"Names":{"x":"1","y":"2"}}])", R"([{"Names":{"y":"2","x":"1"}}])"},
      {R"([{"Names":{"x":"1"}}])", R"([{"Names":{"x":"2","x":"1"}}])"},
      {R"([{"Item":{"a":{"N":"10"},"b":{"S":"x"}}}])",
       R"([{"Item":{"b":{"S":"\u0078"},"a":{"N":"1e1"}}}])"},
      {R"([{"Item":{"a":{"NS":["1","2"]}}}])", R"([{"Item":{"a":{"NS":["2.0","1"]}}}])"},
      {R"([{"Item":{"a":{"M":{"x":{"L":[{"BOOL":true}]},"y":{"NULL":true}}}}}])",
       R"([{"Item":{"a":{"M":{"y":{"NULL":true},"x":{"L":[{"BOOL":true}]}}}}}])"},
  }};
  for (const auto& [one, other] : pairs) {
    EXPECT_EQ(Canonical(one), Canonical(other)) << one;
  }
}

TEST(CanonicalInputTest, WhatDiffersHasAnotherText) {
  const std::array<const char*, 18> texts = {
      R"([])",
      R"([{}])",
      R"([{},{}])",
      R"([{"Name":""}])",
      R"([{"Name":"a"}])",
      R"([{"Name":"ab"}])",
      R"([{"Flag":true}])",
      R"([{"Flag":false}])",
      R"([{"Names":{}}])",
      R"([{"Names":{"a":""}}])",
      R"([{"Names":{"":"a"}}])",
      R"([{"Item":{"a":{"S":"1"}}}])",
      R"([{"Item":{"a":{"N":"1"}}}])",
      R"([{"Item":{"a":{"B":"MQ=="}}}])",
      R"([{"Item":{"a":{"SS":["1"]}}}])",
      R"([{"Item":{"a":{"L":[{"S":"1"},{"S":"2"}]}}}])",
      R"([{"Item":{"a":{"L":[{"S":"2"},{"S":"1"}]}}}])",
      R"([{"Item":{"a":{"L":[{"L":[{"S":"1"}]},{"S":"2"}]}}}])",
  };
  for (size_t one = 0; one < texts.size(); ++one) {
    for (size_t other = one + 1; other < texts.size(); ++other) {
      EXPECT_NE(Canonical(texts[one]), Canonical(texts[other])) << texts[one] << texts[other];
    }
  }
}

TEST(InputTextTest, ShowsWhatJavaShows) {
  const ParsedJson parsed(
      R"([{"Name":"a","Item":{"k":{"N":"1"},"l":{"L":[{"S":"x"},{"BOOL":true}]}}},null])");
  std::string text;
  AppendInputText(kListShape, parsed.root(), &text);
  const std::string none = "n=null, b=null, sS=null, nS=null, bS=null, m=null, l=null, nULL=null";
  EXPECT_EQ(text,
            "[Thing(item={k=AttributeValue(s=null, n=1, b=null, sS=null, nS=null, bS=null, m=null, "
            "l=null, nULL=null, bOOL=null), l=AttributeValue(s=null, n=null, b=null, sS=null, "
            "nS=null, bS=null, m=null, l=[AttributeValue(s=x, " +
                none + ", bOOL=null), AttributeValue(s=null, " + none +
                ", bOOL=true)], nULL=null, bOOL=null)}, name=a, names=null, flag=null), null]");
}

}  // namespace
}  // namespace millrace::api
