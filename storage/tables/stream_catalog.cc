// Streams in memory, and how they are found.
#include "storage/tables/stream_catalog.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/codec/stream_codec.h"

namespace millrace::tables {
namespace {

using engine::ScanRange;
using engine::Space;

constexpr std::string_view kShardPrefix = "shardId-";
constexpr size_t kShardTimeDigits = 20;

// Shards by creation; of one moment by hash range.
bool IsCreatedBefore(const ShardDescriptor& a, const ShardDescriptor& b) {
  return a.start_sequence != b.start_sequence ? a.start_sequence < b.start_sequence
                                              : a.hash_range < b.hash_range;
}

Status LoadShards(const engine::Engine& engine, Stream* stream) {
  const uint32_t stream_id = stream->descriptor.stream_id;
  const std::string from = ShardRowsBegin(stream_id);
  const std::string to = ShardRowsEnd(stream_id);
  ScanRange range;
  range.space = Space::kCatalog;
  range.from = from;
  range.to = to;
  const std::unique_ptr<engine::Scanner> rows = engine.Scan(range);
  for (; rows->Valid(); rows->Next()) {
    ASSIGN_OR_RETURN(const ShardDescriptor shard, DecodeShardDescriptor(rows->value()));
    if (shard.hash_range >= stream->descriptor.hash_range_count ||
        ShardRowKey(stream_id, shard.hash_range, shard.start_sequence) != rows->key()) {
      return Status(StatusCode::kCorruption, "a stored shard of a stream is damaged");
    }
    stream->shards.push_back(shard);
  }
  std::sort(stream->shards.begin(), stream->shards.end(), IsCreatedBefore);
  return rows->status();
}

Status LoadHorizons(const engine::Engine& engine, Stream* stream) {
  const StreamDescriptor& descriptor = stream->descriptor;
  for (uint16_t range = 0; range < descriptor.hash_range_count; ++range) {
    engine::PinnedValue value;
    RETURN_IF_ERROR(
        engine.Get(Space::kMeta, StreamHorizonKey(descriptor.stream_id, range), &value));
    uint64_t horizon = descriptor.start_sequence;
    if (value.found()) {
      ASSIGN_OR_RETURN(horizon, DecodeStreamHorizon(value.bytes()));
    }
    stream->horizons.push_back(horizon);
  }
  return Status::Ok();
}

}  // namespace

std::string ShardId(const Stream& stream, const ShardDescriptor& shard) {
  std::string identity;
  AppendBigEndian32(&identity, stream.descriptor.stream_id);
  AppendBigEndian32(&identity, shard.hash_range);
  AppendBigEndian64(&identity, shard.start_sequence);
  std::array<char, kShardPrefix.size() + kShardTimeDigits + 1 + 8 + 1> text;
  const int size = std::snprintf(text.data(), text.size(), "shardId-%020lld-%08x",
                                 static_cast<long long>(shard.creation_ms),
                                 static_cast<unsigned>(KeyedHash128(0, identity).low & 0xFFFFFFFF));
  return std::string(text.data(), static_cast<size_t>(size));
}

const ShardDescriptor* FindShard(const Stream& stream, std::string_view shard_id) {
  // Only shards of the right moment can have the id.
  if (!shard_id.starts_with(kShardPrefix)) {
    return nullptr;
  }
  int64_t creation_ms = 0;
  for (const char digit : shard_id.substr(kShardPrefix.size(), kShardTimeDigits)) {
    if (digit < '0' || digit > '9' || creation_ms > INT64_MAX / 10 - 9) {
      return nullptr;
    }
    creation_ms = creation_ms * 10 + (digit - '0');
  }
  for (const ShardDescriptor& shard : stream.shards) {
    if (shard.creation_ms == creation_ms && ShardId(stream, shard) == shard_id) {
      return &shard;
    }
  }
  return nullptr;
}

Status StreamCatalog::Load(const engine::Engine& engine) {
  const std::string from = StreamRowsBegin();
  const std::string to = StreamRowsEnd();
  ScanRange range;
  range.space = Space::kCatalog;
  range.from = from;
  range.to = to;
  const std::unique_ptr<engine::Scanner> rows = engine.Scan(range);
  for (; rows->Valid(); rows->Next()) {
    auto stream = std::make_shared<Stream>();
    ASSIGN_OR_RETURN(stream->descriptor, DecodeStreamDescriptor(rows->value()));
    if (StreamRowKey(stream->descriptor.stream_id) != rows->key()) {
      return Status(StatusCode::kCorruption,
                    "the stored stream of table " + stream->descriptor.table_name + " is damaged");
    }
    RETURN_IF_ERROR(LoadShards(engine, stream.get()));
    RETURN_IF_ERROR(LoadHorizons(engine, stream.get()));
    Publish(std::move(stream));
  }
  return rows->status();
}

StreamPointer StreamCatalog::Find(std::string_view table_name, std::string_view label) const {
  MutexLock lock(&mutex_);
  const auto found = by_name_.find(Name(table_name, label));
  return found == by_name_.end() ? nullptr : found->second;
}

StreamPointer StreamCatalog::FindById(uint32_t stream_id) const {
  MutexLock lock(&mutex_);
  const auto found = by_id_.find(stream_id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::vector<StreamPointer> StreamCatalog::List(std::string_view table_name,
                                               std::string_view after_table_name,
                                               std::string_view after_label, size_t count,
                                               bool* more) const {
  *more = false;
  std::vector<StreamPointer> streams;
  MutexLock lock(&mutex_);
  auto next = by_name_.upper_bound(Name(after_table_name, after_label));
  if (!table_name.empty() && after_table_name < table_name) {
    next = by_name_.lower_bound(Name(table_name, ""));
  }
  for (; next != by_name_.end(); ++next) {
    if (!table_name.empty() && next->first.first != table_name) {
      break;
    }
    if (streams.size() == count) {
      *more = true;
      break;
    }
    streams.push_back(next->second);
  }
  return streams;
}

std::vector<StreamPointer> StreamCatalog::All() const {
  std::vector<StreamPointer> streams;
  MutexLock lock(&mutex_);
  for (const auto& [name, stream] : by_name_) {
    streams.push_back(stream);
  }
  return streams;
}

void StreamCatalog::Publish(StreamPointer stream) {
  MutexLock lock(&mutex_);
  const StreamDescriptor& descriptor = stream->descriptor;
  by_name_[Name(descriptor.table_name, descriptor.label)] = stream;
  by_id_[descriptor.stream_id] = std::move(stream);
}

void StreamCatalog::Remove(uint32_t stream_id) {
  MutexLock lock(&mutex_);
  const auto found = by_id_.find(stream_id);
  if (found == by_id_.end()) {
    return;
  }
  const StreamDescriptor& descriptor = found->second->descriptor;
  by_name_.erase(Name(descriptor.table_name, descriptor.label));
  by_id_.erase(found);
}

}  // namespace millrace::tables
