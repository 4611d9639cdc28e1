// Parses the first line of arbitrary bytes as a pattern of words and matches it against the rest,
// which must also be what a search of the stored event would be given.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "streams/logs/filter_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  const std::string text(reinterpret_cast<const char*>(data), size_bytes);
  const size_t end = std::min(text.find('\n'), text.size());
  const auto pattern = millrace::streams::LogFilterPattern::Parse(text.substr(0, end));
  if (!pattern.ok()) {
    CHECK(!pattern.status().message().empty());
    return 0;
  }
  const std::string message = end < text.size() ? text.substr(end + 1) : "";
  CHECK(!pattern.value().empty() || pattern.value().Matches(message));
  CHECK(pattern.value().Matches(message) == pattern.value().Matches(std::string(message)));
  return 0;
}
