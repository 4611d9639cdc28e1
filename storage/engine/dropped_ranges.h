// The ranges that are being dropped: while one is noted here, compactions leave its keys out.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/engine/engine.h"

namespace rocksdb {
class CompactionFilterFactory;
}  // namespace rocksdb

namespace millrace::engine {

// Thread-safe.
class DroppedRanges {
 public:
  struct Range {
    Space space;
    std::string from;  // inclusive
    std::string to;    // exclusive
  };
  using Handle = std::list<Range>::const_iterator;

  // Notes the range until Remove. Compactions that began before do not know of it.
  Handle Add(Space space, std::string_view from, std::string_view to) EXCLUDES(mutex_);
  void Remove(Handle handle) EXCLUDES(mutex_);
  std::vector<Range> Of(Space space) const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::list<Range> ranges_ GUARDED_BY(mutex_);
};

// Gives the compactions of a space the ranges that are being dropped when they begin, and nothing
// while there are none.
std::shared_ptr<rocksdb::CompactionFilterFactory> MakeDroppedRangesFilter(
    std::shared_ptr<const DroppedRanges> ranges, Space space);

}  // namespace millrace::engine
