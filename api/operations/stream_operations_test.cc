// The operations of the streams API on a real store: what is read from where, how shards and
// streams end, what is refused in which words, and that no record is seen twice or missed while
// shards are rolled over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "api/operations/stream_test_support.h"
#include "streams/sequence_number.h"

namespace millrace::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kTrimmed =
    "TrimmedDataAccessException: The operation attempted to read past the oldest stream record in "
    "a shard.";
constexpr std::string_view kOneError = "ValidationException: 1 validation error detected: ";
constexpr int64_t kMinuteMs = 60'000;

std::string SequenceMember(std::string_view number) {
  return R"(,"SequenceNumber":")" + std::string(number) + "\"";
}

TEST_F(StreamTest, ReadsWhatWasWritten) {
  const std::string arn = CreateTable("Music");
  const std::string shard = ShardIdOf(0);
  Put("Music", "A", "1");
  Put("Music", "A", "1");  // changes nothing
  const std::string latest = Iterator(arn, shard, "LATEST");
  Put("Music", "A", "2");
  for (int time = 0; time < 2; ++time) {
    Run("DeleteItem", R"({"TableName":"Music","Key":{"a":{"S":"A"}}})");
  }
  const Page all = Read(Iterator(arn, shard, "TRIM_HORIZON"));
  EXPECT_THAT(all.records, ElementsAre("INSERT 1", "MODIFY 2", "REMOVE"));
  EXPECT_LT(all.sequence_numbers[0], all.sequence_numbers[1]);
  EXPECT_LT(all.sequence_numbers[1], all.sequence_numbers[2]);
  EXPECT_THAT(Read(latest).records, ElementsAre("MODIFY 2", "REMOVE"));
  EXPECT_THAT(
      Read(Iterator(arn, shard, "AT_SEQUENCE_NUMBER", SequenceMember(all.sequence_numbers[1])))
          .records,
      ElementsAre("MODIFY 2", "REMOVE"));
  EXPECT_THAT(
      Read(Iterator(arn, shard, "AFTER_SEQUENCE_NUMBER", SequenceMember(all.sequence_numbers[1])))
          .records,
      ElementsAre("REMOVE"));
  // The open shard always goes on.
  const Page nothing_yet = Read(all.next);
  EXPECT_THAT(nothing_yet.records, IsEmpty());
  Put("Music", "B", "3");
  EXPECT_THAT(Read(nothing_yet.next).records, ElementsAre("INSERT 3"));
}

TEST_F(StreamTest, ReadsFromATime) {
  const std::string arn = CreateTable("Music");
  const auto from = [&](double offset_s) {
    const int64_t ms = 1'700'000'000'000 + static_cast<int64_t>(offset_s * 1000);
    return Read(Iterator(arn, ShardIdOf(0), "AT_TIMESTAMP",
                         R"(,"Timestamp":)" + std::to_string(ms / 1000) + "." +
                             std::to_string(ms % 1000 / 100)))
        .records;
  };
  Put("Music", "A", "1");
  store_.clock().AdvanceMs(1500);
  Put("Music", "A", "2");
  EXPECT_THAT(from(-100), ElementsAre("INSERT 1", "MODIFY 2"));
  EXPECT_THAT(from(1.4), ElementsAre("MODIFY 2"));
  EXPECT_THAT(from(1.5), ElementsAre("MODIFY 2"));
  EXPECT_THAT(from(1.6), IsEmpty());
  EXPECT_EQ(Error("GetShardIterator", IteratorRequest(arn, ShardIdOf(0), "AT_TIMESTAMP")),
            "ValidationException: Missing required parameter \"Timestamp\"");
}

TEST_F(StreamTest, PagesOfRecords) {
  const std::string arn = CreateTable("Music");
  for (int index = 0; index < 250; ++index) {
    Put("Music", "k" + std::to_string(index), std::to_string(index));
  }
  const std::string start = Iterator(arn, ShardIdOf(0), "TRIM_HORIZON");
  // Longer than what the I/O thread reads by itself.
  const Page page = Read(start, 240);
  ASSERT_EQ(page.records.size(), 240u);
  EXPECT_EQ(page.records[239], "INSERT 239");
  EXPECT_EQ(Read(page.next).records.size(), 10u);
  const Page exactly = Read(start, 250);
  EXPECT_EQ(exactly.records.size(), 250u);
  EXPECT_THAT(Read(exactly.next).records, IsEmpty());
}

TEST_F(StreamTest, PagesAreBoundedByTheSizeOfTheRecords) {
  const std::string arn = CreateTable("Music");
  const std::string value(300'000, 'x');
  for (int index = 0; index < 5; ++index) {
    Put("Music", "k" + std::to_string(index), value);
  }
  const Page page = Read(Iterator(arn, ShardIdOf(0), "TRIM_HORIZON"));
  EXPECT_EQ(page.records.size(), 3u);
  EXPECT_EQ(Read(page.next).records.size(), 2u);
}

TEST_F(StreamTest, ShardsThatAreRolledOverEndExactly) {
  const std::string arn = CreateTable("Music");
  Put("Music", "A", "1");
  Put("Music", "A", "2");
  const std::string open =
      Iterator(arn, ShardIdOf(0), "AFTER_SEQUENCE_NUMBER",
               SequenceMember(streams::FormatSequenceNumber(store_.change_log()->last_sequence())));
  ASSERT_TRUE(RollOver(Latest()->shards[0]).ok());
  Put("Music", "A", "3");
  const std::string parent = ShardIdOf(0);
  const std::string child = ShardIdOf(1);
  const Page page = Read(Iterator(arn, parent, "TRIM_HORIZON"), 1);
  EXPECT_THAT(page.records, ElementsAre("INSERT 1"));
  const Page last = Read(page.next, 1);
  EXPECT_THAT(last.records, ElementsAre("MODIFY 2"));
  EXPECT_EQ(last.next, "");
  for (const std::string& iterator : {open, Iterator(arn, parent, "LATEST")}) {
    const Page ended = Read(iterator);
    EXPECT_THAT(ended.records, IsEmpty());
    EXPECT_EQ(ended.next, "");
  }
  EXPECT_THAT(Read(Iterator(arn, child, "TRIM_HORIZON")).records, ElementsAre("MODIFY 3"));
  const std::string description = Run("DescribeStream", R"({"StreamArn":")" + arn + "\"}");
  EXPECT_THAT(description, HasSubstr(R"("ParentShardId":")" + parent + "\""));
  const tables::Stream stream = *Latest();
  EXPECT_THAT(description, HasSubstr(R"("EndingSequenceNumber":")" +
                                     streams::FormatSequenceNumber(stream.shards[0].end_sequence)));
}

TEST_F(StreamTest, ShardsPageByPage) {
  const std::string arn = CreateTable("Music");
  for (int time = 0; time < 3; ++time) {
    store_.clock().AdvanceMs(10);
    Put("Music", "A", std::to_string(time));  // only shards with records are rolled over
    ASSERT_TRUE(RollOver(Latest()->shards.back()).ok());
  }
  const auto ids = [&](const std::string& members, std::string* last) {
    const std::string body =
        Run("DescribeStream", R"({"StreamArn":")" + arn + "\"" + members + "}");
    const ParsedJson parsed(body);
    const json::Value description = parsed.root().Find("StreamDescription");
    std::vector<std::string> shards;
    for (const json::Value shard : description.Find("Shards").elements()) {
      shards.emplace_back(shard.Find("ShardId").AsString());
    }
    const json::Value more = description.Find("LastEvaluatedShardId");
    *last = more.present() ? std::string(more.AsString()) : std::string();
    return shards;
  };
  std::string last;
  EXPECT_THAT(ids(R"(,"Limit":3)", &last), ElementsAre(ShardIdOf(0), ShardIdOf(1), ShardIdOf(2)));
  EXPECT_EQ(last, ShardIdOf(2));
  EXPECT_THAT(ids(R"(,"ExclusiveStartShardId":")" + last + "\"", &last), ElementsAre(ShardIdOf(3)));
  EXPECT_EQ(last, "");
  const auto children = [&](const std::string& parent) {
    return ids(R"(,"ShardFilter":{"Type":"CHILD_SHARDS","ShardId":")" + parent + "\"}", &last);
  };
  EXPECT_THAT(children(ShardIdOf(1)), ElementsAre(ShardIdOf(2)));
  EXPECT_THAT(children(ShardIdOf(3)), IsEmpty());
  const std::string unknown = "shardId-00000000000000000001-00000000";
  EXPECT_EQ(
      Error("DescribeStream", R"({"StreamArn":")" + arn +
                                  R"(","ShardFilter":{"Type":"CHILD_SHARDS","ShardId":")" +
                                  unknown + "\"}}"),
      "ValidationException: Invalid ShardFilter.ShardId value - shard " + unknown + " not found");
}

TEST_F(StreamTest, TrimmedRecords) {
  const std::string arn = CreateTable("Music");
  Put("Music", "A", "1");
  Put("Music", "A", "2");
  const std::string beginning = Iterator(arn, ShardIdOf(0), "TRIM_HORIZON");
  const Page first = Read(beginning, 1);
  const std::string before =
      Iterator(arn, ShardIdOf(0), "AT_SEQUENCE_NUMBER", SequenceMember(first.sequence_numbers[0]));
  const uint64_t horizon = streams::ParseSequenceNumber(first.sequence_numbers[0]).value() + 1;
  ASSERT_TRUE(tables::MoveHorizon(store_.engine(), store_.streams(), Latest()->descriptor.stream_id,
                                  0, horizon)
                  .ok());
  EXPECT_EQ(Error("GetRecords", RecordsRequest(before)), kTrimmed);
  EXPECT_THAT(Read(beginning).records, ElementsAre("MODIFY 2"));
  EXPECT_THAT(Read(first.next).records, ElementsAre("MODIFY 2"));
  for (const std::string_view type : {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}) {
    EXPECT_EQ(Error("GetShardIterator", IteratorRequest(arn, ShardIdOf(0), type,
                                                        SequenceMember(first.sequence_numbers[0]))),
              kTrimmed);
  }
}

TEST_F(StreamTest, ShardsThatAreGone) {
  const std::string arn = CreateTable("Music");
  Put("Music", "A", "1");
  const std::string beginning = Iterator(arn, ShardIdOf(0), "TRIM_HORIZON");
  const Page first = Read(beginning);
  const std::string before =
      Iterator(arn, ShardIdOf(0), "AT_SEQUENCE_NUMBER", SequenceMember(first.sequence_numbers[0]));
  ASSERT_TRUE(RollOver(Latest()->shards[0]).ok());
  const ShardDescriptor parent = Latest()->shards[0];
  const uint32_t stream_id = Latest()->descriptor.stream_id;
  ASSERT_TRUE(
      tables::MoveHorizon(store_.engine(), store_.streams(), stream_id, 0,
                          streams::ParseSequenceNumber(first.sequence_numbers[0]).value() + 1)
          .ok());
  ASSERT_TRUE(tables::ForgetShards(store_.engine(), store_.streams(), stream_id, {parent}).ok());
  for (const std::string& iterator : {beginning, first.next}) {
    const Page ended = Read(iterator);
    EXPECT_THAT(ended.records, IsEmpty());
    EXPECT_EQ(ended.next, "");
  }
  EXPECT_EQ(Error("GetRecords", RecordsRequest(before)), kTrimmed);
}

TEST_F(StreamTest, StreamsOutliveBeingDisabledAndTheirTable) {
  const std::string first = CreateTable("Music");
  Put("Music", "A", "1");
  const std::string first_shard = ShardIdOf(0);
  const std::string open = Iterator(first, first_shard, "TRIM_HORIZON");
  EnableOrDisable("Music", false);
  Put("Music", "A", "2");
  const Page page = Read(open);
  EXPECT_THAT(page.records, ElementsAre("INSERT 1"));
  EXPECT_EQ(page.next, "");
  EXPECT_THAT(Run("DescribeStream", R"({"StreamArn":")" + first + "\"}"),
              HasSubstr(R"("StreamStatus":"DISABLED")"));
  store_.clock().AdvanceMs(5);
  const std::string second = LatestArn(EnableOrDisable("Music", true), "TableDescription");
  EXPECT_NE(first, second);
  Put("Music", "A", "3");
  Run("DeleteTable", R"({"TableName":"Music"})");
  const std::string second_shard = ShardIdOf(0);
  const Page last = Read(Iterator(second, second_shard, "TRIM_HORIZON"));
  EXPECT_THAT(last.records, ElementsAre("MODIFY"));
  EXPECT_EQ(last.next, "");
  EXPECT_THAT(Read(Iterator(first, first_shard, "TRIM_HORIZON")).records, ElementsAre("INSERT 1"));
  const std::string list = Run("ListStreams", R"({"TableName":"Music"})");
  EXPECT_LT(list.find(first), list.find(second));
  EXPECT_NE(list.find(second), std::string::npos);
}

// A shard of a stream that was disabled at once has a range all the same.
TEST_F(StreamTest, ShardsWithoutRecordsHaveSoundBounds) {
  const std::string arn = CreateTable("Music");
  const std::string shard = ShardIdOf(0);
  const std::string start =
      SequenceMember(streams::FormatSequenceNumber(Latest()->shards[0].start_sequence));
  EXPECT_THAT(Read(Iterator(arn, shard, "AT_SEQUENCE_NUMBER", start)).records, IsEmpty());
  EnableOrDisable("Music", false);
  for (const std::string_view type : {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}) {
    const Page page = Read(Iterator(arn, shard, type, start));
    EXPECT_THAT(page.records, IsEmpty());
    EXPECT_EQ(page.next, "");
  }
}

TEST_F(StreamTest, StreamsPageByPage) {
  const std::string b = CreateTable("bbb");
  const std::string a = CreateTable("aaa");
  CreateTable("ccc");
  const std::string page = Run("ListStreams", R"({"Limit":2})");
  EXPECT_THAT(page, HasSubstr(R"("LastEvaluatedStreamArn":")" + b + "\""));
  EXPECT_LT(page.find(a), page.find(b));
  const std::string rest = Run("ListStreams", R"({"ExclusiveStartStreamArn":")" + b + "\"}");
  EXPECT_THAT(rest, HasSubstr(R"("TableName":"ccc")"));
  EXPECT_EQ(rest.find("aaa"), std::string::npos);
  EXPECT_EQ(rest.find("LastEvaluated"), std::string::npos);
  EXPECT_EQ(Run("ListStreams", R"({"TableName":"none"})"), R"({"Streams":[]})");
  EXPECT_EQ(
      Run("ListStreams", R"({"TableName":"arn:aws:dynamodb:eu-west-9:000000000000:table/aaa"})"),
      R"({"Streams":[]})");
  EXPECT_EQ(Error("ListStreams", R"({"ExclusiveStartStreamArn":")" + std::string(40, 'x') + "\"}"),
            "ValidationException: Invalid StreamArn");
}

TEST_F(StreamTest, IteratorsExpire) {
  const std::string arn = CreateTable("Music");
  const std::string iterator = Iterator(arn, ShardIdOf(0), "TRIM_HORIZON");
  store_.clock().AdvanceMs(15 * kMinuteMs);
  const Page page = Read(iterator);
  store_.clock().AdvanceMs(1);
  EXPECT_EQ(Error("GetRecords", RecordsRequest(iterator)),
            "ExpiredIteratorException: The provided iterator exceeds the maximum age allowed.");
  // Every answer's iterator has its own time.
  EXPECT_THAT(Read(page.next).records, IsEmpty());
  std::string damaged = page.next;
  damaged.back() = damaged.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(Error("GetRecords", RecordsRequest(damaged)),
            "ValidationException: Invalid ShardIterator");
}

TEST_F(StreamTest, Messages) {
  const std::string arn = CreateTable("Music");
  const std::string shard = ShardIdOf(0);
  Put("Music", "A", "1");
  const std::string failed = "' failed to satisfy constraint: Member must ";
  EXPECT_EQ(Error("ListStreams", R"({"Limit":0})"), std::string(kOneError) + "Value '0' at 'limit" +
                                                        failed +
                                                        "have value greater than or equal to 1");
  EXPECT_EQ(Error("GetRecords", R"({"ShardIterator":"x","Limit":1001})"),
            std::string(kOneError) + "Value '1001' at 'limit" + failed +
                "have value less than or equal to 1000");
  EXPECT_EQ(Error("GetRecords", "{}"),
            std::string(kOneError) + "Value null at 'shardIterator" + failed + "not be null");
  EXPECT_EQ(
      Error("GetShardIterator",
            R"({"StreamArn":"x","ShardId":"y","ShardIteratorType":"z","SequenceNumber":"1"})"),
      "ValidationException: 4 validation errors detected: Value 'x' at 'streamArn" + failed +
          "have length greater than or equal to 37; Value 'y' at 'shardId" + failed +
          "have length greater than or equal to 28; Value 'z' at 'shardIteratorType" + failed +
          "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, "
          "TRIM_HORIZON]; Value '1' at 'sequenceNumber" +
          failed + "have length greater than or equal to 21");
  const std::string missing = arn.substr(0, arn.size() - 1) + "x";
  EXPECT_EQ(
      Error("DescribeStream", R"({"StreamArn":")" + missing + "\"}"),
      "ResourceNotFoundException: Requested resource not found: Stream: " + missing + " not found");
  EXPECT_EQ(Error("DescribeStream", R"({"StreamArn":")" + std::string(40, 'x') + "\"}"),
            "ValidationException: Invalid StreamArn");
  const std::string no_shard = "shardId-00000000000000000001-00000000";
  EXPECT_EQ(Error("GetShardIterator", IteratorRequest(arn, no_shard, "LATEST")),
            "ResourceNotFoundException: Requested resource not found: Shard does not exist");
  const auto sequence_error = [&](std::string_view type, const std::string& member) {
    return Error("GetShardIterator", IteratorRequest(arn, shard, type, member));
  };
  EXPECT_EQ(sequence_error("AT_SEQUENCE_NUMBER", ""),
            "ValidationException: Missing required parameter \"SequenceNumber\"");
  EXPECT_EQ(sequence_error("LATEST", SequenceMember("100000000000000000001")),
            "ValidationException: Iterator of this type should not have sequence number");
  EXPECT_EQ(sequence_error("AT_SEQUENCE_NUMBER", SequenceMember("x00000000000000000001")),
            "ValidationException: Invalid SequenceNumber");
  EXPECT_EQ(sequence_error("AT_SEQUENCE_NUMBER", SequenceMember("100000000000000000000")),
            kTrimmed);
  EXPECT_THAT(sequence_error("AFTER_SEQUENCE_NUMBER", SequenceMember("100000000000000009999")),
              HasSubstr("ValidationException: Invalid SequenceNumber"));
}

// Writers, roll-overs and a reader at the same time: every record is seen once and in order, each
// shard's reading ends by itself, and no shard shows records of its child.
TEST_F(StreamTest, RollOversDuringReadingAreExact) {
  constexpr int kRecords = 2000;
  const std::string arn = CreateTable("Music");
  std::atomic<bool> written = false;
  std::thread writer([&] {
    for (int index = 0; index < kRecords; ++index) {
      Put("Music", "A", std::to_string(index));
    }
    written = true;
  });
  std::thread roller([&] {
    uint64_t rolled = 0;
    while (!written) {
      // Only shards with records are rolled over.
      const uint64_t last = store_.change_log()->last_sequence();
      if (last > rolled + 1 && last > Latest()->shards.back().start_sequence) {
        CHECK(RollOver(Latest()->shards.back()).ok());
        rolled = Latest()->shards.back().start_sequence;
      }
    }
  });
  std::vector<std::string> values;
  size_t shard = 0;
  std::string iterator = Iterator(arn, ShardIdOf(0), "TRIM_HORIZON");
  while (values.size() < kRecords && !HasFailure()) {
    const Page page = Read(iterator);
    for (const std::string& record : page.records) {
      values.push_back(record.substr(7));
    }
    iterator = page.next;
    if (iterator.empty()) {
      iterator = Iterator(arn, ShardIdOf(++shard), "TRIM_HORIZON");
    }
  }
  writer.join();
  roller.join();
  ASSERT_EQ(values.size(), static_cast<size_t>(kRecords));
  for (int index = 0; index < kRecords; ++index) {
    ASSERT_EQ(values[index], std::to_string(index));
  }
  EXPECT_GT(shard, 0u);
}

}  // namespace
}  // namespace millrace::api
