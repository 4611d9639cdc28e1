// Trying a pattern on the newest records of a stream.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "streams/mappings/stream_reading.h"

namespace millrace::streams {

struct FilterTrial {
  int64_t matched = 0;
  int64_t unmatched = 0;
  // Records as the function would see them, JSON, the first few of each kind.
  std::vector<std::string> matched_samples;
  std::vector<std::string> unmatched_samples;
};

// Records that one trial looks at.
inline constexpr size_t kTrialRecordsMax = 10'000;
inline constexpr size_t kTrialSamplesMax = 5;

// `last`: how many of the newest records to look at, at most kTrialRecordsMax. kInvalidArgument for
// a pattern that is none. Reads the log. Thread-safe.
Result<FilterTrial> TryFilter(const StreamSource& source, const tables::Stream& stream,
                              const std::string& stream_arn, const std::string& pattern,
                              size_t last);

}  // namespace millrace::streams
