// The inside of PinnedValue, for the sources of this folder only.
#pragma once

#include <string_view>

#include "storage/engine/engine.h"

namespace rocksdb {
class PinnableSlice;
}  // namespace rocksdb

namespace millrace::engine {

// Fills PinnedValues. Not thread-safe, as they are.
class PinnedValueAccess {
 public:
  // RocksDB's handle within `value`; it must be empty (see PinnedValue::Reset) before it is read
  // into.
  static rocksdb::PinnableSlice* Handle(PinnedValue* value);
  // Says that the handle has been read into.
  static void SetFound(PinnedValue* value);
  // Makes `value` a view of bytes that live elsewhere and outlive it.
  static void SetView(PinnedValue* value, std::string_view bytes);
};

}  // namespace millrace::engine
