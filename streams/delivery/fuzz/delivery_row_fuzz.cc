// Feeds arbitrary bytes to the decoders of asynchronous events and to the readers of their keys.
// What is decoded must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "streams/delivery/delivery_rows.h"

namespace {

template <typename Decode, typename Encode>
void CheckRow(std::string_view bytes, Decode decode, Encode encode) {
  const auto decoded = decode(bytes);
  if (!decoded.ok()) {
    CHECK(decoded.status().code() == millrace::StatusCode::kCorruption);
    return;
  }
  std::string once;
  encode(decoded.value(), &once);
  const auto again = decode(once);
  CHECK(again.ok());
  std::string twice;
  encode(again.value(), &twice);
  CHECK(once == twice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace::streams;  // NOLINT: a target is a few lines
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  CheckRow(bytes, DecodeStoredEvent, EncodeStoredEvent);
  CheckRow(bytes, DecodeFailedAttempt, EncodeFailedAttempt);
  CheckRow(bytes, DecodeEventDiscard, EncodeEventDiscard);
  const std::string key = DueEventKey("f", {1, 2});
  CheckRow(
      bytes, [&](std::string_view value) { return DecodeDueEvent(key, value); }, EncodeDueEvent);
  DueKey due;
  if (ParseDueKey(bytes, &due)) {
    CHECK(DueEventKey(FunctionOfKey(bytes), due) == bytes);
  }
  return 0;
}
