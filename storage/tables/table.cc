// A table's state by the clock.
#include "storage/tables/table.h"

#include <algorithm>
#include <utility>

namespace millrace::tables {

Table::Table(TableDescriptor descriptor, uint64_t hash_seed, const Table* previous)
    : descriptor_(std::move(descriptor)),
      hash_seed_(hash_seed),
      settled_(descriptor_.state == TableState::kActive) {
  for (const IndexDescriptor& index : descriptor_.indexes) {
    if (index.state == IndexState::kDeleting) {
      continue;
    }
    TableIndex& added = indexes_.emplace_back(descriptor_.key_schema, index);
    if (index.state == IndexState::kCreating) {
      const TableIndex* const before =
          previous == nullptr ? nullptr : previous->FindIndex(index.name);
      added.progress = before != nullptr && before->id() == index.index_id
                           ? before->progress
                           : std::make_shared<BackfillProgress>();
    }
  }
  std::sort(indexes_.begin(), indexes_.end(), [](const TableIndex& a, const TableIndex& b) {
    return a.descriptor->name < b.descriptor->name;
  });
  TakeWatermark(previous);
}

void Table::TakeWatermark(const Table* previous) {
  if (time_to_live() == nullptr) {
    return;
  }
  const bool same = previous != nullptr && previous->time_to_live() != nullptr &&
                    previous->time_to_live()->time_to_live_id == time_to_live()->time_to_live_id;
  expiry_watermark_ = same ? previous->expiry_watermark_ : std::make_shared<ExpiryWatermark>();
}

const TableIndex* Table::FindIndex(std::string_view name) const {
  for (const TableIndex& index : indexes_) {
    if (index.descriptor->name == name) {
      return &index;
    }
  }
  return nullptr;
}

TableState Table::StateAt(int64_t now_ms) const {
  const TableState state = descriptor_.state;
  if (state == TableState::kActive || state == TableState::kDeleting) {
    return state;
  }
  if (settled() || now_ms >= descriptor_.state_until_ms) {
    settled_.store(true, std::memory_order_relaxed);
    return TableState::kActive;
  }
  return state;
}

bool Table::Gone(int64_t now_ms) const {
  return descriptor_.state == TableState::kDeleting && now_ms >= descriptor_.state_until_ms;
}

}  // namespace millrace::tables
