// Compiles the first line of arbitrary bytes as a pattern and matches it against the rest. Whatever
// compiles must give the same answer twice, and matching never reads outside.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "streams/pattern/pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  const std::string text(reinterpret_cast<const char*>(data), size_bytes);
  const size_t end = std::min(text.find('\n'), text.size());
  for (const bool numeric_attributes : {false, true}) {
    const auto pattern =
        millrace::streams::Pattern::Compile(text.substr(0, end), {numeric_attributes});
    if (!pattern.ok()) {
      CHECK(!pattern.status().message().empty());
      continue;
    }
    std::string event = end < text.size() ? text.substr(end + 1) : "{}";
    millrace::json::Document document;
    if (document.Parse({event.data(), event.size()}).ok()) {
      const bool matches = pattern.value().Matches(document.root());
      CHECK(pattern.value().Matches(document.root()) == matches);
    }
  }
  return 0;
}
