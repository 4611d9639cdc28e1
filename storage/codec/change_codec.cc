// Change records and the keys of the log. Reading a record is a handful of loads: readers of a
// stream view hundreds of thousands of them in a second.
#include "storage/codec/change_codec.h"

#include <cstring>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/codec/field_reader.h"
#include "storage/codec/stream_key.h"

namespace millrace {
namespace {

constexpr char kRecordVersion = 1;
constexpr size_t kTypeOffset = 1;
constexpr size_t kFlagsOffset = 2;
constexpr size_t kTimeOffset = 3;
constexpr size_t kHeaderSize = kTimeOffset + 8;

// Flags reach disk: never change or reuse one.
constexpr uint8_t kByTimeToLive = 1;
constexpr uint8_t kHasOldImage = 2;
constexpr uint8_t kHasNewImage = 4;
constexpr uint8_t kHasKeys = 8;
constexpr uint8_t kFlagsKnown = kByTimeToLive | kHasOldImage | kHasNewImage | kHasKeys;

// Whether a change of the type can have these parts: the keys exactly when there is no image, no
// image of an item that was not there, and only a removal by time to live.
bool IsPossible(uint8_t type, uint8_t flags) {
  const bool has_image = (flags & (kHasOldImage | kHasNewImage)) != 0;
  const bool has_keys = (flags & kHasKeys) != 0;
  if (has_image == has_keys || (flags & ~kFlagsKnown) != 0) {
    return false;
  }
  switch (static_cast<ChangeType>(type)) {
    case ChangeType::kInsert:
      return (flags & (kHasOldImage | kByTimeToLive)) == 0;
    case ChangeType::kModify:
      return (flags & kByTimeToLive) == 0;
    case ChangeType::kRemove:
      return (flags & kHasNewImage) == 0;
  }
  return false;
}

uint8_t FlagsOf(const ChangeRecord& record) {
  uint8_t flags = 0;
  flags |= record.by_time_to_live ? kByTimeToLive : 0;
  flags |= record.old_image.present() ? kHasOldImage : 0;
  flags |= record.new_image.present() ? kHasNewImage : 0;
  flags |= record.keys.present() ? kHasKeys : 0;
  return flags;
}

void AppendItem(const ItemView& item, std::string* out) {
  if (item.present()) {
    AppendVarint32(out, static_cast<uint32_t>(item.encoded().size()));
    out->append(item.encoded());
  }
}

// Reads the item that `flag` announces; false when it should be there and is none.
bool ReadItem(uint8_t flags, uint8_t flag, FieldReader* reader, ItemView* item) {
  if ((flags & flag) == 0) {
    return true;
  }
  *item = ItemView::At(reader->Bytes());
  return item->present();
}

bool View(std::string_view bytes, ChangeRecord* record) {
  if (bytes.size() < kHeaderSize || bytes[0] != kRecordVersion) {
    return false;
  }
  const uint8_t type = static_cast<uint8_t>(bytes[kTypeOffset]);
  const uint8_t flags = static_cast<uint8_t>(bytes[kFlagsOffset]);
  if (!IsPossible(type, flags)) {
    return false;
  }
  record->type = static_cast<ChangeType>(type);
  record->by_time_to_live = (flags & kByTimeToLive) != 0;
  record->time_ms = static_cast<int64_t>(LoadLittleEndian64(bytes.data() + kTimeOffset));
  FieldReader reader(bytes.substr(kHeaderSize));
  return ReadItem(flags, kHasOldImage, &reader, &record->old_image) &&
         ReadItem(flags, kHasNewImage, &reader, &record->new_image) &&
         ReadItem(flags, kHasKeys, &reader, &record->keys) && reader.Done();
}

}  // namespace

void EncodeChangeRecord(const ChangeRecord& record, std::string* out) {
  const uint8_t flags = FlagsOf(record);
  CHECK(IsPossible(static_cast<uint8_t>(record.type), flags));
  char header[kHeaderSize];
  header[0] = kRecordVersion;
  header[kTypeOffset] = static_cast<char>(record.type);
  header[kFlagsOffset] = static_cast<char>(flags);
  std::memcpy(header + kTimeOffset, &record.time_ms, sizeof(record.time_ms));
  out->append(header, sizeof(header));
  AppendItem(record.old_image, out);
  AppendItem(record.new_image, out);
  AppendItem(record.keys, out);
}

Result<ChangeRecord> ViewChangeRecord(std::string_view bytes) {
  ChangeRecord record;
  if (!View(bytes, &record)) [[unlikely]] {
    return Status(StatusCode::kCorruption,
                  "a stored change record is damaged or was written by a newer version");
  }
  return record;
}

// The same division as that of the segments of a scan: h lies in range floor(h * count / 2^64).
uint16_t HashRangeOf(const Hash128& partition_hash, uint16_t count) {
  DCHECK(count >= 1);
  return static_cast<uint16_t>((static_cast<unsigned __int128>(partition_hash.high) * count) >> 64);
}

void AppendLogKey(const LogKeyParts& parts, std::string* out) {
  AppendStreamRange(parts.stream_id, parts.hash_range, out);
  AppendBigEndian64(out, parts.sequence);
}

bool ParseLogKey(std::string_view key, LogKeyParts* parts) {
  if (key.size() != kLogKeySize) {
    return false;
  }
  LoadStreamRange(key.data(), &parts->stream_id, &parts->hash_range);
  parts->sequence = LoadBigEndian64(key.data() + kStreamRangeSize);
  return true;
}

}  // namespace millrace
