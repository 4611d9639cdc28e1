// The filter patterns of logs, as far as they are about words: terms, -terms, "quoted terms" and
// ?alternatives.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace millrace::streams {

// Immutable, so thread-safe.
class LogFilterPattern {
 public:
  static constexpr size_t kSizeMax = 1024;

  // Matches everything.
  LogFilterPattern() = default;
  // An empty text matches everything. kInvalidArgument for a text that is no such pattern, which
  // includes those for JSON, columns and regular expressions.
  static Result<LogFilterPattern> Parse(std::string_view text);

  // Case counts. All terms must occur, and none of the excluded ones. Alternatives, of which one
  // must occur, count only if there are no others.
  bool Matches(std::string_view message) const;
  bool empty() const { return required_.empty() && excluded_.empty() && alternatives_.empty(); }

 private:
  std::vector<std::string> required_;
  std::vector<std::string> excluded_;
  std::vector<std::string> alternatives_;
};

}  // namespace millrace::streams
