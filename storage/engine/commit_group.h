// What one commit group is going to write: an arena that holds the bytes, the overlay through which
// later plans of the group see the writes of earlier ones, and the WriteSet that a plan fills. All
// of it is reused from group to group, so that a commit allocates nothing in the steady state.
// Committer thread only; nothing here is thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/engine/engine.h"

namespace millrace::engine {

// Copies of byte strings that stay where they are until Clear.
class Arena {
 public:
  // A copy of `bytes`, valid until Clear.
  std::string_view Copy(std::string_view bytes);
  // Forgets all copies; keeps some memory for the next group.
  void Clear();

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    size_t size = 0;
  };
  char* Allocate(size_t size);

  std::vector<Block> blocks_;
  size_t block_index_ = 0;  // the block being filled
  size_t used_ = 0;         // bytes used of it
};

// The keys written in this group, with their newest value.
class Overlay {
 public:
  struct Entry {
    std::string_view value;
    bool deleted = false;
  };
  // The newest write of `key`, or nullptr when the group has not written it. Valid until the next
  // Set.
  const Entry* Find(Space space, std::string_view key) const;
  // Both views must stay valid until Clear.
  void Set(Space space, std::string_view key, const Entry& entry);
  void Clear();

 private:
  // An open-addressing table with linear probing; a slot of an older generation is free, so Clear
  // is one increment.
  struct Slot {
    uint64_t hash = 0;
    std::string_view key;
    Entry entry;
    Space space = Space::kCatalog;
    uint64_t generation = 0;
  };
  size_t Probe(Space space, std::string_view key, uint64_t hash) const;
  void Grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  size_t count_ = 0;
  uint64_t generation_ = 1;
};

// The WriteSet of one plan. Its bytes are copied to the arena at once; what becomes of them is
// decided afterwards.
class GroupWriteSet final : public WriteSet {
 public:
  struct Operation {
    Space space;
    bool is_delete;
    std::string_view key;
    std::string_view value;
  };
  struct CounterChange {
    uint32_t table_id;
    int64_t item_count;
    int64_t size_bytes;
    bool drop;
  };

  explicit GroupWriteSet(Arena* arena) : arena_(arena) {}

  // Empties the set for the next plan: its first sequence, and the time of the group.
  void Begin(uint64_t sequence, int64_t now_ms);
  bool empty() const { return operations_.empty() && counter_changes_.empty(); }
  const std::vector<Operation>& operations() const { return operations_; }
  const std::vector<CounterChange>& counter_changes() const { return counter_changes_; }
  // The last sequence that belongs to the plan.
  uint64_t last_sequence() const { return last_sequence_; }

  // WriteSet
  void Put(Space space, std::string_view key, std::string_view value) override;
  void Delete(Space space, std::string_view key) override;
  void AddToCounters(uint32_t table_id, int64_t item_count, int64_t size_bytes) override;
  void DropCounters(uint32_t table_id) override;
  uint64_t sequence() const override { return sequence_; }
  uint64_t TakeSequence() override;
  int64_t now_ms() const override { return now_ms_; }

 private:
  Arena* const arena_;
  uint64_t sequence_ = 0;
  uint64_t last_sequence_ = 0;
  bool sequence_taken_ = false;
  int64_t now_ms_ = 0;
  std::vector<Operation> operations_;
  std::vector<CounterChange> counter_changes_;
};

}  // namespace millrace::engine
