// The vectors of streams, shards, the change log and expiry entries.
#include <string>

#include "storage/base/digest.h"
#include "storage/codec/change_codec.h"
#include "storage/codec/format_vector.h"
#include "storage/codec/stream_codec.h"
#include "storage/codec/time_to_live_codec.h"
#include "storage/codec/validate.h"
#include "storage/codec/value_writer.h"

namespace millrace {
namespace {

// The integer of an optional line, 0 without it.
uint64_t IntegerOrZero(const Vector& vector, std::string_view name) {
  return vector.Has(name) ? vector.Integer(name) : 0;
}

// The encoded item of an optional line, empty without it.
std::string EncodedItem(const Vector& vector, std::string_view name) {
  std::string bytes;
  if (vector.Has(name)) {
    ItemBuilder builder(&bytes);
    for (const auto& [attribute, value] : ValueFromText("M " + vector.Get(name)).map) {
      builder.Attribute(attribute).Tree(value);
    }
    builder.Finish();
  }
  return bytes;
}

void ExpectSameItem(const ItemView& read, const std::string& written) {
  EXPECT_EQ(read.present(), !written.empty());
  EXPECT_EQ(ToHex(read.encoded()), ToHex(written));
  EXPECT_TRUE(!read.present() || ValidateItem(read.encoded()).ok());
}

}  // namespace

void CheckStreamRow(const Vector& vector) {
  StreamDescriptor stream;
  stream.stream_id = static_cast<uint32_t>(vector.Integer("stream"));
  stream.table_id = static_cast<uint32_t>(vector.Integer("table"));
  stream.table_name = vector.Get("name");
  stream.label = vector.Get("label");
  stream.view_type = static_cast<StreamViewType>(vector.Integer("view-type"));
  stream.key_schema.partition = {vector.Attribute("partition-key")};
  stream.key_schema.sort = {vector.Attribute("sort-key")};
  stream.hash_range_count = static_cast<uint16_t>(vector.Integer("ranges"));
  stream.creation_ms = static_cast<int64_t>(vector.Integer("creation"));
  stream.start_sequence = vector.Integer("start");
  stream.end_sequence = IntegerOrZero(vector, "end");
  stream.end_ms = static_cast<int64_t>(IntegerOrZero(vector, "end-time"));
  if (vector.Has("retention")) {
    stream.retention_ms = std::stoll(vector.Get("retention"));
  }
  EXPECT_EQ(ToHex(StreamRowKey(stream.stream_id)), ToHex(vector.Bytes("key")));
  std::string bytes;
  EncodeStreamDescriptor(stream, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  const Result<StreamDescriptor> decoded = DecodeStreamDescriptor(vector.Bytes("hex"));
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  EXPECT_TRUE(decoded.value() == stream);
}

void CheckShardRow(const Vector& vector) {
  ShardDescriptor shard;
  shard.hash_range = static_cast<uint16_t>(vector.Integer("range"));
  shard.start_sequence = vector.Integer("start");
  shard.creation_ms = static_cast<int64_t>(vector.Integer("creation"));
  shard.end_sequence = IntegerOrZero(vector, "end");
  shard.end_ms = static_cast<int64_t>(IntegerOrZero(vector, "end-time"));
  shard.parent_start_sequence = IntegerOrZero(vector, "parent");
  const uint32_t stream_id = static_cast<uint32_t>(vector.Integer("stream"));
  EXPECT_EQ(ToHex(ShardRowKey(stream_id, shard.hash_range, shard.start_sequence)),
            ToHex(vector.Bytes("key")));
  std::string bytes;
  EncodeShardDescriptor(shard, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  const Result<ShardDescriptor> decoded = DecodeShardDescriptor(vector.Bytes("hex"));
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  EXPECT_TRUE(decoded.value() == shard);
}

void CheckStreamHorizon(const Vector& vector) {
  EXPECT_EQ(ToHex(StreamHorizonKey(static_cast<uint32_t>(vector.Integer("stream")),
                                   static_cast<uint16_t>(vector.Integer("range")))),
            ToHex(vector.Bytes("key")));
  std::string bytes;
  EncodeStreamHorizon(vector.Integer("sequence"), &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  EXPECT_EQ(DecodeStreamHorizon(vector.Bytes("hex")).value(), vector.Integer("sequence"));
}

void CheckLogKey(const Vector& vector) {
  LogKeyParts parts;
  parts.stream_id = static_cast<uint32_t>(vector.Integer("stream"));
  parts.hash_range = static_cast<uint16_t>(vector.Integer("range"));
  parts.sequence = vector.Integer("sequence");
  std::string bytes;
  AppendLogKey(parts, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  LogKeyParts read;
  ASSERT_TRUE(ParseLogKey(vector.Bytes("hex"), &read));
  EXPECT_EQ(read.stream_id, parts.stream_id);
  EXPECT_EQ(read.hash_range, parts.hash_range);
  EXPECT_EQ(read.sequence, parts.sequence);
}

void CheckChange(const Vector& vector) {
  const std::string old_image = EncodedItem(vector, "old");
  const std::string new_image = EncodedItem(vector, "new");
  const std::string keys = EncodedItem(vector, "keys");
  ChangeRecord record;
  record.type = static_cast<ChangeType>(vector.Integer("type"));
  record.by_time_to_live = vector.Has("by-time-to-live");
  record.time_ms = static_cast<int64_t>(vector.Integer("time"));
  record.old_image = ItemView::At(old_image);
  record.new_image = ItemView::At(new_image);
  record.keys = ItemView::At(keys);
  std::string bytes;
  EncodeChangeRecord(record, &bytes);
  const std::string stored = vector.Bytes("hex");
  EXPECT_EQ(ToHex(bytes), ToHex(stored));
  const Result<ChangeRecord> read = ViewChangeRecord(stored);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->type, record.type);
  EXPECT_EQ(read->by_time_to_live, record.by_time_to_live);
  EXPECT_EQ(read->time_ms, record.time_ms);
  ExpectSameItem(read->old_image, old_image);
  ExpectSameItem(read->new_image, new_image);
  ExpectSameItem(read->keys, keys);
}

void CheckExpiryKey(const Vector& vector) {
  const uint32_t id = static_cast<uint32_t>(vector.Integer("time-to-live"));
  const int64_t seconds = static_cast<int64_t>(vector.Integer("seconds"));
  const std::string item_key = vector.Bytes("item-key");
  std::string bytes;
  AppendExpiryKey(id, seconds, item_key, &bytes);
  const std::string stored = vector.Bytes("hex");
  EXPECT_EQ(ToHex(bytes), ToHex(stored));
  ExpiryKeyParts parts;
  ASSERT_TRUE(ParseExpiryKey(stored, &parts));
  EXPECT_EQ(parts.time_to_live_id, id);
  EXPECT_EQ(parts.expiry_seconds, seconds);
  EXPECT_EQ(ToHex(parts.item_key_rest), ToHex(item_key.substr(4)));
}

}  // namespace millrace
