// The check of the log and of the expiry entries.
#include "storage/tables/verify_streams.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/codec/change_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/meta_codec.h"
#include "storage/codec/stream_codec.h"
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

std::string NameOf(const Stream& stream) {
  return "stream " + stream.descriptor.label + " of table " + stream.descriptor.table_name;
}

// Whether a shard has the place, or the record there has been given up with its shard.
bool HasShard(const Stream& stream, const LogKeyParts& key) {
  return key.sequence < stream.horizons[key.hash_range] ||
         std::any_of(stream.shards.begin(), stream.shards.end(), [&](const ShardDescriptor& shard) {
           const uint64_t end = stream.EndSequence(shard);
           return shard.hash_range == key.hash_range && key.sequence >= shard.start_sequence &&
                  (end == 0 || key.sequence <= end);
         });
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
  if (!HasShard(stream, key)) {
    return "none of the shards has its place";
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

// Shards of a hash range follow each other, and the last one of an open stream is open.
void CheckShards(const Stream& stream, VerifyReport* report) {
  std::vector<const ShardDescriptor*> newest(stream.descriptor.hash_range_count);
  for (const ShardDescriptor& shard : stream.shards) {
    const ShardDescriptor*& before = newest[shard.hash_range];
    const std::string where =
        NameOf(stream) + " shard from " + std::to_string(shard.start_sequence);
    if (shard.start_sequence <= stream.descriptor.start_sequence) {
      report->AddProblem(where, "it is older than the stream");
    }
    if (before != nullptr &&
        (before->end_sequence == 0 || before->end_sequence >= shard.start_sequence)) {
      report->AddProblem(where, "it begins before the one in front of it ends");
    }
    before = &shard;
  }
  for (const ShardDescriptor* const last : newest) {
    if (stream.descriptor.open() && (last == nullptr || last->end_sequence != 0)) {
      report->AddProblem(NameOf(stream), "it is open, and a hash range has no open shard");
    }
  }
}

// Every table that writes to a stream has it, and every open stream has its table.
void CheckTables(const StreamCatalog& streams, std::span<const std::unique_ptr<Table>> tables,
                 VerifyReport* report) {
  std::set<uint32_t> written;
  for (const std::unique_ptr<Table>& table : tables) {
    if (table->stream() == nullptr) {
      continue;
    }
    const StreamPointer stream = streams.FindById(table->stream()->stream_id);
    if (stream == nullptr || !stream->descriptor.open() ||
        stream->descriptor.table_id != table->id()) {
      report->AddProblem("table " + table->descriptor().name, "its stream is not there, or closed");
    }
    written.insert(table->stream()->stream_id);
  }
  for (const StreamPointer& stream : streams.All()) {
    if (stream->descriptor.open() && !written.contains(stream->descriptor.stream_id)) {
      report->AddProblem(NameOf(*stream), "it is open, and no table writes to it");
    }
  }
}

// Rows that no stream has.
Status CheckStrayRows(const engine::Engine& engine, const StreamCatalog& streams,
                      VerifyReport* report) {
  std::set<std::string, std::less<>> owned;
  for (const StreamPointer& stream : streams.All()) {
    const uint32_t stream_id = stream->descriptor.stream_id;
    for (const ShardDescriptor& shard : stream->shards) {
      owned.insert(ShardRowKey(stream_id, shard.hash_range, shard.start_sequence));
    }
    for (uint16_t range = 0; range < stream->descriptor.hash_range_count; ++range) {
      owned.insert(StreamHorizonKey(stream_id, range));
    }
  }
  const auto check = [&](Space space, std::string_view from, std::string_view to,
                         const std::string& what) {
    const auto rows = Walk(engine, space, from, to);
    for (; rows->Valid(); rows->Next()) {
      if (!owned.contains(rows->key())) {
        report->AddProblem(what + " " + ToHex(rows->key()), "there is no such stream");
      }
    }
    return rows->status();
  };
  RETURN_IF_ERROR(check(Space::kCatalog, ShardRowsBegin(0),
                        ShardRowsEnd(std::numeric_limits<uint32_t>::max()), "shard row"));
  return check(Space::kMeta, MetaKindBegin(MetaKind::kStreamHorizon),
               MetaKindEnd(MetaKind::kStreamHorizon), "horizon");
}

}  // namespace

Status VerifyStreams(const engine::Engine& engine, std::span<const std::unique_ptr<Table>> tables,
                     VerifyReport* report) {
  StreamCatalog streams;
  RETURN_IF_ERROR(streams.Load(engine));
  for (const StreamPointer& each : streams.All()) {
    CheckShards(*each, report);
  }
  CheckTables(streams, tables, report);
  RETURN_IF_ERROR(CheckStrayRows(engine, streams, report));
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
