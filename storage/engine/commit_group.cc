// The arena, the overlay and the write set of a commit group.
#include "storage/engine/commit_group.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace millrace::engine {
namespace {

constexpr size_t kBlockSize = 256 * 1024;
constexpr size_t kBlocksKeptMax = 16;
constexpr size_t kSlotsMin = 256;
constexpr size_t kSlotsKeptMax = 64 * 1024;

uint64_t HashKey(Space space, std::string_view key) {
  return std::hash<std::string_view>()(key) + static_cast<uint64_t>(space) * 0x9E3779B97F4A7C15;
}

}  // namespace

std::string_view Arena::Copy(std::string_view bytes) {
  if (bytes.empty()) {
    return {};
  }
  char* copy = Allocate(bytes.size());
  std::memcpy(copy, bytes.data(), bytes.size());
  return {copy, bytes.size()};
}

char* Arena::Allocate(size_t size) {
  while (block_index_ < blocks_.size() && used_ + size > blocks_[block_index_].size) {
    ++block_index_;
    used_ = 0;
  }
  if (block_index_ == blocks_.size()) {
    Block block;
    block.size = std::max(size, kBlockSize);
    block.data = std::make_unique_for_overwrite<char[]>(block.size);
    blocks_.push_back(std::move(block));
    used_ = 0;
  }
  char* result = blocks_[block_index_].data.get() + used_;
  used_ += size;
  return result;
}

void Arena::Clear() {
  if (blocks_.size() > kBlocksKeptMax) {
    blocks_.resize(kBlocksKeptMax);
  }
  block_index_ = 0;
  used_ = 0;
}

size_t Overlay::Probe(Space space, std::string_view key, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t index = hash & mask;
  while (true) {
    const Slot& slot = slots_[index];
    if (slot.generation != generation_ ||
        (slot.hash == hash && slot.space == space && slot.key == key)) {
      return index;
    }
    index = (index + 1) & mask;
  }
}

const Overlay::Entry* Overlay::Find(Space space, std::string_view key) const {
  if (count_ == 0) {
    return nullptr;
  }
  const Slot& slot = slots_[Probe(space, key, HashKey(space, key))];
  return slot.generation == generation_ ? &slot.entry : nullptr;
}

void Overlay::Set(Space space, std::string_view key, const Entry& entry) {
  if (count_ * 2 >= slots_.size()) {
    Grow();
  }
  const uint64_t hash = HashKey(space, key);
  Slot& slot = slots_[Probe(space, key, hash)];
  if (slot.generation != generation_) {
    ++count_;
  }
  slot = Slot{hash, key, entry, space, generation_};
}

void Overlay::Grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_.assign(std::max(kSlotsMin, old.size() * 2), Slot());
  for (const Slot& slot : old) {
    if (slot.generation == generation_) {
      slots_[Probe(slot.space, slot.key, slot.hash)] = slot;
    }
  }
}

void Overlay::Clear() {
  if (slots_.size() > kSlotsKeptMax) {
    slots_ = std::vector<Slot>();
  }
  count_ = 0;
  ++generation_;
}

void GroupWriteSet::Begin(uint64_t sequence, int64_t now_ms) {
  sequence_ = sequence;
  last_sequence_ = sequence;
  sequence_taken_ = false;
  now_ms_ = now_ms;
  operations_.clear();
  counter_changes_.clear();
}

void GroupWriteSet::Put(Space space, std::string_view key, std::string_view value) {
  operations_.push_back({space, false, arena_->Copy(key), arena_->Copy(value)});
}

void GroupWriteSet::Delete(Space space, std::string_view key) {
  operations_.push_back({space, true, arena_->Copy(key), {}});
}

void GroupWriteSet::AddToCounters(uint32_t table_id, int64_t item_count, int64_t size_bytes) {
  if (item_count != 0 || size_bytes != 0) {
    counter_changes_.push_back({table_id, item_count, size_bytes, false});
  }
}

uint64_t GroupWriteSet::TakeSequence() {
  if (sequence_taken_) {
    ++last_sequence_;
  }
  sequence_taken_ = true;
  return last_sequence_;
}

void GroupWriteSet::DropCounters(uint32_t table_id) {
  counter_changes_.push_back({table_id, 0, 0, true});
}

}  // namespace millrace::engine
