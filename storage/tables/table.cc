#include "storage/tables/table.h"

#include <utility>

namespace millrace::tables {

Table::Table(TableDescriptor descriptor)
    : descriptor_(std::move(descriptor)), settled_(descriptor_.state == TableState::kActive) {}

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
