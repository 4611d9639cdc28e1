// Change records and log keys: the round trip, damage, the division into hash ranges, order.
#include "storage/codec/change_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "storage/base/random.h"
#include "storage/codec/random_value.h"

namespace millrace {
namespace {

// The combinations of parts that a record can have.
struct Shape {
  ChangeType type;
  bool by_time_to_live;
  bool old_image;
  bool new_image;
};
constexpr Shape kShapes[] = {
    {ChangeType::kInsert, false, false, true},  {ChangeType::kInsert, false, false, false},
    {ChangeType::kModify, false, true, true},   {ChangeType::kModify, false, true, false},
    {ChangeType::kModify, false, false, true},  {ChangeType::kModify, false, false, false},
    {ChangeType::kRemove, false, true, false},  {ChangeType::kRemove, true, true, false},
    {ChangeType::kRemove, false, false, false}, {ChangeType::kRemove, true, false, false},
};

// A record with the bytes that its views lie in.
struct OwnedRecord {
  std::string items[3];
  ChangeRecord record;
};

std::unique_ptr<OwnedRecord> RandomRecord(const Shape& shape, SeededRandom* random) {
  auto owned = std::make_unique<OwnedRecord>();
  for (std::string& item : owned->items) {
    item = RandomItem(random);
  }
  ChangeRecord& record = owned->record;
  record.type = shape.type;
  record.by_time_to_live = shape.by_time_to_live;
  record.time_ms = static_cast<int64_t>(random->Next64());
  if (shape.old_image) {
    record.old_image = ItemView::At(owned->items[0]);
  }
  if (shape.new_image) {
    record.new_image = ItemView::At(owned->items[1]);
  }
  if (!shape.old_image && !shape.new_image) {
    record.keys = ItemView::At(owned->items[2]);
  }
  return owned;
}

std::string Encoded(const ChangeRecord& record) {
  std::string bytes;
  EncodeChangeRecord(record, &bytes);
  return bytes;
}

// Bytes that end where their allocation ends.
class TightCopy {
 public:
  explicit TightCopy(std::string_view bytes)
      : data_(std::make_unique<char[]>(bytes.size())), size_(bytes.size()) {
    bytes.copy(data_.get(), size_);
  }
  std::string_view view() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<char[]> data_;
  size_t size_;
};

// Whether `bytes` are a record; if not, the status must be kCorruption.
bool IsRecord(std::string_view bytes) {
  const TightCopy copy(bytes);
  const Result<ChangeRecord> read = ViewChangeRecord(copy.view());
  EXPECT_TRUE(read.ok() || read.status().code() == StatusCode::kCorruption);
  return read.ok();
}

void ExpectSame(const ChangeRecord& read, const ChangeRecord& written) {
  EXPECT_EQ(read.type, written.type);
  EXPECT_EQ(read.by_time_to_live, written.by_time_to_live);
  EXPECT_EQ(read.time_ms, written.time_ms);
  const auto expect_same_item = [](const ItemView& own, const ItemView& other) {
    EXPECT_EQ(own.present(), other.present());
    EXPECT_EQ(own.encoded(), other.encoded());
    EXPECT_EQ(own.DynamoSize(), other.DynamoSize());
  };
  expect_same_item(read.old_image, written.old_image);
  expect_same_item(read.new_image, written.new_image);
  expect_same_item(read.keys, written.keys);
}

TEST(ChangeCodec, RoundTripsEveryShape) {
  SeededRandom random(61);
  for (int round = 0; round < 200; ++round) {
    for (const Shape& shape : kShapes) {
      const auto owned = RandomRecord(shape, &random);
      const TightCopy stored(Encoded(owned->record));
      const Result<ChangeRecord> read = ViewChangeRecord(stored.view());
      ASSERT_TRUE(read.ok()) << read.status().ToString();
      ExpectSame(*read, owned->record);
      EXPECT_TRUE(read->key_source().present());
      EXPECT_GE(read->key_source().encoded().data(), stored.view().data());
      EXPECT_LE(read->key_source().encoded().data(), stored.view().data() + stored.view().size());
    }
  }
}

TEST(ChangeCodec, AppendsBehindWhatIsThere) {
  SeededRandom random(62);
  const auto owned = RandomRecord(kShapes[0], &random);
  std::string bytes = "before";
  EncodeChangeRecord(owned->record, &bytes);
  EXPECT_EQ(bytes, "before" + Encoded(owned->record));
}

TEST(ChangeCodec, RefusesRecordsCutShortOrTooLong) {
  SeededRandom random(63);
  for (const Shape& shape : kShapes) {
    const std::string bytes = Encoded(RandomRecord(shape, &random)->record);
    for (size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(IsRecord(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_TRUE(IsRecord(bytes));
    EXPECT_FALSE(IsRecord(bytes + '\0'));
    EXPECT_FALSE(IsRecord(bytes + bytes));
  }
}

TEST(ChangeCodec, RefusesUnknownHeadersAndItems) {
  SeededRandom random(64);
  const std::string bytes = Encoded(RandomRecord(kShapes[2], &random)->record);
  const auto with = [&](size_t offset, int value) {
    std::string changed = bytes;
    changed[offset] = static_cast<char>(value);
    return changed;
  };
  EXPECT_TRUE(IsRecord(with(0, 1)));
  EXPECT_FALSE(IsRecord(with(0, 0)));
  EXPECT_FALSE(IsRecord(with(0, 2)));
  for (int type = 0; type < 256; ++type) {
    EXPECT_EQ(IsRecord(with(1, type)), type == 2) << type;  // both images: a modification
  }
  const std::string item = RandomItem(&random).substr(0, 9);  // a header is enough for a view
  for (int type = 1; type <= 3; ++type) {
    for (int flags = 0; flags < 256; ++flags) {
      std::string record = {'\x01', static_cast<char>(type), static_cast<char>(flags)};
      record.append(8, '\0');
      for (int flag : {2, 4, 8}) {
        if ((flags & flag) != 0) {
          record += '\x09' + item;
        }
      }
      const bool possible =
          std::any_of(std::begin(kShapes), std::end(kShapes), [&](const Shape& shape) {
            const bool keys = !shape.old_image && !shape.new_image;
            return static_cast<int>(shape.type) == type &&
                   flags == (shape.by_time_to_live ? 1 : 0) + (shape.old_image ? 2 : 0) +
                                (shape.new_image ? 4 : 0) + (keys ? 8 : 0);
          });
      EXPECT_EQ(IsRecord(record), possible) << type << " " << flags;
    }
  }
  std::string short_item = {'\x01', '\x01', '\x04'};
  short_item.append(8, '\0');
  EXPECT_FALSE(IsRecord(short_item + '\x08' + item.substr(0, 8)));
  EXPECT_FALSE(IsRecord(short_item + '\x09' + '\x02' + item.substr(1))) << "an item of version 2";
  EXPECT_TRUE(IsRecord(short_item + '\x09' + item));
}

TEST(ChangeCodec, SurvivesRandomDamage) {
  SeededRandom random(65);
  uint64_t read_bytes = 0;
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    const auto owned = RandomRecord(kShapes[round % std::size(kShapes)], &random);
    std::string bytes = Encoded(owned->record);
    bytes[random.Next64() % std::min<size_t>(bytes.size(), 64)] =
        static_cast<char>(random.Next64());
    const TightCopy copy(bytes);
    const Result<ChangeRecord> read = ViewChangeRecord(copy.view());
    if (!read.ok()) {
      ASSERT_EQ(read.status().code(), StatusCode::kCorruption);
      ++refused;
      continue;
    }
    read_bytes += ReadEverything(read->old_image) + ReadEverything(read->new_image) +
                  ReadEverything(read->keys);
  }
  EXPECT_GT(refused, 1000);
  EXPECT_NE(read_bytes, 0u);
}

TEST(ChangeCodec, HashRangesAreEvenAndInOrder) {
  SeededRandom random(66);
  for (const uint16_t count : {1, 2, 3, 4, 7, 256, 1000, 65535}) {
    EXPECT_EQ(HashRangeOf({0, UINT64_MAX}, count), 0);
    EXPECT_EQ(HashRangeOf({UINT64_MAX, 0}, count), count - 1);
    for (uint32_t range = 1; range < count; range += 1 + count / 100) {
      // The first hash of a range is ceil(range * 2^64 / count).
      const unsigned __int128 scaled = static_cast<unsigned __int128>(range) << 64;
      const uint64_t first = static_cast<uint64_t>((scaled + count - 1) / count);
      EXPECT_EQ(HashRangeOf({first, 0}, count), range) << count;
      EXPECT_EQ(HashRangeOf({first - 1, UINT64_MAX}, count), range - 1) << count;
    }
    for (int round = 0; round < 1000; ++round) {
      const uint64_t a = random.Next64();
      const uint64_t b = random.Next64();
      EXPECT_LE(HashRangeOf({std::min(a, b), 0}, count), HashRangeOf({std::max(a, b), 0}, count));
    }
  }
  std::vector<int> counts(8);
  for (int round = 0; round < 80000; ++round) {
    ++counts[HashRangeOf({random.Next64(), random.Next64()}, 8)];
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 10000, 500);
  }
}

TEST(ChangeCodec, LogKeysSortByStreamRangeAndSequence) {
  SeededRandom random(67);
  const auto small = [&] { return random.Next64() % 3 * 255 + random.Next64() % 3; };
  const auto key_of = [](const LogKeyParts& parts) {
    std::string key;
    AppendLogKey(parts, &key);
    return key;
  };
  const auto order_of = [](const LogKeyParts& parts) {
    return std::tuple(parts.stream_id, parts.hash_range, parts.sequence);
  };
  for (int round = 0; round < 5000; ++round) {
    const LogKeyParts a = {static_cast<uint32_t>(small()), static_cast<uint16_t>(small()), small()};
    const LogKeyParts b = {static_cast<uint32_t>(small()), static_cast<uint16_t>(small()), small()};
    ASSERT_EQ(key_of(a) < key_of(b), order_of(a) < order_of(b));
    LogKeyParts read;
    ASSERT_TRUE(ParseLogKey(key_of(a), &read));
    ASSERT_EQ(order_of(read), order_of(a));
  }
}

TEST(ChangeCodec, RefusesLogKeysOfAnotherSize) {
  std::string key;
  AppendLogKey({1, 2, 3}, &key);
  ASSERT_EQ(key.size(), kLogKeySize);
  LogKeyParts parts;
  for (size_t size = 0; size < key.size(); ++size) {
    EXPECT_FALSE(ParseLogKey(TightCopy(std::string_view(key).substr(0, size)).view(), &parts));
  }
  EXPECT_FALSE(ParseLogKey(key + "x", &parts));
}

}  // namespace
}  // namespace millrace
