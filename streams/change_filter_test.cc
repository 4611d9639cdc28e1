// Matching a record where it lies must give the same answer as matching the event that it is
// written as, for any pattern.
#include "streams/change_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/base/random.h"
#include "storage/codec/value_writer.h"
#include "storage/model/attribute_value.h"

namespace millrace::streams {
namespace {

constexpr std::string_view kArn =
    "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-11-20T21:00:00.000";

class ChangeFilterTest : public testing::Test {
 protected:
  ChangeFilterTest() {
    stream_.key_schema.partition = {{"pk", AttributeType::kString}};
    stream_.view_type = StreamViewType::kNewAndOldImages;
  }

  ChangeJson Json() const {
    ChangeJsonOptions options;
    options.form = ChangeForm::kEvent;
    options.stream = &stream_;
    options.region = "us-east-1";
    options.database_uuid = "6d9c1f0e-0000-4000-8000-000000000001";
    options.stream_arn = kArn;
    return ChangeJson(options);
  }

  size_t Pick(size_t count) { return random_.Next64() % count; }

  AttributeValue RandomAttribute(int depth) {
    AttributeValue value;
    const std::vector<std::string> texts = {"x", "paid", "ORDER#1", ""};
    switch (Pick(depth > 2 ? 8 : 10)) {
      case 0:
        return AttributeValue::String(texts[Pick(texts.size())]);
      case 1:
        return AttributeValue::NumberValue(Number::FromInt64(static_cast<int64_t>(Pick(40))));
      case 2:
        value.type = AttributeType::kBinary;
        value.bytes = texts[Pick(texts.size())];
        return value;
      case 3:
        return AttributeValue::Bool(Pick(2) == 0);
      case 4:
        return AttributeValue::Null();
      case 5:
        value.type = AttributeType::kStringSet;
        value.byte_set = {"x", "paid"};
        return value;
      case 6:
        value.type = AttributeType::kNumberSet;
        value.number_set = {Number::FromInt64(30), Number::FromInt64(-2)};
        return value;
      case 7:
        value.type = AttributeType::kBinarySet;
        value.byte_set = {"x"};
        return value;
      case 8:
        value.type = AttributeType::kList;
        for (size_t count = Pick(3); count > 0; --count) {
          value.list.push_back(RandomAttribute(depth + 1));
        }
        return value;
      default:
        value.type = AttributeType::kMap;
        for (const char* name : {"a", "b"}) {
          if (Pick(3) > 0) {
            value.map.emplace_back(name, RandomAttribute(depth + 1));
          }
        }
        return value;
    }
  }

  std::string RandomItem() {
    std::string bytes;
    ItemBuilder builder(&bytes);
    builder.Attribute("pk").String("ORDER#1");
    for (const char* name : {"a", "b", "status"}) {
      if (Pick(4) > 0) {
        builder.Attribute(name).Tree(RandomAttribute(1));
      }
    }
    builder.Finish();
    return bytes;
  }

  std::string RandomLeaf() {
    static const std::vector<std::string> leaves = {R"("x")",
                                                    R"("paid")",
                                                    R"("30")",
                                                    "true",
                                                    "false",
                                                    "null",
                                                    R"({"prefix":"ORDER#"})",
                                                    R"({"anything-but":["paid"]})",
                                                    R"({"anything-but":{"prefix":"p"}})",
                                                    R"({"exists":true})",
                                                    R"({"exists":false})",
                                                    R"({"numeric":[">",3,"<=",35]})",
                                                    R"({"wildcard":"*a*"})",
                                                    R"({"suffix":"=="})",
                                                    R"({"equals-ignore-case":"PAID"})"};
    std::string list = "[" + leaves[Pick(leaves.size())];
    if (Pick(3) == 0) {
      list += "," + leaves[Pick(leaves.size())];
    }
    return list + "]";
  }

  // A pattern of what lies under an attribute's name.
  std::string RandomAttributePattern(int depth) {
    static const std::vector<std::string> types = {"S",  "N",  "B",  "BOOL", "NULL",
                                                   "SS", "NS", "BS", "L",    "M"};
    if (Pick(8) == 0) {
      return RandomLeaf();
    }
    const std::string& type = types[Pick(types.size())];
    if ((type == "L" || type == "M") && depth < 3) {
      const std::string inner = RandomAttributePattern(depth + 1);
      return type == "L" && Pick(2) == 0 ? R"({"L":)" + inner + "}"
                                         : "{\"" + type + R"(":{"a":)" + inner + "}}";
    }
    return "{\"" + type + "\":" + RandomLeaf() + "}";
  }

  std::string RandomPattern() {
    static const std::vector<std::string> names = {"a", "b", "status", "pk", "absent"};
    static const std::vector<std::string> images = {"Keys", "NewImage", "OldImage"};
    std::string text = R"({"dynamodb":{")" + images[Pick(images.size())] + R"(":{")" +
                       names[Pick(names.size())] + R"(":)" + RandomAttributePattern(0) + "}}";
    if (Pick(3) == 0) {
      text += R"(,"eventName":["INSERT",{"prefix":"M"}])";
    }
    if (Pick(6) == 0) {
      text += R"(,"userIdentity":{"type":[{"exists":)" +
              std::string(Pick(2) == 0 ? "true" : "false") + "}]}";
    }
    return text + "}";
  }

  // Both ways must agree; returns the answer.
  bool Check(const std::string& pattern_text, const tables::LoggedChange& change,
             bool numeric_attributes = false) {
    const PatternOptions options{numeric_attributes};
    const std::vector<std::string> texts = {pattern_text};
    const Result<ChangeFilter> filter = ChangeFilter::Compile(texts, options);
    EXPECT_TRUE(filter.ok()) << filter.status().ToString() << pattern_text;
    const Result<Pattern> pattern = Pattern::Compile(pattern_text, options);
    const ChangeJson json = Json();
    std::string event;
    json.Append(change, &event);
    std::string copy = event;
    json::Document document;
    EXPECT_TRUE(document.Parse({copy.data(), copy.size()}).ok());
    const bool direct = filter.value().Matches(change, json);
    EXPECT_EQ(direct, pattern.value().Matches(document.root())) << pattern_text << "\n" << event;
    return direct;
  }

  SeededRandom random_{20261121};
  StreamDescriptor stream_;
};

TEST_F(ChangeFilterTest, AgreesWithTheEvent) {
  int matches = 0;
  constexpr int kRounds = 20000;
  for (int round = 0; round < kRounds; ++round) {
    const std::string old_item = RandomItem();
    const std::string new_item = RandomItem();
    tables::LoggedChange change;
    change.sequence = random_.Next64() % 1000;
    change.record.time_ms = 1'763'674'446'999;
    const size_t kind = Pick(4);
    change.record.type = kind == 0   ? ChangeType::kInsert
                         : kind == 1 ? ChangeType::kModify
                                     : ChangeType::kRemove;
    change.record.by_time_to_live = kind == 3;
    if (kind > 0) {
      change.record.old_image = ItemView::At(old_item);
    }
    if (kind < 2) {
      change.record.new_image = ItemView::At(new_item);
    }
    matches += Check(RandomPattern(), change, Pick(2) == 0) ? 1 : 0;
  }
  // Neither all nor nothing, or the test would say little.
  EXPECT_GT(matches, kRounds / 50);
  EXPECT_LT(matches, kRounds * 9 / 10);
}

TEST_F(ChangeFilterTest, EveryMemberOfTheEventIsThere) {
  std::string item;
  ItemBuilder builder(&item);
  builder.Attribute("pk").String("a");
  builder.Attribute("v").String("1");
  tables::LoggedChange change;
  change.sequence = 42;
  change.record.type = ChangeType::kRemove;
  change.record.by_time_to_live = true;
  change.record.time_ms = 1'763'674'446'999;
  change.record.old_image = builder.Finish();
  std::string id;
  Json().AppendEventId(42, &id);
  for (const std::string& pattern : {
           R"({"eventID":[")" + id + R"("]})",
           std::string(R"({"eventName":["REMOVE"],"eventVersion":["1.1"]})"),
           std::string(R"({"eventSource":["aws:dynamodb"],"awsRegion":["us-east-1"]})"),
           R"({"eventSourceARN":[")" + std::string(kArn) + R"("]})",
           std::string(R"({"userIdentity":{"type":["Service"]}})"),
           std::string(R"({"userIdentity":{"principalId":["dynamodb.amazonaws.com"]}})"),
           std::string(R"({"dynamodb":{"ApproximateCreationDateTime":[1763674446]}})"),
           std::string(R"({"dynamodb":{"Keys":{"pk":{"S":["a"]},"v":{"S":[{"exists":false}]}}}})"),
           std::string(R"({"dynamodb":{"OldImage":{"v":{"S":["1"]}}}})"),
           std::string(R"({"dynamodb":{"NewImage":{"v":{"S":[{"exists":false}]}}}})"),
           std::string(R"({"dynamodb":{"SequenceNumber":["100000000000000000042"]}})"),
           std::string(R"({"dynamodb":{"SizeBytes":[{"numeric":[">",3]}]}})"),
           std::string(R"({"dynamodb":{"StreamViewType":["NEW_AND_OLD_IMAGES"]}})"),
       }) {
    EXPECT_TRUE(Check(pattern, change)) << pattern;
  }
}

TEST_F(ChangeFilterTest, AnyOfSeveralPatternsIsEnough) {
  tables::LoggedChange change;
  change.record.type = ChangeType::kInsert;
  std::string item;
  ItemBuilder builder(&item);
  builder.Attribute("pk").String("a");
  change.record.new_image = builder.Finish();
  const std::vector<std::string> none;
  const std::vector<std::string> two = {R"({"eventName":["REMOVE"]})",
                                        R"({"eventName":["INSERT"]})"};
  const std::vector<std::string> wrong = {R"({"eventName":["REMOVE"]})"};
  const std::vector<std::string> bad = {R"({"eventName":["INSERT"]})", "{}"};
  EXPECT_TRUE(ChangeFilter::Compile(none).value().Matches(change, Json()));
  EXPECT_TRUE(ChangeFilter::Compile(two).value().Matches(change, Json()));
  EXPECT_FALSE(ChangeFilter::Compile(wrong).value().Matches(change, Json()));
  EXPECT_FALSE(ChangeFilter::Compile(bad).ok());
}

}  // namespace
}  // namespace millrace::streams
