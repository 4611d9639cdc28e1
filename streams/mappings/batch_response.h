// What a function says of a batch that it was given.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace::streams {

enum class BatchVerdict : uint8_t {
  kSuccess,
  kPartial,  // failed from some record on
  kFailure,  // all of it, or a response that cannot be read
};

struct BatchResponse {
  BatchVerdict verdict = BatchVerdict::kSuccess;
  uint64_t failed_from = 0;          // kPartial: the lowest sequence reported
  std::optional<std::string> state;  // JSON of the member `state`, if that is an object
};

// Reads the response to a batch of records with these sequences, which ascend. Without
// `reports_failures` the response is not asked about failures; without `has_window` not about a
// state. With a window a response without a state is a failure.
BatchResponse ReadBatchResponse(std::string_view response, std::span<const uint64_t> sequences,
                                bool reports_failures, bool has_window);

}  // namespace millrace::streams
