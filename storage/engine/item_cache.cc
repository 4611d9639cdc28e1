// The shards of the cache: open-addressing tables of reference-counted entries. Eviction is the
// clock's: a hand goes round the table, an entry that was used since its last visit is spared once.
#include "storage/engine/item_cache.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>
#include <utility>

#include "rocksdb/slice.h"
#include "storage/base/check.h"
#include "storage/engine/pinned_value_access.h"

namespace millrace::engine {
namespace {

constexpr size_t kSlotsMin = 16;

uint64_t HashOf(std::string_view key) { return std::hash<std::string_view>()(key); }

}  // namespace

// The hash lies beside the pointer, so that walking over the slots of other items does not fetch
// those items from memory.
struct ItemCache::Slot {
  uint64_t hash = 0;
  Entry* entry = nullptr;
};

// One item: the header, then key and value in the same piece of memory.
struct ItemCache::Entry {
  std::atomic<uint32_t> references{1};  // the table's own, and one for each pinned value
  bool used = true;                     // since the hand was here; guarded by the shard
  uint32_t key_size = 0;
  uint32_t value_size = 0;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  std::string_view key() { return {data(), key_size}; }
  std::string_view value() { return {data() + key_size, value_size}; }
  size_t charge() const { return sizeof(Entry) + key_size + value_size + 2 * sizeof(Slot); }

  static Entry* New(std::string_view key, std::string_view value) {
    void* const memory = std::malloc(sizeof(Entry) + key.size() + value.size());
    CHECK(memory != nullptr);
    Entry* const entry = new (memory) Entry();
    entry->key_size = static_cast<uint32_t>(key.size());
    entry->value_size = static_cast<uint32_t>(value.size());
    // Not memcpy: an empty view may have no address.
    key.copy(entry->data(), key.size());
    value.copy(entry->data() + key.size(), value.size());
    return entry;
  }
  void Release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      this->~Entry();
      std::free(this);
    }
  }
  // As PinnableSlice calls it.
  static void ReleasePinned(void* entry, void* /*unused*/) {
    static_cast<Entry*>(entry)->Release();
  }
};

struct ItemCache::Shard {
  Mutex mutex;
  std::vector<Slot> slots GUARDED_BY(mutex);  // linear probing; a power of two, at most half full
  size_t count GUARDED_BY(mutex) = 0;
  size_t bytes GUARDED_BY(mutex) = 0;
  size_t hand GUARDED_BY(mutex) = 0;
  uint64_t version GUARDED_BY(mutex) = 0;  // grows when a write ends
  int writes GUARDED_BY(mutex) = 0;        // begun and not ended

  // Where `key` is, or the free slot where it would be. Needs slots.
  size_t Find(uint64_t hash, std::string_view key) REQUIRES(mutex) {
    const size_t mask = slots.size() - 1;
    size_t at = (hash >> 8) & mask;
    while (slots[at].entry != nullptr &&
           (slots[at].hash != hash || slots[at].entry->key() != key)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  // Takes the entry at `at` out and closes the gap, so that no marker for deleted entries is
  // needed.
  void Erase(size_t at) REQUIRES(mutex) {
    const size_t mask = slots.size() - 1;
    Entry* const erased = slots[at].entry;
    bytes -= erased->charge();
    --count;
    size_t gap = at;
    for (size_t next = (gap + 1) & mask; slots[next].entry != nullptr; next = (next + 1) & mask) {
      const size_t home = (slots[next].hash >> 8) & mask;
      if (((next - home) & mask) >= ((next - gap) & mask)) {
        slots[gap] = slots[next];
        gap = next;
      }
    }
    slots[gap] = Slot();
    erased->Release();
  }

  void Grow() REQUIRES(mutex) {
    std::vector<Slot> old = std::move(slots);
    slots.assign(std::max(kSlotsMin, old.size() * 2), Slot());
    hand = 0;
    const size_t mask = slots.size() - 1;
    for (const Slot& slot : old) {
      if (slot.entry != nullptr) {
        // Not Find, which would fetch each item to compare keys that all differ.
        size_t at = (slot.hash >> 8) & mask;
        while (slots[at].entry != nullptr) {
          at = (at + 1) & mask;
        }
        slots[at] = slot;
      }
    }
  }

  void EvictDownTo(size_t bytes_max) REQUIRES(mutex) {
    while (bytes > bytes_max && count > 0) {
      hand = (hand + 1) & (slots.size() - 1);
      Entry* const entry = slots[hand].entry;
      if (entry == nullptr) {
        continue;
      }
      if (entry->used) {
        entry->used = false;
      } else {
        Erase(hand);
      }
    }
  }

  void Insert(uint64_t hash, std::string_view key, std::string_view value, size_t bytes_max)
      REQUIRES(mutex) {
    if (count * 2 >= slots.size()) {
      Grow();
    }
    const size_t at = Find(hash, key);
    if (slots[at].entry != nullptr) {
      return;  // another reader was quicker, with the same bytes
    }
    slots[at] = {hash, Entry::New(key, value)};
    bytes += slots[at].entry->charge();
    ++count;
    EvictDownTo(bytes_max);
  }
};

ItemCache::ItemCache(size_t bytes_max)
    : shard_bytes_max_(bytes_max / kShardCount),
      shards_(enabled() ? std::make_unique<Shard[]>(kShardCount) : nullptr) {}

ItemCache::~ItemCache() {
  for (size_t index = 0; enabled() && index < kShardCount; ++index) {
    Shard& shard = shards_[index];
    MutexLock lock(&shard.mutex);
    for (const Slot& slot : shard.slots) {
      if (slot.entry != nullptr) {
        slot.entry->Release();
      }
    }
  }
}

ItemCache::Shard& ItemCache::ShardOf(uint64_t hash) const { return shards_[hash % kShardCount]; }

bool ItemCache::Get(std::string_view key, PinnedValue* value, Ticket* ticket) {
  ticket->hash = HashOf(key);
  Shard& shard = ShardOf(ticket->hash);
  MutexLock lock(&shard.mutex);
  if (!shard.slots.empty()) {
    Entry* const entry = shard.slots[shard.Find(ticket->hash, key)].entry;
    if (entry != nullptr) {
      entry->used = true;
      entry->references.fetch_add(1, std::memory_order_relaxed);
      const std::string_view bytes = entry->value();
      PinnedValueAccess::Handle(value)->PinSlice(rocksdb::Slice(bytes.data(), bytes.size()),
                                                 &Entry::ReleasePinned, entry, nullptr);
      PinnedValueAccess::SetFound(value);
      return true;
    }
  }
  ticket->version = shard.version;
  ticket->fillable = shard.writes == 0;
  return false;
}

void ItemCache::Fill(std::string_view key, std::string_view bytes, const Ticket& ticket) {
  if (!ticket.fillable || bytes.size() > kValueSizeMax) {
    return;
  }
  Shard& shard = ShardOf(ticket.hash);
  MutexLock lock(&shard.mutex);
  if (shard.writes == 0 && shard.version == ticket.version) {
    shard.Insert(ticket.hash, key, bytes, shard_bytes_max_);
  }
}

bool ItemCache::BeginWrite(std::string_view key) {
  const uint64_t hash = HashOf(key);
  Shard& shard = ShardOf(hash);
  MutexLock lock(&shard.mutex);
  ++shard.writes;
  if (shard.slots.empty()) {
    return false;
  }
  const size_t at = shard.Find(hash, key);
  if (shard.slots[at].entry == nullptr) {
    return false;
  }
  shard.Erase(at);
  return true;
}

void ItemCache::EndWrite(std::string_view key, bool was_cached,
                         std::optional<std::string_view> bytes) {
  const uint64_t hash = HashOf(key);
  Shard& shard = ShardOf(hash);
  MutexLock lock(&shard.mutex);
  --shard.writes;
  ++shard.version;
  if (was_cached && bytes.has_value() && bytes->size() <= kValueSizeMax) {
    shard.Insert(hash, key, *bytes, shard_bytes_max_);
  }
}

}  // namespace millrace::engine
