// PinnedValue keeps RocksDB's PinnableSlice inside itself, so that a read allocates nothing and no
// RocksDB type shows.
#include <new>
#include <utility>

#include "rocksdb/slice.h"
#include "storage/engine/engine.h"
#include "storage/engine/pinned_value_access.h"

namespace millrace::engine {

using rocksdb::PinnableSlice;

PinnableSlice* PinnedValueAccess::Handle(PinnedValue* value) {
  static_assert(sizeof(PinnableSlice) <= PinnedValue::kStorageSize);
  static_assert(alignof(PinnableSlice) <= 16);
  return std::launder(reinterpret_cast<PinnableSlice*>(value->storage_));
}

void PinnedValueAccess::SetFound(PinnedValue* value) {
  const PinnableSlice* handle = Handle(value);
  value->bytes_ = {handle->data(), handle->size()};
  value->found_ = true;
}

void PinnedValueAccess::SetView(PinnedValue* value, std::string_view bytes) {
  value->bytes_ = bytes;
  value->found_ = true;
}

PinnedValue::PinnedValue() { new (storage_) PinnableSlice(); }

PinnedValue::~PinnedValue() { PinnedValueAccess::Handle(this)->~PinnableSlice(); }

PinnedValue::PinnedValue(PinnedValue&& other) noexcept : PinnedValue() { *this = std::move(other); }

PinnedValue& PinnedValue::operator=(PinnedValue&& other) noexcept {
  if (this == &other) {
    return *this;
  }
  PinnableSlice* handle = PinnedValueAccess::Handle(this);
  PinnableSlice* other_handle = PinnedValueAccess::Handle(&other);
  const bool is_view = other.bytes_.data() != other_handle->data();
  *handle = std::move(*other_handle);
  found_ = other.found_;
  // A short value that RocksDB copied lies within the handle and has moved with it.
  bytes_ = is_view ? other.bytes_ : std::string_view(handle->data(), handle->size());
  other.Reset();
  return *this;
}

void PinnedValue::Reset() {
  if (found_) {
    PinnedValueAccess::Handle(this)->Reset();
  }
  bytes_ = {};
  found_ = false;
}

}  // namespace millrace::engine
