// Expiry times of items and the keys that order them.
#include "storage/codec/time_to_live_codec.h"

#include <limits>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/codec/key_codec.h"

namespace millrace {
namespace {

constexpr size_t kTableIdSize = 4;
constexpr size_t kExpiryOffset = 4;
constexpr size_t kItemKeyOffset = kExpiryOffset + 8;
constexpr size_t kKeySizeMin = kItemKeyOffset + kItemKeyPrefixSize - kTableIdSize;
constexpr int64_t kExpiryMax = std::numeric_limits<int64_t>::max();

}  // namespace

std::optional<int64_t> ExpirySeconds(const ItemView& item, std::string_view attribute) {
  const ValueView value = item.Find(attribute);
  if (!value.present() || !value.IsNumber()) {
    return std::nullopt;
  }
  // Not AsNumber, which makes a zero of damaged bytes: an item must not expire by damage.
  Number number;
  const std::string_view sortable = value.payload();
  if (sortable.empty() || Number::ReadSortable(sortable, &number) != sortable.size() ||
      number.negative()) {
    return std::nullopt;
  }
  const int64_t seconds = number.FloorToInt64();
  if (seconds == kExpiryMax && Number::Compare(number, Number::FromInt64(kExpiryMax)) > 0) {
    return std::nullopt;
  }
  return seconds;
}

void AppendExpiryStart(uint32_t time_to_live_id, int64_t expiry_seconds, std::string* out) {
  CHECK(expiry_seconds >= 0);
  AppendBigEndian32(out, time_to_live_id);
  AppendBigEndian64(out, static_cast<uint64_t>(expiry_seconds));
}

void AppendExpiryKey(uint32_t time_to_live_id, int64_t expiry_seconds, std::string_view item_key,
                     std::string* out) {
  CHECK(item_key.size() >= kItemKeyPrefixSize);
  AppendExpiryStart(time_to_live_id, expiry_seconds, out);
  out->append(item_key.substr(kTableIdSize));
}

bool ParseExpiryKey(std::string_view key, ExpiryKeyParts* parts) {
  if (key.size() < kKeySizeMin) {
    return false;
  }
  parts->time_to_live_id = LoadBigEndian32(key.data());
  parts->expiry_seconds = static_cast<int64_t>(LoadBigEndian64(key.data() + kExpiryOffset));
  parts->item_key_rest = key.substr(kItemKeyOffset);
  return parts->expiry_seconds >= 0;
}

}  // namespace millrace
