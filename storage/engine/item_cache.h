// A cache of items in front of RocksDB, by key. A hit costs one hash look-up where RocksDB walks a
// memtable or several files; it holds only what RocksDB holds too, so losing it loses nothing.
//
// It must never show an older value than the store does. The committer therefore takes the keys of
// a group out before the group is written and lets them back in afterwards; between the two nothing
// may be filled in. A reader fills in what it read only if no write of the same part of the cache
// began or ended since before it read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/engine/engine.h"

namespace millrace::engine {

// Thread-safe.
class ItemCache {
 public:
  // Values above this size are not kept: copying them costs more than RocksDB's look-up saves.
  static constexpr size_t kValueSizeMax = 8 * 1024;

  // Keeps at most about `bytes_max` bytes, its own overhead included; 0 turns it off.
  explicit ItemCache(size_t bytes_max);
  ~ItemCache();
  ItemCache(const ItemCache&) = delete;
  ItemCache& operator=(const ItemCache&) = delete;

  bool enabled() const { return shard_bytes_max_ > 0; }

  // What a reader that missed needs in order to fill in what it reads elsewhere.
  struct Ticket {
    uint64_t hash = 0;
    uint64_t version = 0;
    bool fillable = false;
  };

  // Pins the value of `key` into `*value`, which must be empty, and returns true; or returns false
  // with a ticket.
  bool Get(std::string_view key, PinnedValue* value, Ticket* ticket);
  // Keeps a copy of what was read after the ticket was given, unless a write came between.
  void Fill(std::string_view key, std::string_view bytes, const Ticket& ticket);

  // Committer thread only, in pairs for each key that a group writes: before the write, and after
  // it. BeginWrite takes the key out and tells whether it was there; EndWrite puts the new value in
  // if it was (none: deleted, or the write failed).
  bool BeginWrite(std::string_view key);
  void EndWrite(std::string_view key, bool was_cached, std::optional<std::string_view> bytes);

 private:
  struct Slot;
  struct Entry;
  struct Shard;
  static constexpr size_t kShardCount = 64;

  Shard& ShardOf(uint64_t hash) const;

  size_t shard_bytes_max_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace millrace::engine
