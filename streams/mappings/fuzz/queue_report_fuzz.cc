// Reads arbitrary bytes as what a function says of a batch of messages: it names some, or all fail.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/base/check.h"
#include "streams/mappings/queue_event.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  const std::string_view response(reinterpret_cast<const char*>(data), size_bytes);
  const std::vector<std::string_view> groups = {"x", "y", "x"};
  std::vector<bool> failed = millrace::streams::ReadQueueFailures(response, {"a", "b", "c"});
  CHECK(failed.size() == groups.size());
  const std::vector<bool> reported = failed;
  millrace::streams::SpreadFailures(groups, &failed);
  CHECK(failed[0] == reported[0] && failed[1] == reported[1]);
  CHECK(failed[2] == (reported[0] || reported[2]));
  return 0;
}
