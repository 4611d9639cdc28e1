// Checks of values that several kinds of flags share.
#include "server/flags/flag_checks.h"

#include <optional>

#include "storage/base/duration.h"

namespace millrace::server {

Status CheckRange(const char* name, int64_t value, int64_t min, int64_t max) {
  if (value < min || value > max) {
    return UsageError("--" + std::string(name) + " must be between " + std::to_string(min) +
                      " and " + std::to_string(max) + ", not " + std::to_string(value));
  }
  return Status::Ok();
}

Status ReadDuration(const char* name, const std::string& text, std::string_view min_text,
                    int64_t* result) {
  const std::optional<int64_t> duration_ms = ParseDuration(text);
  if (!duration_ms.has_value()) {
    return UsageError("--" + std::string(name) +
                      " must be a whole number followed by ms, s, m, h or d, and at most 36500d, "
                      "not '" +
                      text + "'");
  }
  if (*duration_ms < ParseDuration(min_text).value_or(0)) {
    return UsageError("--" + std::string(name) + " must be at least " + std::string(min_text) +
                      ", not '" + text + "'");
  }
  *result = *duration_ms;
  return Status::Ok();
}

}  // namespace millrace::server
