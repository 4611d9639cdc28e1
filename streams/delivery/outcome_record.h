// What destinations are told when an asynchronous event has ended, and in which form an event goes
// to a dead-letter queue.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/queue.h"

namespace millrace::streams {

// Records are kept below this size, which is that of the largest event and of the largest message:
// of a longer one the response is left out, and if that is not enough, the request.
inline constexpr size_t kRecordSizeMax = 1 << 20;

struct OutcomeRecord {
  std::string_view condition;
  std::string_view request_id;
  std::string_view function_arn;  // with a qualifier
  int64_t attempts = 0;           // how often the function was run
  int64_t time_ms = 0;
  std::string_view request;           // JSON
  std::string_view executed_version;  // empty: it was never run, and there is no response
  std::string_view response;
  bool failed = false;
};

// A JSON object. Payloads that are JSON become part of it, others strings. Thread-safe.
std::string FormatOutcomeRecord(const OutcomeRecord& record);

// The attributes of a dead letter, whose body is the event. `status` is the HTTP status that a
// synchronous invocation would have had; `message` is shortened to 1 KiB. Thread-safe.
std::vector<MessageAttribute> DeadLetterAttributes(std::string_view request_id, int status,
                                                   std::string_view message);

// The longest beginning of at most `size_max` bytes that does not end within a character of UTF-8.
// Thread-safe.
std::string_view Shortened(std::string_view text, size_t size_max);

// The member errorMessage of a failure document; the whole text of one that has none. Thread-safe.
std::string FailureMessage(std::string_view failure);

}  // namespace millrace::streams
