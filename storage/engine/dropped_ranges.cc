// The list, and the compaction filter made of it.
#include "storage/engine/dropped_ranges.h"

#include <iterator>
#include <utility>

#include "rocksdb/compaction_filter.h"

namespace millrace::engine {
namespace {

class DroppedRangesFilter final : public rocksdb::CompactionFilter {
 public:
  explicit DroppedRangesFilter(std::vector<DroppedRanges::Range> ranges)
      : ranges_(std::move(ranges)) {}

  const char* Name() const override { return "MillraceDroppedRanges"; }
  Decision FilterV2(int /*level*/, const rocksdb::Slice& key, ValueType /*type*/,
                    const rocksdb::Slice& /*value*/, std::string* /*new_value*/,
                    std::string* skip_until) const override {
    for (const DroppedRanges::Range& range : ranges_) {
      if (key.compare(range.from) >= 0 && key.compare(range.to) < 0) {
        *skip_until = range.to;
        return Decision::kRemoveAndSkipUntil;
      }
    }
    return Decision::kKeep;
  }

 private:
  const std::vector<DroppedRanges::Range> ranges_;
};

class DroppedRangesFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  DroppedRangesFilterFactory(std::shared_ptr<const DroppedRanges> ranges, Space space)
      : ranges_(std::move(ranges)), space_(space) {}

  const char* Name() const override { return "MillraceDroppedRanges"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& /*context*/) override {
    std::vector<DroppedRanges::Range> ranges = ranges_->Of(space_);
    if (ranges.empty()) {
      return nullptr;
    }
    return std::make_unique<DroppedRangesFilter>(std::move(ranges));
  }

 private:
  const std::shared_ptr<const DroppedRanges> ranges_;
  const Space space_;
};

}  // namespace

DroppedRanges::Handle DroppedRanges::Add(Space space, std::string_view from, std::string_view to) {
  MutexLock lock(&mutex_);
  ranges_.push_back({space, std::string(from), std::string(to)});
  return std::prev(ranges_.end());
}

void DroppedRanges::Remove(Handle handle) {
  MutexLock lock(&mutex_);
  ranges_.erase(handle);
}

std::vector<DroppedRanges::Range> DroppedRanges::Of(Space space) const {
  MutexLock lock(&mutex_);
  std::vector<Range> result;
  for (const Range& range : ranges_) {
    if (range.space == space) {
      result.push_back(range);
    }
  }
  return result;
}

std::shared_ptr<rocksdb::CompactionFilterFactory> MakeDroppedRangesFilter(
    std::shared_ptr<const DroppedRanges> ranges, Space space) {
  return std::make_shared<DroppedRangesFilterFactory>(std::move(ranges), space);
}

}  // namespace millrace::engine
