// The parser: what it accepts and refuses, how values come out, and that its memory is bounded.
#include "storage/base/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "storage/base/json_size.h"

namespace millrace::json {
namespace {

bool Parses(std::string text) {
  Document document;
  const Status status = document.Parse(text);
  EXPECT_EQ(status.ok(), document.root().present());
  if (!status.ok()) {
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  }
  return status.ok();
}

// Parses a text that holds one string and returns that string.
std::string ParseString(std::string text) {
  Document document;
  EXPECT_TRUE(document.Parse(text).ok()) << text;
  return document.root().present() ? std::string(document.root().AsString()) : "(none)";
}

int64_t ParseInt(std::string text) {
  Document document;
  EXPECT_TRUE(document.Parse(text).ok()) << text;
  return document.root().present() ? document.root().AsInt64() : -99;
}

TEST(JsonTest, ReadsEveryType) {
  std::string text =
      R"( {"s":"text","n":-12.50,"t":true,"f":false,"z":null,"a":[1,[2],{}],"o":{}} )";
  Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  const Value root = document.root();
  ASSERT_TRUE(root.IsObject());
  EXPECT_EQ(root.size(), 7u);
  EXPECT_EQ(root.Find("s").AsString(), "text");
  EXPECT_EQ(root.Find("n").NumberText(), "-12.50");
  EXPECT_TRUE(root.Find("t").IsBool() && root.Find("t").AsBool());
  EXPECT_TRUE(root.Find("f").IsBool() && !root.Find("f").AsBool());
  EXPECT_FALSE(root.Find("z").present());
  EXPECT_TRUE(root.FindRaw("z").IsNull());
  EXPECT_FALSE(root.FindRaw("missing").present());
  EXPECT_TRUE(root.Find("o").IsObject());
  EXPECT_EQ(root.Find("o").size(), 0u);
  std::vector<Type> types;
  for (const Value element : root.Find("a").elements()) {
    types.push_back(element.type());
  }
  EXPECT_EQ(types, (std::vector<Type>{Type::kNumber, Type::kArray, Type::kObject}));
}

TEST(JsonTest, MembersComeInDocumentOrderAndTheLastDuplicateWins) {
  std::string text = R"({"a":{"x":[1,2]},"b":1,"a":"last","c":1,"c":null})";
  Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  std::string names;
  for (const Member member : document.root().members()) {
    names += member.name;
  }
  EXPECT_EQ(names, "abacc");
  EXPECT_EQ(document.root().Find("a").AsString(), "last");
  EXPECT_FALSE(document.root().Find("c").present());
}

TEST(JsonTest, UnescapesStrings) {
  EXPECT_EQ(ParseString(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(ParseString(R"("\u0041\u00e9\u20AC\uD83D\uDE00")"),
            "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(ParseString(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(ParseString("\"\xF0\x9F\x98\x80\""), "\xF0\x9F\x98\x80");
  // Text behind an escape is moved down in blocks; every alignment must come out right.
  for (size_t size = 0; size < 70; ++size) {
    const std::string tail(size, 'x');
    EXPECT_EQ(ParseString("\"\\n" + tail + "\\t" + tail + "\""), "\n" + tail + "\t" + tail);
  }
}

TEST(JsonTest, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",        " ",          "{",        "}",         "[",           "]",           "[1",
        "[1,]",    "[,1]",       "{\"a\"}",  "{\"a\":}",  "{\"a\":1,}",  "{a:1}",       "{'a':1}",
        "nul",     "nulll",      "tru",      "True",      "1 2",         "{} {}",       "[] x",
        "\"a",     "\"\\\"",     "\"\\x\"",  "\"\\u12\"", "\"\\u12g4\"", "\"\\u-123\"", "// c\n1",
        "[1]/**/", "\t\"a\tb\"", "\"a\nb\"", "{1:2}",     "[1 2]",       "{\"a\" 1}",   ":",
        ",",       "\x7F"}) {
    EXPECT_FALSE(Parses(text)) << text;
  }
}

TEST(JsonTest, RefusesMalformedNumbers) {
  for (const char* text : {"01", "-01", "00", "1.", ".5", "-", "+1", "1e", "1e+", "0x10", "1.e3",
                           "NaN", "Infinity", "-Infinity", "Inf", "1_000", "--1", "1e5.5"}) {
    EXPECT_FALSE(Parses(text)) << text;
    EXPECT_FALSE(Parses("[" + std::string(text) + "]")) << text;
  }
}

TEST(JsonTest, RefusesNulAndControlCharactersEverywhere) {
  EXPECT_FALSE(Parses(std::string("1\0", 2)));
  EXPECT_FALSE(Parses(std::string("\"a\0b\"", 5)));
  EXPECT_FALSE(Parses(std::string("[1,2]\0 trailing text of some length", 35)));
  for (int c = 0; c < 0x20; ++c) {
    for (size_t before = 0; before < 40; ++before) {
      const std::string text =
          "\"" + std::string(before, 'x') + static_cast<char>(c) + std::string(20, 'y') + "\"";
      EXPECT_FALSE(Parses(text)) << c << " after " << before;
    }
  }
}

TEST(JsonTest, RefusesByteOrderMark) { EXPECT_FALSE(Parses("\xEF\xBB\xBF{}")); }

TEST(JsonTest, RefusesMalformedUtf8) {
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    for (size_t before = 0; before < 20; ++before) {
      EXPECT_FALSE(Parses("\"" + std::string(before, 'x') + bad + "\"")) << before;
      EXPECT_FALSE(Parses("{\"" + std::string(before, 'x') + bad + "\":1}")) << before;
    }
  }
}

TEST(JsonTest, RefusesLoneSurrogateEscapes) {
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\udfffx")", R"("\ud800\ud800")",
                           R"("\ud800x\udc00")", R"("\ud800\n\udc00")", R"("\ud83d\ude00\ude00")",
                           R"(["\\","\udc00"])", R"({"\udc00":1})", R"("\\\udc00")"}) {
    EXPECT_FALSE(Parses(text)) << text;
  }
  // An escaped backslash before the letters is no escape of a surrogate.
  EXPECT_EQ(ParseString(R"("\\udc00")"), R"(\udc00)");
  EXPECT_EQ(ParseString(R"("\\\\udc00\\ud800")"), R"(\\udc00\ud800)");
}

TEST(JsonTest, DepthIsBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Parses(nested(Document::kDepthMax)));
  EXPECT_FALSE(Parses(nested(Document::kDepthMax + 1)));
  EXPECT_FALSE(Parses(nested(10000)));
  EXPECT_FALSE(Parses(std::string(16 << 20, '[')));
  std::string objects;
  for (int i = 0; i < 10000; ++i) {
    objects += "{\"a\":";
  }
  EXPECT_FALSE(Parses(objects));
}

TEST(JsonTest, ReadsIntegers) {
  EXPECT_EQ(ParseInt("0"), 0);
  EXPECT_EQ(ParseInt("-0"), 0);
  EXPECT_EQ(ParseInt("-17"), -17);
  EXPECT_EQ(ParseInt("1.9"), 1);
  EXPECT_EQ(ParseInt("-1.0"), -1);
  EXPECT_EQ(ParseInt("-1.1"), -2);
  EXPECT_EQ(ParseInt("-0.5"), -1);
  EXPECT_EQ(ParseInt("0.999"), 0);
  EXPECT_EQ(ParseInt("1e3"), 1000);
  EXPECT_EQ(ParseInt("12.345E+2"), 1234);
  EXPECT_EQ(ParseInt("-12345e-2"), -124);
  EXPECT_EQ(ParseInt("5e-300"), 0);
  EXPECT_EQ(ParseInt("-5e-99999999999999999999"), -1);
  EXPECT_EQ(ParseInt("0e5"), 0);
  EXPECT_EQ(ParseInt("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseInt("9223372036854775808"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseInt("9223372036854775807.9"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseInt("922337203685477580e1"), 9223372036854775800);
  EXPECT_EQ(ParseInt("1e300"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseInt("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ParseInt("-9223372036854775807.5"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ParseInt("-99999999999999999999"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ParseInt("-1e300"), std::numeric_limits<int64_t>::min());
}

TEST(JsonTest, KnowsFractionalNumbers) {
  std::string text = "[1,-1,1.0,1e1,1E1]";
  Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  std::vector<bool> fractional;
  for (const Value element : document.root().elements()) {
    fractional.push_back(element.IsFractional());
  }
  EXPECT_EQ(fractional, (std::vector<bool>{false, false, true, true, true}));
}

// The number of nodes that a text becomes.
size_t CountNodes(std::string text) {
  Document document;
  EXPECT_TRUE(document.Parse(text).ok()) << text;
  return document.root().node()->span;
}

TEST(JsonTest, MemoryOfTheParsedFormIsKnownBefore) {
  const auto max_nodes = [](std::string_view text) { return ParsedSizeMax(text) / sizeof(Node); };
  // Exact for what takes the most memory for its size.
  for (const std::string text : {"1", "[1]", "[1,2]", "{\"a\":1}", "{\"a\":[1,{\"b\":[2]}]}"}) {
    EXPECT_EQ(max_nodes(text), CountNodes(text)) << text;
  }
  EXPECT_GE(max_nodes("[]"), CountNodes("[]"));
  EXPECT_GE(max_nodes("[\"a,b:c[d{e\"]"), 2u);
  // Blocks of the vector code, and what is left of them.
  for (size_t count = 1; count < 60; ++count) {
    std::string text = "[1";
    for (size_t i = 1; i < count; ++i) {
      text += ",1";
    }
    text += "]";
    EXPECT_EQ(max_nodes(text), count + 1);
    EXPECT_EQ(CountNodes(text), count + 1);
  }
  std::string large = "[1";
  for (int i = 1; i < 100'000; ++i) {
    large += ",1";
  }
  large += "]";
  EXPECT_EQ(max_nodes(large), 100'001u);
  EXPECT_EQ(CountNodes(large), 100'001u);
}

TEST(JsonTest, DocumentIsReusable) {
  Document document;
  EXPECT_FALSE(document.root().present());
  std::string first = "[1,2,3,4,5,6,7,8]";
  ASSERT_TRUE(document.Parse(first).ok());
  std::string bad = "[1,";
  EXPECT_FALSE(document.Parse(bad).ok());
  EXPECT_FALSE(document.root().present());
  document.ShrinkTo(0);
  EXPECT_FALSE(document.root().present());
  std::string second = "\"again\"";
  ASSERT_TRUE(document.Parse(second).ok());
  EXPECT_EQ(document.root().AsString(), "again");
}

}  // namespace
}  // namespace millrace::json
