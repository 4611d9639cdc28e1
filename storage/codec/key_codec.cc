// Keys of items.
#include "storage/codec/key_codec.h"

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/model/limits.h"

namespace millrace {
namespace {

constexpr size_t kTableIdSize = 4;

// Whether `item` has the attribute `key` with exactly the value `value`.
bool HasKeyValue(const ItemView& item, const KeyAttribute& key, ValueView value) {
  const ValueView own = item.Find(key.name);
  return own.present() && value.present() && own.encoded() == value.encoded();
}

}  // namespace

Hash128 PartitionHash(uint64_t seed, ValueView partition_key) {
  const std::string_view payload = partition_key.payload();
  const char type = static_cast<char>(partition_key.type());
  char buffer[1 + limits::kPartitionKeySizeMax];
  if (payload.size() < sizeof(buffer)) [[likely]] {
    buffer[0] = type;
    payload.copy(buffer + 1, payload.size());
    return KeyedHash128(seed, std::string_view(buffer, 1 + payload.size()));
  }
  std::string bytes(1, type);
  bytes.append(payload);
  return KeyedHash128(seed, bytes);
}

void AppendPartitionPrefix(uint32_t table_id, const Hash128& hash, std::string* out) {
  AppendBigEndian32(out, table_id);
  AppendBigEndian64(out, hash.high);
  AppendBigEndian64(out, hash.low);
}

void AppendSortKey(ValueView sort_key, std::string* out) { out->append(sort_key.payload()); }

void AppendItemKey(uint32_t table_id, uint64_t seed, ValueView partition_key, ValueView sort_key,
                   std::string* out) {
  AppendPartitionPrefix(table_id, PartitionHash(seed, partition_key), out);
  if (sort_key.present()) {
    AppendSortKey(sort_key, out);
  }
}

bool ParseItemKey(std::string_view item_key, ItemKeyParts* parts) {
  if (item_key.size() < kItemKeyPrefixSize) {
    return false;
  }
  const char* const data = item_key.data();
  parts->table_id = LoadBigEndian32(data);
  parts->hash.high = LoadBigEndian64(data + kTableIdSize);
  parts->hash.low = LoadBigEndian64(data + kTableIdSize + 8);
  parts->sort_key = item_key.substr(kItemKeyPrefixSize);
  return true;
}

bool ItemHasKey(const ItemView& item, const KeySchema& schema, ValueView partition_key,
                ValueView sort_key) {
  if (!HasKeyValue(item, schema.partition_key(), partition_key)) {
    return false;
  }
  const KeyAttribute* const sort = schema.sort_key();
  return sort == nullptr || HasKeyValue(item, *sort, sort_key);
}

bool ItemBelongsAtKey(const ItemView& item, const KeySchema& schema, uint64_t seed,
                      std::string_view item_key) {
  ItemKeyParts parts;
  const KeyAttribute& partition = schema.partition_key();
  const ValueView partition_value = item.Find(partition.name);
  if (!ParseItemKey(item_key, &parts) || !partition_value.present() ||
      partition_value.type() != partition.type ||
      PartitionHash(seed, partition_value) != parts.hash) {
    return false;
  }
  const KeyAttribute* const sort = schema.sort_key();
  if (sort == nullptr) {
    return parts.sort_key.empty();
  }
  const ValueView sort_value = item.Find(sort->name);
  return sort_value.present() && sort_value.type() == sort->type &&
         sort_value.payload() == parts.sort_key;
}

void AppendTablePrefix(uint32_t table_id, std::string* out) { AppendBigEndian32(out, table_id); }

// Segment i of n starts at ceil(i * 2^64 / n), so that h lies in segment floor(h * n / 2^64):
// h * n >= i * 2^64 exactly when h >= i * 2^64 / n, and h is an integer.
void AppendSegmentStart(uint32_t table_id, int64_t segment, int64_t total, std::string* out) {
  CHECK(total >= 1 && segment >= 0 && segment <= total);
  if (segment == total) {
    AppendTablePrefix(table_id + 1, out);
    return;
  }
  const unsigned __int128 scaled = static_cast<unsigned __int128>(segment) << 64;
  const unsigned __int128 divisor = static_cast<unsigned __int128>(total);
  AppendTablePrefix(table_id, out);
  AppendBigEndian64(out, static_cast<uint64_t>((scaled + divisor - 1) / divisor));
}

int64_t SegmentOf(std::string_view item_key, int64_t total) {
  ItemKeyParts parts;
  if (!ParseItemKey(item_key, &parts)) {
    return 0;
  }
  const unsigned __int128 scaled =
      static_cast<unsigned __int128>(parts.hash.high) * static_cast<unsigned __int128>(total);
  return static_cast<int64_t>(scaled >> 64);
}

}  // namespace millrace
