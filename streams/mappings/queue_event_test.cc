// Records of queue messages, filters on them, and reading what functions report.
#include "streams/mappings/queue_event.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "streams/mappings/queue_filter.h"

namespace millrace::streams {
namespace {

QueueMessage SomeMessage(const std::string& body) {
  QueueMessage message;
  message.number = 7;
  message.message_id = "id";
  message.body = body;
  message.sent_ms = 1000;
  message.first_received_ms = 2000;
  message.receive_count = 3;
  message.receipt = 4;
  message.attributes = {{"k", "String", "v"}, {"b", "Binary", std::string("\x00\xff", 2)}};
  return message;
}

QueuePointer SomeQueue(bool fifo) {
  auto queue = std::make_shared<Queue>();
  queue->descriptor.queue_id = 1;
  queue->descriptor.fifo = fifo;
  queue->arn = "arn:aws:sqs:us-east-1:000000000000:q";
  return queue;
}

TEST(QueueEvent, ARecordHasWhatTheProtocolSays) {
  const QueueMessage message = SomeMessage("a\"b");
  std::string record;
  QueueRecordWriter(SomeQueue(false), "us-east-1").Append(message, &record);
  EXPECT_EQ(record, R"({"messageId":"id","receiptHandle":")" + FormatReceiptHandle({1, 7, 4}) +
                        R"(","body":"a\"b","attributes":{"ApproximateReceiveCount":"3",)"
                        R"("SentTimestamp":"1000","SenderId":"anonymous",)"
                        R"("ApproximateFirstReceiveTimestamp":"2000"},)"
                        R"("messageAttributes":{"k":{"stringValue":"v","stringListValues":[],)"
                        R"("binaryListValues":[],"dataType":"String"},"b":{"binaryValue":"AP8=",)"
                        R"("stringListValues":[],"binaryListValues":[],"dataType":"Binary"}},)"
                        R"("md5OfBody":"c8f88ec84680a7ec056720570290dd34","eventSource":"aws:sqs",)"
                        R"("eventSourceARN":"arn:aws:sqs:us-east-1:000000000000:q",)"
                        R"("awsRegion":"us-east-1"})");
  EXPECT_EQ(QueueEventOf({"1", "2"}), R"({"Records":[1,2]})");
  EXPECT_EQ(QueueEventSize(2, 2), QueueEventOf({"1", "2"}).size());
}

TEST(QueueEvent, MessagesOfFifoQueuesHaveTheirOrder) {
  QueueMessage message = SomeMessage("x");
  message.group_id = "g";
  message.deduplication_id = "d";
  std::string record;
  QueueRecordWriter(SomeQueue(true), "us-east-1").Append(message, &record);
  for (const char* const part : {R"("SequenceNumber":"00000000000000000007")",
                                 R"("MessageGroupId":"g")", R"("MessageDeduplicationId":"d")"}) {
    EXPECT_NE(record.find(part), std::string::npos) << part;
  }
}

TEST(QueueEvent, ReportsNameMessagesOrMeanAll) {
  const std::vector<std::string_view> ids = {"a", "b"};
  using Flags = std::vector<bool>;
  for (const char* const nothing :
       {"", "null", "{}", "7", R"({"batchItemFailures":null})", R"({"batchItemFailures":[]})"}) {
    EXPECT_EQ(ReadQueueFailures(nothing, ids), (Flags{false, false})) << nothing;
  }
  EXPECT_EQ(ReadQueueFailures(R"({"batchItemFailures":[{"itemIdentifier":"b"}]})", ids),
            (Flags{false, true}));
  for (const char* const malformed :
       {"{", R"({"batchItemFailures":{}})", R"({"batchItemFailures":["a"]})",
        R"({"batchItemFailures":[{"itemIdentifier":""}]})",
        R"({"batchItemFailures":[{"itemIdentifier":null}]})",
        R"({"batchItemFailures":[{"item":"a"}]})",
        R"({"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]})"}) {
    EXPECT_EQ(ReadQueueFailures(malformed, ids), (Flags{true, true})) << malformed;
  }
  Flags failed = {false, true, false, false};
  SpreadFailures({"x", "y", "x", "y"}, &failed);
  EXPECT_EQ(failed, (Flags{false, true, false, true}));
}

bool Passes(const std::string& pattern, const std::string& body) {
  MappingSettings settings;
  settings.filters = {pattern};
  const auto filter = QueueFilter::Compile(settings);
  EXPECT_TRUE(filter.ok()) << pattern;
  const QueueRecordWriter writer(SomeQueue(false), "us-east-1");
  const QueueMessage message = SomeMessage(body);
  std::string record;
  writer.Append(message, &record);
  return filter.value().Matches(writer, message, record);
}

TEST(QueueFilter, TheBodyIsJsonWhereThePatternWantsAnObject) {
  EXPECT_TRUE(Passes(R"({"body":{"a":[1]}})", R"({"a":1})"));
  EXPECT_FALSE(Passes(R"({"body":{"a":[1]}})", R"({"a":2})"));
  EXPECT_FALSE(Passes(R"({"body":{"a":[1]}})", "no JSON"));
  EXPECT_FALSE(Passes(R"({"body":{"a":[1]}})", R"(1,"x":{})"));
  EXPECT_TRUE(Passes(R"({"body":["text"]})", "text"));
  EXPECT_FALSE(Passes(R"({"body":["text"]})", R"("text")"));
  EXPECT_TRUE(Passes(R"({"body":[{"prefix":"{\"a\""}]})", R"({"a":1})"));
  EXPECT_TRUE(Passes(R"({"$or":[{"body":{"a":[1]}},{"body":{"a":[2]}}]})", R"({"a":2})"));
  EXPECT_TRUE(Passes(R"({"messageAttributes":{"k":{"stringValue":["v"]}}})", "x"));
  EXPECT_FALSE(Passes(R"({"messageAttributes":{"k":{"stringValue":["w"]}}})", "x"));
  EXPECT_TRUE(Passes(R"({"eventSource":["aws:sqs"]})", "x"));
  MappingSettings damaged;
  damaged.filters = {"{"};
  EXPECT_FALSE(QueueFilter::Compile(damaged).ok());
}

}  // namespace
}  // namespace millrace::streams
