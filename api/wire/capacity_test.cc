// Rounding of units and the forms of ConsumedCapacity.
#include "api/wire/capacity.h"

#include <gtest/gtest.h>

#include <string>

#include "api/wire/parsed_json.h"

namespace millrace::api {
namespace {

TEST(CapacityTest, Units) {
  EXPECT_EQ(ReadUnits(0, true), 1.0);
  EXPECT_EQ(ReadUnits(0, false), 0.5);
  EXPECT_EQ(ReadUnits(4096, true), 1.0);
  EXPECT_EQ(ReadUnits(4097, true), 2.0);
  EXPECT_EQ(ReadUnits(8193, false), 1.5);
  EXPECT_EQ(WriteUnits(0), 1.0);
  EXPECT_EQ(WriteUnits(1024), 1.0);
  EXPECT_EQ(WriteUnits(1025), 2.0);
}

TEST(CapacityTest, Modes) {
  const ParsedJson parsed(R"({"a":"NONE","b":"TOTAL","c":"INDEXES"})");
  EXPECT_EQ(ParseCapacityMode(json::Value()), CapacityMode::kNone);
  EXPECT_EQ(ParseCapacityMode(parsed.root().Find("a")), CapacityMode::kNone);
  EXPECT_EQ(ParseCapacityMode(parsed.root().Find("b")), CapacityMode::kTotal);
  EXPECT_EQ(ParseCapacityMode(parsed.root().Find("c")), CapacityMode::kIndexes);
}

TEST(CapacityTest, Member) {
  const auto write = [](CapacityMode mode) {
    std::string out;
    json::Writer writer(&out);
    writer.BeginObject();
    WriteConsumedCapacity(mode, "t", 1.5, &writer);
    writer.EndObject();
    return out;
  };
  EXPECT_EQ(write(CapacityMode::kNone), "{}");
  EXPECT_EQ(write(CapacityMode::kTotal),
            R"({"ConsumedCapacity":{"TableName":"t","CapacityUnits":1.5}})");
  EXPECT_EQ(write(CapacityMode::kIndexes),
            R"({"ConsumedCapacity":{"TableName":"t","CapacityUnits":1.5,)"
            R"("Table":{"CapacityUnits":1.5}}})");
}

TEST(CapacityTest, ArmsOfIndexes) {
  const ConsumedUnits units = {1.5, {{"l", true, 2}, {"g", false, 0.5}, {"h", false, 1}}};
  const auto write = [&](CapacityMode mode, CapacityDirection direction) {
    std::string out;
    json::Writer writer(&out);
    WriteCapacityObject(mode, "t", units, direction, &writer);
    return out;
  };
  EXPECT_EQ(units.total(), 5);
  EXPECT_EQ(write(CapacityMode::kTotal, CapacityDirection::kUnsaid),
            R"({"TableName":"t","CapacityUnits":5.0})");
  EXPECT_EQ(write(CapacityMode::kIndexes, CapacityDirection::kUnsaid),
            R"({"TableName":"t","CapacityUnits":5.0,"Table":{"CapacityUnits":1.5},)"
            R"("LocalSecondaryIndexes":{"l":{"CapacityUnits":2.0}},)"
            R"("GlobalSecondaryIndexes":{"g":{"CapacityUnits":0.5},"h":{"CapacityUnits":1.0}}})");
  EXPECT_EQ(write(CapacityMode::kTotal, CapacityDirection::kWrite),
            R"({"TableName":"t","CapacityUnits":5.0,"WriteCapacityUnits":5.0})");
}

}  // namespace
}  // namespace millrace::api
