// The stored bytes of queues and messages: the registered layouts, reading back, and damage.
#include "storage/codec/queue_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/base/digest.h"

namespace millrace {
namespace {

QueueMessage SomeMessage() {
  QueueMessage message;
  message.number = 258;
  message.message_id = "id";
  message.body = "b";
  message.attributes = {{"n", "String", "v"}};
  message.sent_ms = 1;
  message.first_received_ms = 2;
  message.receive_count = 3;
  message.visible_ms = 4;
  message.receipt = 5;
  return message;
}

QueueDescriptor SomeQueue() {
  QueueDescriptor queue;
  queue.queue_id = 7;
  queue.name = "q.fifo";
  queue.fifo = true;
  queue.creation_ms = 1;
  queue.settings.deduplication_scope = "queue";
  queue.settings.redrive_target_arn = "arn";
  queue.settings.receive_count_max = 3;
  queue.tags = {{"k", "v"}};
  return queue;
}

TEST(QueueCodec, HasTheRegisteredLayouts) {
  std::string bytes;
  EncodeQueueMessage(SomeMessage(), &bytes);
  EXPECT_EQ(ToHex(bytes),
            "010201000000000000"
            "0100000000000000020000000000000003000000000000000400000000000000"
            "0500000000000000"
            "0269640000000000"
            "0162"
            "01016e06537472696e670176");
  std::string entry;
  EncodeQueueEntry({4, true, 9}, &entry);
  EXPECT_EQ(ToHex(entry), "010104000000000000000900000000000000");
  std::string record;
  EncodeDeduplicationRecord({4, 5, "m"}, &record);
  EXPECT_EQ(ToHex(record), "0104000000000000000500000000000000016d");
  EXPECT_EQ(ToHex(QueueRowKey("q")), "0171");
  EXPECT_EQ(ToHex(MessageKey(7, 258)), "02000000070000000000000102");
  EXPECT_EQ(ToHex(VisibilityKey(7, 4, 258)), "030000000700000000000000040000000000000102");
  EXPECT_EQ(ToHex(OrderKey(7, 258)), "04000000070000000000000102");
  EXPECT_EQ(ToHex(DeduplicationKey(7, {1, 2})), "050000000700000000000000010000000000000002");
  EXPECT_EQ(ToHex(DeduplicationTimeKey(4, 7, {1, 2})),
            "0600000000000000040000000700000000000000010000000000000002");
  EXPECT_EQ(ToHex(DroppedQueueKey(7)), "0700000007");
}

TEST(QueueCodec, ReadsWhatItWrites) {
  std::string message;
  EncodeQueueMessage(SomeMessage(), &message);
  EXPECT_EQ(DecodeQueueMessage(message).value(), SomeMessage());
  std::string queue;
  EncodeQueueDescriptor(SomeQueue(), &queue);
  EXPECT_EQ(DecodeQueueDescriptor(queue).value(), SomeQueue());
  int64_t visible_ms = 0;
  uint64_t number = 0;
  uint32_t queue_id = 0;
  std::string record_key;
  EXPECT_TRUE(ParseVisibilityKey(VisibilityKey(7, 4, 258), &visible_ms, &number));
  EXPECT_EQ(visible_ms, 4);
  EXPECT_EQ(number, 258u);
  EXPECT_TRUE(
      ParseDeduplicationTimeKey(DeduplicationTimeKey(4, 7, {1, 2}), &visible_ms, &record_key));
  EXPECT_EQ(record_key, DeduplicationKey(7, {1, 2}));
  EXPECT_TRUE(ParseDroppedQueueKey(DroppedQueueKey(7), &queue_id));
  EXPECT_EQ(queue_id, 7u);
}

TEST(QueueCodec, NoticesDamage) {
  std::string message;
  EncodeQueueMessage(SomeMessage(), &message);
  std::string queue;
  EncodeQueueDescriptor(SomeQueue(), &queue);
  for (size_t size = 0; size < message.size(); ++size) {
    EXPECT_FALSE(DecodeQueueMessage(message.substr(0, size)).ok());
  }
  for (size_t size = 0; size < queue.size(); ++size) {
    EXPECT_FALSE(DecodeQueueDescriptor(queue.substr(0, size)).ok());
  }
  EXPECT_FALSE(DecodeQueueMessage(message + "x").ok());
  EXPECT_FALSE(DecodeQueueDescriptor(queue + "x").ok());
  EXPECT_FALSE(DecodeQueueEntry("").ok());
  EXPECT_FALSE(DecodeDeduplicationRecord("1").ok());
  int64_t visible_ms = 0;
  uint64_t number = 0;
  EXPECT_FALSE(ParseVisibilityKey(MessageKey(7, 258), &visible_ms, &number));
  EXPECT_FALSE(ParseOrderKey("", &number));
  EXPECT_FALSE(ParseMessageKey(OrderKey(7, 258), &number));
}

}  // namespace
}  // namespace millrace
