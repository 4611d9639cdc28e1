// Change records: what the log (column family `log`) keeps of one change of one item, and the keys
// that order them. FORMAT.md is normative.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/status.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace {

// What happened to the item. The values reach disk.
enum class ChangeType : uint8_t { kInsert = 1, kModify = 2, kRemove = 3 };

// A change record. The views lie in the stored bytes, or in what is to be stored.
struct ChangeRecord {
  ChangeType type = ChangeType::kInsert;
  bool by_time_to_live = false;  // the expiry of the item removed it
  int64_t time_ms = 0;           // of the commit, since 1970
  // Images as the stream's view type keeps them, each complete; not present() when not kept.
  ItemView old_image;
  ItemView new_image;
  // The key attributes only; present() when there is no image. Otherwise an image has them.
  ItemView keys;

  // The item to take the key attributes from: whichever of the three is present.
  const ItemView& key_source() const {
    return new_image.present() ? new_image : old_image.present() ? old_image : keys;
  }
};

// Appends the stored form.
void EncodeChangeRecord(const ChangeRecord& record, std::string* out);
// Views a stored record; the views of the result lie in `bytes`. kCorruption for anything that is
// not a record: the structure of the images is checked as far as ItemView::At does.
Result<ChangeRecord> ViewChangeRecord(std::string_view bytes);

// The hash range, of `count`, that a partition belongs to: equal parts by the upper bits of the
// partition's hash. `count` is at least 1.
uint16_t HashRangeOf(const Hash128& partition_hash, uint16_t count);

// Log key: stream id | hash range | sequence, all big endian: the records of a hash range are one
// key range in commit order.
struct LogKeyParts {
  uint32_t stream_id = 0;
  uint16_t hash_range = 0;
  uint64_t sequence = 0;
};
inline constexpr size_t kLogKeySize = 4 + 2 + 8;
void AppendLogKey(const LogKeyParts& parts, std::string* out);
// False for bytes that are no log key.
bool ParseLogKey(std::string_view key, LogKeyParts* parts);

}  // namespace millrace
