// Reads arbitrary bytes as the response of a function to a batch of three records, in every form
// that is asked for. What is partial names a record of the batch, and a state is one object again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/check.h"
#include "storage/base/json.h"
#include "streams/mappings/batch_response.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  const std::vector<uint64_t> sequences = {1, 2, 300};
  for (const bool reports_failures : {false, true}) {
    for (const bool has_window : {false, true}) {
      const millrace::streams::BatchResponse response =
          millrace::streams::ReadBatchResponse(text, sequences, reports_failures, has_window);
      if (response.verdict == millrace::streams::BatchVerdict::kPartial) {
        CHECK(reports_failures);
        CHECK(response.failed_from == 1 || response.failed_from == 2 ||
              response.failed_from == 300);
      }
      if (has_window && response.verdict != millrace::streams::BatchVerdict::kFailure) {
        CHECK(response.state.has_value());
        std::string state = *response.state;
        millrace::json::Document document;
        CHECK(document.Parse({state.data(), state.size()}).ok());
        CHECK(document.root().IsObject());
      }
    }
  }
  return 0;
}
