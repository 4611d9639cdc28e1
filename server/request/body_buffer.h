// A growable byte buffer for request bodies: memory is not zeroed, room for a NUL behind the last
// byte is always there (the in-situ JSON parser needs one), and memory is kept from request to
// request until ShrinkTo.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace millrace::server {

// Not thread-safe.
class BodyBuffer {
 public:
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_.get(), size_}; }

  // The bytes with a NUL written behind them.
  std::span<char> Terminated() {
    EnsureRoom(0);
    data_[size_] = '\0';
    return {data_.get(), size_};
  }

  // Makes sure that `bytes` more fit. Grows at least by doubling.
  void EnsureRoom(size_t bytes) {
    if (data_ == nullptr || size_ + bytes > capacity_) {
      Grow(size_ + bytes);
    }
  }
  // Where the next byte goes, and how many fit.
  char* tail() { return data_.get() + size_; }
  size_t room() const { return capacity_ - size_; }
  // Counts `bytes` that have been written at tail().
  void Advance(size_t bytes) { size_ += bytes; }

  void Append(std::string_view bytes) {
    EnsureRoom(bytes.size());
    std::memcpy(tail(), bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  void Clear() { size_ = 0; }
  // Forgets the bytes, and frees the memory if it is more than `bytes`.
  void ShrinkTo(size_t bytes) {
    size_ = 0;
    if (capacity_ > bytes) {
      data_.reset();
      capacity_ = 0;
    }
  }

 private:
  static constexpr size_t kCapacityMin = 1024;

  void Grow(size_t needed) {
    const size_t capacity = std::max({needed, capacity_ * 2, kCapacityMin});
    // One byte more than the capacity that is told: the NUL.
    auto data = std::make_unique_for_overwrite<char[]>(capacity + 1);
    if (size_ > 0) {
      std::memcpy(data.get(), data_.get(), size_);
    }
    data_ = std::move(data);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace millrace::server
