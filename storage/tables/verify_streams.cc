// The check of the log and of the expiry entries.
#include "storage/tables/verify_streams.h"

#include <memory>
#include <string>

#include "storage/base/digest.h"
#include "storage/codec/change_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/time_to_live_codec.h"
#include "storage/codec/validate.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::tables {
namespace {

using engine::PinnedValue;
using engine::ScanRange;
using engine::Space;

std::unique_ptr<engine::Scanner> Walk(const engine::Engine& engine, Space space,
                                      std::string_view from, std::string_view to) {
  ScanRange range;
  range.space = space;
  range.from = from;
  range.to = to;
  return engine.Scan(range);
}

// What is wrong with a record of `stream`; empty if nothing is.
std::string ProblemOf(const engine::Engine& engine, const Stream& stream, const LogKeyParts& key,
                      std::string_view value) {
  const StreamDescriptor& descriptor = stream.descriptor;
  if (key.hash_range >= descriptor.hash_range_count) {
    return "the stream has no such hash range";
  }
  if (key.sequence <= descriptor.start_sequence ||
      (!descriptor.open() && key.sequence >= descriptor.end_sequence)) {
    return "its sequence is not within the life of the stream";
  }
  const Result<ChangeRecord> record = ViewChangeRecord(value);
  if (!record.ok()) {
    return record.status().ToString();
  }
  for (const ItemView* item :
       {&record.value().keys, &record.value().old_image, &record.value().new_image}) {
    if (item->present() && !ValidateItem(item->encoded()).ok()) {
      return "one of its items is not sound";
    }
  }
  const ItemView& source = record.value().key_source();
  const ValueView partition_key = source.Find(descriptor.key_schema.partition_key().name);
  if (!partition_key.present()) {
    return "it lacks the partition key";
  }
  const Hash128 hash = PartitionHash(engine.hash_seed(), partition_key);
  if (HashRangeOf(hash, descriptor.hash_range_count) != key.hash_range) {
    return "its item belongs to another hash range";
  }
  return {};
}

}  // namespace

Status VerifyStreams(const engine::Engine& engine, VerifyReport* report) {
  StreamCatalog streams;
  RETURN_IF_ERROR(streams.Load(engine));
  StreamPointer stream;
  const auto records = Walk(engine, Space::kLog, {}, {});
  for (; records->Valid(); records->Next()) {
    ++report->records;
    const std::string where = "change record " + ToHex(records->key());
    LogKeyParts key;
    if (!ParseLogKey(records->key(), &key)) {
      report->AddProblem(where, "its key is not one");
      continue;
    }
    if (stream == nullptr || stream->descriptor.stream_id != key.stream_id) {
      stream = streams.FindById(key.stream_id);
    }
    const std::string problem = stream == nullptr
                                    ? "there is no such stream"
                                    : ProblemOf(engine, *stream, key, records->value());
    if (!problem.empty()) {
      report->AddProblem(where, problem);
    }
  }
  return records->status();
}

Status VerifyTimeToLive(const engine::Engine& engine, const Table& table, VerifyReport* report) {
  const TimeToLive* const time_to_live = table.time_to_live();
  if (time_to_live == nullptr) {
    return Status::Ok();
  }
  const std::string name = "table " + table.descriptor().name;
  uint64_t entry_count = 0;
  std::string from;
  std::string to;
  AppendTablePrefix(time_to_live->time_to_live_id, &from);
  AppendTablePrefix(time_to_live->time_to_live_id + 1, &to);
  const auto entries = Walk(engine, Space::kTimeToLive, from, to);
  for (; entries->Valid(); entries->Next()) {
    ++entry_count;
    const std::string where = name + " expiry entry " + ToHex(entries->key());
    ExpiryKeyParts parts;
    if (!ParseExpiryKey(entries->key(), &parts)) {
      report->AddProblem(where, "its key is not one");
      continue;
    }
    std::string item_key;
    AppendTablePrefix(table.id(), &item_key);
    item_key.append(parts.item_key_rest);
    PinnedValue value;
    RETURN_IF_ERROR(engine.Get(Space::kItems, item_key, &value));
    if (!value.found()) {
      report->AddProblem(where, "there is no item for the entry");
    } else if (ExpirySeconds(ItemView::At(value.bytes()), time_to_live->attribute_name) !=
               parts.expiry_seconds) {
      report->AddProblem(where, "its item does not expire then");
    }
  }
  RETURN_IF_ERROR(entries->status());
  if (time_to_live->state == TimeToLiveState::kEnabling) {
    return Status::Ok();
  }
  // Each entry is that of an item of its own, so it is enough to count the items.
  uint64_t expiring_count = 0;
  from.clear();
  to.clear();
  AppendTablePrefix(table.id(), &from);
  AppendTablePrefix(table.id() + 1, &to);
  const auto items = Walk(engine, Space::kItems, from, to);
  for (; items->Valid(); items->Next()) {
    const ItemView item = ItemView::At(items->value());
    expiring_count +=
        item.present() && ExpirySeconds(item, time_to_live->attribute_name).has_value() ? 1 : 0;
  }
  if (expiring_count != entry_count) {
    report->AddProblem(name, std::to_string(expiring_count) + " items expire, there are " +
                                 std::to_string(entry_count) + " expiry entries");
  }
  return items->status();
}

}  // namespace millrace::tables
