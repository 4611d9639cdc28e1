// The stored bytes of mappings, checkpoints and discards: what is written is read back, the layout
// is the one that is registered, and damage is noticed.
#include "streams/mappings/mapping_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/base/digest.h"
#include "streams/mappings/outgoing.h"

namespace millrace::streams {
namespace {

constexpr char kUuid[] = "6d9c1f0e-0000-4000-8000-000000000001";

LaneCheckpoint SomeCheckpoint() {
  LaneCheckpoint checkpoint;
  checkpoint.version = 3;
  checkpoint.lane_count = 2;
  checkpoint.position = 258;
  checkpoint.pending = {{259, 260, 1, WindowClosing::kStateTooLarge}};
  checkpoint.next_try_ms = 7;
  checkpoint.window_state = "{}";
  checkpoint.skip_marks = {{{5}}};
  return checkpoint;
}

TEST(MappingCodec, CheckpointsHaveTheRegisteredLayout) {
  std::string bytes;
  EncodeCheckpoint(SomeCheckpoint(), &bytes);
  EXPECT_EQ(ToHex(bytes),
            "01"
            "0300000000000000"
            "0200000000000000"
            "0201000000000000"
            "0103010000000000000401000000000000010000000000000002"
            "0700000000000000"
            "ffffffffffffffff"
            "027b7d"
            "01010500000000000000");
  EXPECT_EQ(ToHex(CheckpointKey({kUuid, 1, 2}).substr(36)), "00010002");
  LaneName name;
  ASSERT_TRUE(ParseCheckpointKey(CheckpointKey({kUuid, 258, 3}), &name));
  EXPECT_EQ(name, (LaneName{kUuid, 258, 3}));
  EXPECT_FALSE(ParseCheckpointKey("short", &name));
}

// Every shorter and every longer form is damage.
template <typename Decode>
void ExpectDamage(const std::string& bytes, Decode decode) {
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size)).ok());
  }
  EXPECT_FALSE(decode(bytes + "x").ok());
}

TEST(MappingCodec, WhatIsWrittenIsReadBack) {
  Mapping mapping;
  mapping.uuid = kUuid;
  mapping.event_source_arn = "arn";
  mapping.stream_id = 9;
  mapping.hash_range_count = 4;
  mapping.starting_position = StartingPosition::kAtTimestamp;
  mapping.starting_timestamp_ms = 5;
  mapping.creation_ms = 6;
  mapping.modified_ms = 7;
  mapping.settings.function_name = "f";
  mapping.settings.qualifier = "live";
  mapping.tags = {{"a", "1"}, {"b", ""}};
  mapping.settings.enabled = false;
  mapping.settings.bisect_on_error = true;
  mapping.settings.report_item_failures = true;
  mapping.settings.count_events = true;
  mapping.settings.numeric_attributes = true;
  mapping.settings.paused = true;
  mapping.settings.batch_size = 1000;
  mapping.settings.filters = {"{}", ""};
  mapping.settings.on_failure_arn = "queue";
  mapping.settings.key_arn = "key";
  std::string bytes;
  EncodeMapping(mapping, &bytes);
  EXPECT_EQ(DecodeMapping(bytes).value(), mapping);

  Discard discard;
  discard.id = 1;
  discard.uuid = kUuid;
  discard.hash_range = 2;
  discard.lane = 3;
  discard.lane_count = 4;
  discard.redriven_ms = 5;
  discard.redrive_succeeded = true;
  discard.redrive_message = "done";
  discard.from = 3;
  discard.to = 4;
  discard.condition = kRecordAgeExceeded;
  discard.failure = "{}";
  std::string discard_bytes;
  EncodeDiscard(discard, &discard_bytes);
  EXPECT_EQ(DecodeDiscard(discard_bytes).value(), discard);

  std::string checkpoint_bytes;
  EncodeCheckpoint(SomeCheckpoint(), &checkpoint_bytes);
  EXPECT_EQ(DecodeCheckpoint(checkpoint_bytes).value(), SomeCheckpoint());

  OutgoingMessage message;
  message.id = 8;
  message.target_arn = "queue";
  message.body = "{}";
  message.problem = "no such queue";
  std::string message_bytes;
  EncodeOutgoing(message, &message_bytes);
  const OutgoingMessage read = DecodeOutgoing(message_bytes).value();
  EXPECT_EQ(read.body, message.body);
  EXPECT_EQ(read.problem, message.problem);

  ExpectDamage(bytes, DecodeMapping);
  ExpectDamage(checkpoint_bytes, DecodeCheckpoint);
  ExpectDamage(discard_bytes, DecodeDiscard);
  ExpectDamage(message_bytes, DecodeOutgoing);
}

TEST(MappingCodec, MappingsOfQueuesHaveNoStream) {
  Mapping mapping;
  mapping.uuid = kUuid;
  mapping.event_source_arn = "arn";
  mapping.stream_id = 0;
  mapping.hash_range_count = 0;
  std::string bytes;
  EncodeMapping(mapping, &bytes);
  EXPECT_EQ(DecodeMapping(bytes).value(), mapping);
  Mapping queue = mapping;
  queue.settings.concurrency_max = 258;
  queue.settings.pollers_min = 2;
  queue.settings.pollers_max = 3;
  std::string queue_bytes;
  EncodeMapping(queue, &queue_bytes);
  EXPECT_EQ(DecodeMapping(queue_bytes).value(), queue);
  EXPECT_EQ(ToHex(queue_bytes.substr(bytes.size())),
            "01"
            "0201000000000000"
            "02"
            "0200000000000000"
            "0300000000000000");
  EXPECT_FALSE(DecodeMapping(queue_bytes.substr(0, queue_bytes.size() - 1)).ok());
  mapping.hash_range_count = 1;
  std::string mixed;
  EncodeMapping(mapping, &mixed);
  EXPECT_FALSE(DecodeMapping(mixed).ok());
}

}  // namespace
}  // namespace millrace::streams
