// Table descriptors: the round trip, additions by later versions, and damage.
#include "storage/codec/descriptor_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "storage/base/bytes.h"
#include "storage/base/random.h"

namespace millrace {
namespace {

TableDescriptor Minimal() {
  TableDescriptor descriptor;
  descriptor.table_id = 7;
  descriptor.version = 1;
  descriptor.name = "Music";
  descriptor.uuid = "u";
  descriptor.key_schema.partition = {{"Artist", AttributeType::kString}};
  descriptor.attribute_definitions = {{"Artist", AttributeType::kString}};
  return descriptor;
}

TableDescriptor RandomDescriptor(SeededRandom* random) {
  const auto maybe = [&] { return random->Next64() % 2 == 0; };
  const auto number = [&] { return static_cast<int64_t>(random->Next64()); };
  const auto text = [&] { return std::string(random->Next64() % 200, 'x'); };
  const auto throughput = [&] {
    return ProvisionedThroughput{number(), number(), number(), number(), number()};
  };
  TableDescriptor descriptor = Minimal();
  descriptor.table_id = static_cast<uint32_t>(random->Next64());
  descriptor.version = random->Next64();
  descriptor.name = text();
  descriptor.state = static_cast<TableState>(1 + random->Next64() % 4);
  descriptor.state_until_ms = maybe() ? number() : 0;
  descriptor.creation_ms = number();
  if (maybe()) {
    descriptor.key_schema.sort = {{"Song", AttributeType::kNumber}};
    descriptor.attribute_definitions.push_back({"Song", AttributeType::kNumber});
  }
  descriptor.billing_mode = static_cast<BillingMode>(1 + random->Next64() % 2);
  descriptor.last_update_to_pay_per_request_ms = maybe() ? number() : 0;
  if (maybe()) {
    descriptor.provisioned_throughput = throughput();
    descriptor.previous_throughput = maybe() ? throughput() : ProvisionedThroughput();
  }
  if (maybe()) {
    descriptor.on_demand_throughput.max_read_request_units = number();
  }
  if (maybe()) {
    descriptor.on_demand_throughput.max_write_request_units = -1;
  }
  if (maybe()) {
    descriptor.warm_throughput = WarmThroughput{number(), number()};
    descriptor.table_class = static_cast<TableClass>(1 + random->Next64() % 2);
  }
  descriptor.deletion_protection_enabled = maybe();
  descriptor.encryption_enabled = maybe();
  descriptor.kms_key_arn = maybe() ? text() : "";
  descriptor.resource_policy = maybe() ? text() : "";
  for (uint64_t count = random->Next64() % 4; count > 0; --count) {
    descriptor.tags.push_back({text(), text()});
  }
  if (maybe()) {
    TableStream& stream = descriptor.stream.emplace();
    stream.stream_id = static_cast<uint32_t>(number() | 1);
    stream.enabled = maybe();
    stream.view_type = static_cast<StreamViewType>(1 + random->Next64() % 4);
    stream.hash_range_count = static_cast<uint16_t>(number() | 1);
    stream.label = text();
    stream.creation_ms = number();
    stream.start_sequence = random->Next64();
    stream.policy = maybe() ? "p" + text() : "";
  }
  if (maybe()) {
    TimeToLive& time_to_live = descriptor.time_to_live.emplace();
    time_to_live.time_to_live_id = static_cast<uint32_t>(number() | 1);
    time_to_live.state = static_cast<TimeToLiveState>(1 + random->Next64() % 2);
    time_to_live.attribute_name = "e" + text();
  }
  return descriptor;
}

std::string Encoded(const TableDescriptor& descriptor) {
  std::string bytes;
  EncodeTableDescriptor(descriptor, &bytes);
  return bytes;
}

// Decodes a copy that ends where its allocation ends.
Result<TableDescriptor> DecodeTight(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  return DecodeTableDescriptor(std::string_view(copy.get(), bytes.size()));
}

TEST(DescriptorCodec, RoundTripsRandomDescriptors) {
  SeededRandom random(51);
  for (int round = 0; round < 1000; ++round) {
    const TableDescriptor descriptor = RandomDescriptor(&random);
    const Result<TableDescriptor> decoded = DecodeTight(Encoded(descriptor));
    ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
    ASSERT_TRUE(decoded.value() == descriptor);
  }
}

TEST(DescriptorCodec, SkipsOnlyUnknownFieldsThatAreOptional) {
  const std::string bytes = Encoded(Minimal());
  std::string optional = bytes;
  AppendVarint32(&optional, (100 << 1) | 1);
  optional += std::string("\x02zz", 3);
  ASSERT_TRUE(DecodeTight(optional).ok());
  EXPECT_TRUE(DecodeTight(optional).value() == Minimal());
  std::string required = bytes;
  AppendVarint32(&required, 100 << 1);
  required += std::string("\x02zz", 3);
  EXPECT_EQ(DecodeTight(required).status().code(), StatusCode::kCorruption);
}

TEST(DescriptorCodec, RefusesDamage) {
  const std::string bytes = Encoded(Minimal());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeTight(bytes.substr(0, size)).status().code(), StatusCode::kCorruption) << size;
  }
  std::string newer = bytes;
  newer[0] = 2;
  EXPECT_FALSE(DecodeTight(newer).ok());
  std::string repeated = bytes;
  repeated += bytes.substr(bytes.size() - 3);
  EXPECT_FALSE(DecodeTight(repeated).ok()) << "a field twice";
  TableDescriptor no_key = Minimal();
  no_key.key_schema.partition.clear();
  EXPECT_FALSE(DecodeTight(Encoded(no_key)).ok());
  TableDescriptor bad_type = Minimal();
  bad_type.key_schema.partition[0].type = AttributeType::kMap;
  EXPECT_FALSE(DecodeTight(Encoded(bad_type)).ok());
  TableDescriptor bad_state = Minimal();
  bad_state.state = static_cast<TableState>(5);
  EXPECT_FALSE(DecodeTight(Encoded(bad_state)).ok());
}

TEST(DescriptorCodec, StreamAndTimeToLiveNeedSoundFields) {
  TableDescriptor sound = Minimal();
  sound.stream.emplace().stream_id = 10;
  sound.time_to_live = TimeToLive{11, TimeToLiveState::kEnabled, "expires"};
  ASSERT_TRUE(DecodeTight(Encoded(sound)).ok());
  const std::string bytes = Encoded(sound);
  const size_t size_without = Encoded(Minimal()).size();
  for (size_t size = size_without + 1; size < bytes.size(); ++size) {
    // A descriptor that ends behind the stream is whole; the time to live takes 20 bytes.
    EXPECT_EQ(DecodeTight(bytes.substr(0, size)).ok(), size == bytes.size() - 20) << size;
  }
  const auto refused = [&](const std::function<void(TableDescriptor*)>& spoil) {
    TableDescriptor descriptor = sound;
    spoil(&descriptor);
    return DecodeTight(Encoded(descriptor)).status().code() == StatusCode::kCorruption;
  };
  EXPECT_TRUE(refused([](auto* spoilt) { spoilt->stream->stream_id = 0; }));
  EXPECT_TRUE(refused([](auto* spoilt) { spoilt->stream->hash_range_count = 0; }));
  EXPECT_TRUE(refused([](auto* spoilt) { spoilt->stream->view_type = StreamViewType{5}; }));
  EXPECT_TRUE(refused([](auto* spoilt) { spoilt->time_to_live->time_to_live_id = 0; }));
  EXPECT_TRUE(refused([](auto* spoilt) { spoilt->time_to_live->state = TimeToLiveState{3}; }));
  EXPECT_TRUE(refused([](auto* spoilt) { spoilt->time_to_live->attribute_name.clear(); }));
}

TEST(DescriptorCodec, SurvivesRandomMutations) {
  SeededRandom random(52);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = Encoded(RandomDescriptor(&random));
    bytes[random.Next64() % std::min<size_t>(bytes.size(), 200)] =
        static_cast<char>(random.Next64());
    const Result<TableDescriptor> decoded = DecodeTight(bytes);
    if (!decoded.ok()) {
      ++refused;
      ASSERT_EQ(decoded.status().code(), StatusCode::kCorruption);
    } else {
      ASSERT_TRUE(DecodeTight(Encoded(decoded.value())).value() == decoded.value());
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace millrace
