// Feeds arbitrary bytes to the decoders of streams, shards, horizons and expiry keys. What is
// decoded must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/codec/stream_codec.h"
#include "storage/codec/time_to_live_codec.h"

namespace {

template <typename Decode, typename Encode>
void CheckRecord(std::string_view bytes, Decode decode, Encode encode) {
  const auto decoded = decode(bytes);
  if (!decoded.ok()) {
    CHECK(decoded.status().code() == millrace::StatusCode::kCorruption);
    return;
  }
  std::string rebuilt;
  encode(decoded.value(), &rebuilt);
  const auto again = decode(rebuilt);
  CHECK(again.ok() && again.value() == decoded.value());
}

void CheckExpiryKey(std::string_view bytes) {
  millrace::ExpiryKeyParts parts;
  if (!millrace::ParseExpiryKey(bytes, &parts)) {
    return;
  }
  std::string rebuilt;
  const std::string item_key = "id.." + std::string(parts.item_key_rest);
  millrace::AppendExpiryKey(parts.time_to_live_id, parts.expiry_seconds, item_key, &rebuilt);
  CHECK(rebuilt == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckRecord(bytes, millrace::DecodeStreamDescriptor, millrace::EncodeStreamDescriptor);
  CheckRecord(bytes, millrace::DecodeShardDescriptor, millrace::EncodeShardDescriptor);
  CheckRecord(bytes, millrace::DecodeStreamHorizon, millrace::EncodeStreamHorizon);
  CheckExpiryKey(bytes);
  return 0;
}
