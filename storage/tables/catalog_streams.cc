// Streams that begin and end with changes of their tables.
#include "storage/tables/catalog_streams.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "storage/codec/stream_codec.h"
#include "storage/tables/stream_maintenance.h"

namespace millrace::tables {
namespace {

using engine::Space;
using engine::WriteSet;

// The time as labels of streams have it: 2026-11-20T21:00:00.000.
std::string LabelOf(int64_t time_ms) {
  const time_t seconds = static_cast<time_t>(time_ms / 1000);
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text;
  const size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%03d", static_cast<int>(time_ms % 1000));
  return text.data();
}

StreamDescriptor DescribeStream(const TableDescriptor& table) {
  StreamDescriptor stream;
  stream.stream_id = table.stream->stream_id;
  stream.table_id = table.table_id;
  stream.table_name = table.name;
  stream.label = table.stream->label;
  stream.view_type = table.stream->view_type;
  stream.key_schema = table.key_schema;
  stream.hash_range_count = table.stream->hash_range_count;
  stream.creation_ms = table.stream->creation_ms;
  stream.start_sequence = table.stream->start_sequence;
  return stream;
}

ShardDescriptor FirstShard(const StreamDescriptor& stream, uint16_t hash_range) {
  ShardDescriptor shard;
  shard.hash_range = hash_range;
  shard.start_sequence = stream.start_sequence + 1;
  shard.creation_ms = stream.creation_ms;
  return shard;
}

void WriteStreamRow(const StreamDescriptor& stream, WriteSet* writes) {
  std::string value;
  EncodeStreamDescriptor(stream, &value);
  writes->Put(Space::kCatalog, StreamRowKey(stream.stream_id), value);
}

std::optional<int64_t> RetentionTagOf(const TableDescriptor& table) {
  for (const Tag& tag : table.tags) {
    if (tag.key == kRetentionTag) {
      return ParseRetention(tag.value);
    }
  }
  return std::nullopt;
}

bool HasOpenStream(const TableDescriptor* table) {
  return table != nullptr && table->stream.has_value() && table->stream->enabled &&
         table->stream->start_sequence != 0;
}

}  // namespace

void CatalogStreams::Plan(const TableDescriptor* before, TableDescriptor* after, bool deletes_table,
                          WriteSet* writes, Changes* changes) {
  *changes = Changes();
  if (deletes_table && after->stream.has_value()) {
    after->stream->enabled = false;
  }
  const bool goes_on = HasOpenStream(before) && HasOpenStream(after) &&
                       before->stream->stream_id == after->stream->stream_id;
  if (HasOpenStream(before) && !goes_on) {
    Close(*before, deletes_table, writes, changes);
  }
  if (deletes_table) {
    KeepRetention(*before, writes, changes);
  }
  if (!goes_on && after->stream.has_value() && after->stream->enabled) {
    Open(after, writes, changes);
  }
}

void CatalogStreams::Open(TableDescriptor* table, WriteSet* writes, Changes* changes) {
  last_creation_ms_ = std::max(writes->now_ms(), last_creation_ms_ + 1);
  while (streams_->Find(table->name, LabelOf(last_creation_ms_)) != nullptr) {
    ++last_creation_ms_;
  }
  table->stream->creation_ms = last_creation_ms_;
  table->stream->label = LabelOf(last_creation_ms_);
  table->stream->start_sequence = writes->sequence();
  StreamDescriptor stream = DescribeStream(*table);
  WriteStreamRow(stream, writes);
  for (uint16_t range = 0; range < stream.hash_range_count; ++range) {
    const ShardDescriptor shard = FirstShard(stream, range);
    std::string value;
    EncodeShardDescriptor(shard, &value);
    writes->Put(Space::kCatalog, ShardRowKey(stream.stream_id, range, shard.start_sequence), value);
  }
  changes->opened.push_back(std::move(stream));
}

void CatalogStreams::Close(const TableDescriptor& table, bool deletes_table, WriteSet* writes,
                           Changes* changes) {
  StreamDescriptor stream = DescribeStream(table);
  stream.end_sequence = writes->sequence();
  stream.end_ms = writes->now_ms();
  if (deletes_table) {
    stream.retention_ms = RetentionTagOf(table);
  }
  WriteStreamRow(stream, writes);
  ending_[stream.stream_id] = stream;
  changes->closed.push_back(std::move(stream));
}

// A table that is deleted cannot be asked for its tag any more: the streams that it had before are
// told as well.
void CatalogStreams::KeepRetention(const TableDescriptor& table, WriteSet* writes,
                                   Changes* changes) {
  const std::optional<int64_t> retention_ms = RetentionTagOf(table);
  if (!retention_ms.has_value()) {
    return;
  }
  // Those that this group has closed are not published yet, or not as closed.
  std::map<uint32_t, StreamDescriptor> closed = ending_;
  for (const StreamPointer& known : streams_->All()) {
    if (!known->descriptor.open()) {
      closed.emplace(known->descriptor.stream_id, known->descriptor);
    }
  }
  for (auto& [stream_id, stream] : closed) {
    if (stream.table_id == table.table_id && !stream.retention_ms.has_value()) {
      stream.retention_ms = retention_ms;
      WriteStreamRow(stream, writes);
      changes->closed.push_back(std::move(stream));
    }
  }
}

void CatalogStreams::Publish(const Changes& changes) {
  for (const StreamDescriptor& descriptor : changes.closed) {
    ending_.erase(descriptor.stream_id);
    const StreamPointer open = streams_->FindById(descriptor.stream_id);
    if (open == nullptr) {
      continue;
    }
    auto closed = std::make_shared<Stream>(*open);
    closed->descriptor = descriptor;
    streams_->Publish(std::move(closed));
  }
  for (const StreamDescriptor& descriptor : changes.opened) {
    auto stream = std::make_shared<Stream>();
    stream->descriptor = descriptor;
    for (uint16_t range = 0; range < descriptor.hash_range_count; ++range) {
      stream->shards.push_back(FirstShard(descriptor, range));
      stream->horizons.push_back(descriptor.start_sequence);
    }
    streams_->Publish(std::move(stream));
  }
}

}  // namespace millrace::tables
