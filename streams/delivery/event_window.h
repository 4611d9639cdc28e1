// The nearest of the events that wait for a function. However many are stored, only so many keys
// are held; the others are found by reading on from where the window ends.
#pragma once

#include <cstddef>
#include <set>
#include <span>

#include "streams/delivery/delivery_rows.h"

namespace millrace::streams {

// Not thread-safe.
class EventWindow {
 public:
  // Knows nothing yet of what is stored, if `stored`; else that there is nothing.
  EventWindow(size_t count_max, bool stored) : count_max_(count_max), complete_(!stored) {}

  // An event has been stored, or is to be tried again after all.
  void Insert(const DueKey& key) {
    if (!complete_ && key >= end_) {
      return;
    }
    keys_.insert(key);
    if (keys_.size() > count_max_) {
      end_ = *keys_.rbegin();
      complete_ = false;
      keys_.erase(end_);
    }
  }

  // The first event, or nullptr; then there may still be some behind the window.
  const DueKey* first() const { return keys_.empty() ? nullptr : &*keys_.begin(); }
  void RemoveFirst() { keys_.erase(keys_.begin()); }

  // Whether it wants to be told what is stored from end() on.
  bool wants_more() const { return keys_.empty() && !complete_; }
  const DueKey& end() const { return end_; }
  // The stored keys in order from end() on: all of them, or only the first ones, up to before
  // `next_end`. Those that are not wanted in the window may be left out.
  void Extend(std::span<const DueKey> keys, bool all, const DueKey& next_end) {
    keys_.insert(keys.begin(), keys.end());
    complete_ = all;
    end_ = next_end;
  }

  bool empty() const { return keys_.empty() && complete_; }
  size_t size() const { return keys_.size(); }

 private:
  const size_t count_max_;
  std::set<DueKey> keys_;
  bool complete_;
  DueKey end_;  // unless complete_: keys from here on are not held
};

}  // namespace millrace::streams
