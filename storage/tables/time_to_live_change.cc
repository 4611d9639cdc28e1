// Keeping expiry entries in step with their items.
#include "storage/tables/time_to_live_change.h"

#include <optional>
#include <string>

#include "storage/codec/time_to_live_codec.h"

namespace millrace::tables {

using engine::Space;

void WriteExpiryChange(const ItemPlace& place, const ItemView& old_item, const ItemView& new_item,
                       engine::WriteSet* writes) {
  const TimeToLive* const time_to_live = place.table->time_to_live();
  if (time_to_live == nullptr) {
    return;
  }
  const auto expiry_of = [time_to_live](const ItemView& item) {
    return item.present() ? ExpirySeconds(item, time_to_live->attribute_name) : std::nullopt;
  };
  const std::optional<int64_t> before = expiry_of(old_item);
  const std::optional<int64_t> after = expiry_of(new_item);
  if (before == after) {
    return;
  }
  std::string key;
  if (before.has_value()) {
    AppendExpiryKey(time_to_live->time_to_live_id, *before, place.key, &key);
    writes->Delete(Space::kTimeToLive, key);
    key.clear();
  }
  if (after.has_value()) {
    AppendExpiryKey(time_to_live->time_to_live_id, *after, place.key, &key);
    writes->Put(Space::kTimeToLive, key, {});
    place.table->expiry_watermark()->NoteWritten(*after);
  }
}

}  // namespace millrace::tables
