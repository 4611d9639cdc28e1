// Composing change records.
#include "storage/tables/change_record.h"

#include <string>

#include "storage/codec/change_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/value_writer.h"

namespace millrace::tables {
namespace {

// Memory of a large record is not kept for ever.
constexpr size_t kScratchKeptMax = 1 << 20;

bool KeepsNewImage(StreamViewType type) {
  return type == StreamViewType::kNewImage || type == StreamViewType::kNewAndOldImages;
}

bool KeepsOldImage(StreamViewType type) {
  return type == StreamViewType::kOldImage || type == StreamViewType::kNewAndOldImages;
}

// An item of the key attributes only.
ItemView BuildKeys(const ItemPlace& place, std::string* bytes) {
  bytes->clear();
  ItemBuilder builder(bytes);
  const KeySchema& schema = place.table->key_schema();
  builder.CopyValue(schema.partition_key().name, place.partition_key);
  if (schema.sort_key() != nullptr) {
    builder.CopyValue(schema.sort_key()->name, place.sort_key);
  }
  return builder.Finish();
}

// Items mostly differ in their size already; comparing them is for those that do not.
bool AreEqual(const ItemView& a, const ItemView& b) {
  return a.DynamoSize() == b.DynamoSize() && ItemsEqual(a, b);
}

}  // namespace

void WriteChangeRecord(const ItemPlace& place, const ItemView& old_item, const ItemView& new_item,
                       bool by_time_to_live, engine::WriteSet* writes) {
  const TableStream* const stream = place.table->stream();
  if (stream == nullptr || (!old_item.present() && !new_item.present()) ||
      (old_item.present() && new_item.present() && AreEqual(old_item, new_item))) {
    return;
  }
  // Of the committer thread; so that a record allocates nothing.
  thread_local std::string value;
  thread_local std::string keys;
  ChangeRecord record;
  record.type = !old_item.present()  ? ChangeType::kInsert
                : new_item.present() ? ChangeType::kModify
                                     : ChangeType::kRemove;
  record.by_time_to_live = by_time_to_live;
  record.time_ms = writes->now_ms();
  if (KeepsOldImage(stream->view_type)) {
    record.old_image = old_item;
  }
  if (KeepsNewImage(stream->view_type)) {
    record.new_image = new_item;
  }
  if (!record.old_image.present() && !record.new_image.present()) {
    record.keys = BuildKeys(place, &keys);
  }
  ItemKeyParts key_parts;
  ParseItemKey(place.key, &key_parts);
  LogKeyParts log_key;
  log_key.stream_id = stream->stream_id;
  log_key.hash_range = HashRangeOf(key_parts.hash, stream->hash_range_count);
  log_key.sequence = writes->TakeSequence();
  value.clear();
  AppendLogKey(log_key, &value);
  EncodeChangeRecord(record, &value);
  const std::string_view bytes = value;
  writes->Put(engine::Space::kLog, bytes.substr(0, kLogKeySize), bytes.substr(kLogKeySize));
  if (value.capacity() > kScratchKeptMax) {
    std::string().swap(value);
  }
}

}  // namespace millrace::tables
