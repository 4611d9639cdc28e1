// What is counted of a mapping since the process began, and what happened last. Whoever runs the
// mapping counts, everybody may look.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace millrace::streams {

// What became of the last batch.
enum class ProcessingResult : uint8_t {
  kNone,
  kOk,
  kCallFailed,
  kFunctionNotFound,
  kStreamNotFound,
  kThrottled,
  kInternalError,
  kTrimmed,  // records left the stream before they were delivered
};
// As the protocol tells it.
std::string_view ProcessingResultText(ProcessingResult result);

// A number that anybody may read. Thread-safe.
class Counter {
 public:
  void Add(int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// Thread-safe.
struct MappingProgress {
  Counter polled_events;
  Counter filtered_out_events;
  Counter invoked_events;
  Counter failed_invoke_events;
  Counter dropped_events;
  Counter deleted_events;    // queues: messages that were deleted
  Counter trimmed_records;   // at most so many records were trimmed before they were delivered
  Counter iterator_age_ms;   // of the last record of the last batch, when that was invoked
  Counter blocked_since_ms;  // when the batch that fails for the longest time did so first; 0: none
  Counter lag_records;  // behind the positions of all lanes; not counted further than some 1000
  std::atomic<ProcessingResult> last_result{ProcessingResult::kNone};
  // Changes that were committed, and which of them the lanes follow.
  Counter changes;
  Counter changes_applied;
};

// A look at it.
struct MappingFigures {
  int64_t polled_events = 0;
  int64_t filtered_out_events = 0;
  int64_t invoked_events = 0;
  int64_t failed_invoke_events = 0;
  int64_t dropped_events = 0;
  int64_t deleted_events = 0;
  int64_t trimmed_records = 0;
  int64_t iterator_age_ms = 0;
  int64_t blocked_since_ms = 0;
  int64_t lag_records = 0;
  bool changing = false;  // a change has been committed that does not have effect yet
  std::string_view last_result;
};
MappingFigures FiguresOf(const MappingProgress& progress);

}  // namespace millrace::streams
