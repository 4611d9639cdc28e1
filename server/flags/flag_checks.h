// What the values of flags may be: checks that name the flag in their errors.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "storage/base/status.h"

namespace millrace::server {

inline Status UsageError(const std::string& text) {
  return Status(StatusCode::kInvalidArgument, text);
}

// kInvalidArgument unless min <= value <= max.
Status CheckRange(const char* name, int64_t value, int64_t min, int64_t max);

// Reads a duration of at least `min_text`, in milliseconds.
Status ReadDuration(const char* name, const std::string& text, std::string_view min_text,
                    int64_t* result);

// Sets `*result` to the value that belongs to `text`.
template <typename T>
Status Choose(const char* name, const std::string& text,
              std::initializer_list<std::pair<std::string_view, T>> choices, T* result) {
  std::string allowed;
  for (const auto& [choice, value] : choices) {
    if (choice == text) {
      *result = value;
      return Status::Ok();
    }
    allowed += allowed.empty() ? "" : ", ";
    allowed += choice;
  }
  return UsageError("--" + std::string(name) + " must be one of " + allowed + ", not '" + text +
                    "'");
}

}  // namespace millrace::server
