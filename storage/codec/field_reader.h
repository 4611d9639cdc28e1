// Taking apart small records: fixed-width integers, varints and byte strings one after the other.
// For codecs, here and in the folders of streams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/base/bytes.h"

namespace millrace {

// Takes a field's bytes apart. After a failed read everything fails, so that only Done needs a
// look.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : next_(bytes.data()), end_(next_ + bytes.size()) {}

  // The next part; zero or empty when there is not enough left.
  uint8_t Byte() { return Take(1) ? static_cast<uint8_t>(next_[-1]) : 0; }
  uint16_t Int16() { return Take(2) ? LoadLittleEndian16(next_ - 2) : 0; }
  uint32_t Int32() { return Take(4) ? LoadLittleEndian32(next_ - 4) : 0; }
  uint64_t Int64() { return Take(8) ? LoadLittleEndian64(next_ - 8) : 0; }
  int64_t SignedInt64() { return static_cast<int64_t>(Int64()); }

  uint32_t Varint() {
    uint32_t value = 0;
    const char* const after = ok_ ? ReadVarint32(next_, end_, &value) : nullptr;
    ok_ = after != nullptr;
    if (!ok_) {
      return 0;
    }
    next_ = after;
    return value;
  }

  std::string_view Bytes() {
    const uint32_t length = Varint();
    return Take(length) ? std::string_view(next_ - length, length) : std::string_view();
  }

  bool ok() const { return ok_; }
  bool AtEnd() const { return next_ == end_; }
  // Whether all reads succeeded and nothing is left.
  bool Done() const { return ok_ && AtEnd(); }

 private:
  static uint16_t LoadLittleEndian16(const char* data) {
    uint16_t value;
    std::memcpy(&value, data, sizeof(value));
    return value;
  }

  bool Take(size_t size) {
    ok_ = ok_ && size <= static_cast<size_t>(end_ - next_);
    if (ok_) {
      next_ += size;
    }
    return ok_;
  }

  const char* next_;
  const char* const end_;
  bool ok_ = true;
};

}  // namespace millrace
