// Rows of streams and shards, horizons: the round trip, damage, and the ranges of their keys.
#include "storage/codec/stream_codec.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <tuple>

#include "storage/base/bytes.h"
#include "storage/base/random.h"
#include "storage/codec/meta_codec.h"

namespace millrace {
namespace {

// Calls `decode` with a copy that ends where its allocation ends.
template <typename Decode>
auto Tight(Decode decode, std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  return decode(std::string_view(copy.get(), bytes.size()));
}

StreamDescriptor RandomStream(SeededRandom* random) {
  const auto maybe = [&] { return random->Next64() % 2 == 0; };
  const auto number = [&] { return static_cast<int64_t>(random->Next64() | 1); };
  StreamDescriptor stream;
  stream.stream_id = static_cast<uint32_t>(number());
  stream.table_id = static_cast<uint32_t>(number());
  stream.table_name = std::string(random->Next64() % 256, 't');
  stream.label = std::string(random->Next64() % 30, 'l');
  stream.view_type = static_cast<StreamViewType>(1 + random->Next64() % 4);
  stream.key_schema.partition = {{"p", AttributeType::kString}};
  if (maybe()) {
    stream.key_schema.sort = {{"s", AttributeType::kNumber}};
  }
  stream.hash_range_count = static_cast<uint16_t>(number());
  stream.creation_ms = number();
  stream.start_sequence = random->Next64();
  if (maybe()) {
    stream.end_sequence = static_cast<uint64_t>(number());
    stream.end_ms = number();
  }
  if (maybe()) {
    stream.retention_ms = maybe() ? number() : kRetentionForever;
  }
  return stream;
}

ShardDescriptor RandomShard(SeededRandom* random) {
  const auto maybe = [&] { return random->Next64() % 2 == 0; };
  ShardDescriptor shard;
  shard.hash_range = static_cast<uint16_t>(random->Next64());
  shard.start_sequence = random->Next64();
  shard.creation_ms = static_cast<int64_t>(random->Next64());
  if (maybe()) {
    shard.end_sequence = random->Next64() | 1;
    shard.end_ms = static_cast<int64_t>(random->Next64() | 1);
  }
  shard.parent_start_sequence = maybe() ? random->Next64() | 1 : 0;
  return shard;
}

std::string Encoded(const StreamDescriptor& stream) {
  std::string bytes;
  EncodeStreamDescriptor(stream, &bytes);
  return bytes;
}
std::string Encoded(const ShardDescriptor& shard) {
  std::string bytes;
  EncodeShardDescriptor(shard, &bytes);
  return bytes;
}

// The properties that rows of both kinds have.
template <typename Random, typename Decode>
void CheckRows(Random make, Decode decode, size_t required_size) {
  SeededRandom random(81);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto descriptor = make(&random);
    const std::string bytes = Encoded(descriptor);
    const auto decoded = Tight(decode, bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
    ASSERT_TRUE(decoded.value() == descriptor);
    std::string damaged = bytes;
    damaged[random.Next64() % damaged.size()] = static_cast<char>(random.Next64());
    const auto survived = Tight(decode, damaged);
    if (!survived.ok()) {
      ASSERT_EQ(survived.status().code(), StatusCode::kCorruption);
      ++refused;
    } else {
      ASSERT_TRUE(Tight(decode, Encoded(survived.value())).value() == survived.value());
    }
  }
  EXPECT_GT(refused, 100);

  const std::string bytes = Encoded(decltype(make(&random))());
  EXPECT_EQ(bytes.size(), required_size);
  std::string newer = Encoded(make(&random));
  newer[0] = 2;
  EXPECT_FALSE(decode(newer).ok());
}

// Every prefix of `bytes` is damage, and so is whatever follows it, but for unknown fields that may
// be left out.
template <typename Decode>
void CheckEnds(const std::string& bytes, Decode decode) {
  ASSERT_TRUE(decode(bytes).ok());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(Tight(decode, bytes.substr(0, size)).status().code(), StatusCode::kCorruption)
        << size;
  }
  EXPECT_FALSE(decode(bytes + '\0').ok());
  EXPECT_FALSE(decode(bytes + bytes.substr(1)).ok()) << "fields twice";
  const auto with_field = [&](uint32_t tag) {
    std::string longer = bytes;
    AppendVarint32(&longer, tag);
    return longer + "\x02zz";
  };
  EXPECT_FALSE(decode(with_field(100 << 1)).ok());
  ASSERT_TRUE(decode(with_field((100 << 1) | 1)).ok());
  EXPECT_TRUE(decode(with_field((100 << 1) | 1)).value() == decode(bytes).value());
}

// Appends a field of eight bytes.
std::string WithInt64(std::string bytes, uint32_t tag, uint64_t value) {
  AppendVarint32(&bytes, tag);
  AppendVarint32(&bytes, 8);
  AppendLittleEndian64(&bytes, value);
  return bytes;
}

StreamDescriptor OpenStream() {
  StreamDescriptor stream;
  stream.stream_id = 10;
  stream.table_id = 7;
  stream.key_schema.partition = {{"p", AttributeType::kString}};
  return stream;
}

TEST(StreamCodec, StreamRowsRoundTripAndSurviveDamage) {
  // Version; ids; two empty texts; view type; empty key schema; ranges; creation; start.
  CheckRows(RandomStream, DecodeStreamDescriptor, 1 + 6 + 6 + 2 + 2 + 3 + 4 + 4 + 10 + 10);
  CheckEnds(Encoded(OpenStream()), DecodeStreamDescriptor);
}

TEST(StreamCodec, StreamRowsNeedSoundFields) {
  const auto refused = [](const std::function<void(StreamDescriptor*)>& spoil) {
    StreamDescriptor stream = OpenStream();
    spoil(&stream);
    return DecodeStreamDescriptor(Encoded(stream)).status().code() == StatusCode::kCorruption;
  };
  EXPECT_FALSE(refused([](StreamDescriptor*) {}));
  EXPECT_TRUE(refused([](StreamDescriptor* stream) { stream->stream_id = 0; }));
  EXPECT_TRUE(refused([](StreamDescriptor* stream) { stream->hash_range_count = 0; }));
  EXPECT_TRUE(refused([](StreamDescriptor* stream) { stream->key_schema = KeySchema(); }));
  for (const int type : {0, 5, 255}) {
    EXPECT_TRUE(refused([&](StreamDescriptor* stream) {
      stream->view_type = static_cast<StreamViewType>(type);
    })) << type;
  }
  const std::string bytes = Encoded(OpenStream());
  for (const uint32_t tag : {10 << 1, 11 << 1}) {
    EXPECT_TRUE(DecodeStreamDescriptor(WithInt64(bytes, tag, 1)).ok()) << tag;
    EXPECT_FALSE(DecodeStreamDescriptor(WithInt64(bytes, tag, 0)).ok()) << tag;
  }
  EXPECT_EQ(DecodeStreamDescriptor(WithInt64(bytes, 12 << 1, 0)).value().retention_ms, 0);
  EXPECT_TRUE(DecodeStreamDescriptor(bytes).value().open());
  EXPECT_FALSE(DecodeStreamDescriptor(WithInt64(bytes, 10 << 1, 1)).value().open());
}

TEST(StreamCodec, ShardRowsRoundTripAndSurviveDamage) {
  CheckRows(RandomShard, DecodeShardDescriptor, 1 + 4 + 10 + 10);
  CheckEnds(Encoded(ShardDescriptor()), DecodeShardDescriptor);
  const std::string bytes = Encoded(ShardDescriptor());
  for (const uint32_t tag : {4 << 1, 5 << 1, 6 << 1}) {
    EXPECT_TRUE(DecodeShardDescriptor(WithInt64(bytes, tag, 1)).ok()) << tag;
    EXPECT_FALSE(DecodeShardDescriptor(WithInt64(bytes, tag, 0)).ok()) << tag;
  }
}

TEST(StreamCodec, RowKeysAreRangesOfTheirOwn) {
  const uint32_t last = std::numeric_limits<uint32_t>::max();
  EXPECT_EQ(CatalogRowsEnd(), StreamRowsBegin());
  EXPECT_EQ(StreamRowsEnd(), ShardRowsBegin(0).substr(0, 1));
  for (const uint32_t id : {0u, 1u, 255u, 256u, last}) {
    EXPECT_LT(StreamRowsBegin(), StreamRowKey(id));
    EXPECT_LT(StreamRowKey(id), StreamRowsEnd());
    for (const uint64_t sequence : {uint64_t{0}, uint64_t{256}, UINT64_MAX}) {
      for (const uint16_t range : {0, 255, 256, 65535}) {
        const std::string key = ShardRowKey(id, range, sequence);
        EXPECT_LT(ShardRowsBegin(id), key);
        EXPECT_LT(key, ShardRowsEnd(id));
        EXPECT_TRUE(id == 0 || ShardRowsEnd(id - 1) <= ShardRowsBegin(id));
      }
    }
  }
  EXPECT_LT(StreamRowKey(255), StreamRowKey(256));
}

TEST(StreamCodec, ShardRowKeysSortByStreamRangeAndStart) {
  SeededRandom random(82);
  const auto small = [&] { return random.Next64() % 3 * 255 + random.Next64() % 3; };
  for (int round = 0; round < 5000; ++round) {
    const std::tuple<uint32_t, uint16_t, uint64_t> a(small(), small(), small());
    const std::tuple<uint32_t, uint16_t, uint64_t> b(small(), small(), small());
    ASSERT_EQ(std::apply(ShardRowKey, a) < std::apply(ShardRowKey, b), a < b);
  }
}

TEST(StreamCodec, HorizonsRoundTripAndRefuseDamage) {
  for (const uint64_t sequence : {uint64_t{0}, uint64_t{513}, UINT64_MAX}) {
    std::string bytes;
    EncodeStreamHorizon(sequence, &bytes);
    EXPECT_EQ(DecodeStreamHorizon(bytes).value(), sequence);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(Tight(DecodeStreamHorizon, bytes.substr(0, size)).status().code(),
                StatusCode::kCorruption);
    }
    EXPECT_FALSE(DecodeStreamHorizon(bytes + '\0').ok());
    bytes[0] = 2;
    EXPECT_FALSE(DecodeStreamHorizon(bytes).ok());
  }
  const std::string key = StreamHorizonKey(10, 258);
  EXPECT_LE(MetaKindBegin(MetaKind::kStreamHorizon), key);
  EXPECT_GT(MetaKindEnd(MetaKind::kStreamHorizon), key);
  EXPECT_LT(key, StreamHorizonKey(10, 259));
  EXPECT_LT(StreamHorizonKey(10, 65535), StreamHorizonKey(11, 0));
}

}  // namespace
}  // namespace millrace
