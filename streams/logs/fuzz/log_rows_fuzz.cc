// Reads arbitrary bytes as every stored kind of the logs: what is accepted must be written the same
// again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/codec/log_event_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  const std::string bytes(reinterpret_cast<const char*>(data), size_bytes);
  std::string again;
  if (const auto group = millrace::DecodeLogGroup(bytes); group.ok()) {
    millrace::EncodeLogGroup(group.value(), &again);
    CHECK(millrace::DecodeLogGroup(again).value() == group.value());
  }
  again.clear();
  if (const auto stream = millrace::DecodeLogStream(bytes); stream.ok()) {
    millrace::EncodeLogStream(stream.value(), &again);
    CHECK(millrace::DecodeLogStream(again).value() == stream.value());
  }
  again.clear();
  int64_t ingestion_ms = 0;
  std::string_view message;
  if (millrace::DecodeLogEvent(bytes, &ingestion_ms, &message).ok()) {
    millrace::EncodeLogEvent(ingestion_ms, message, &again);
    CHECK(again == bytes);
  }
  millrace::LogPosition position;
  if (millrace::ParseLogEventKey(bytes, &position)) {
    CHECK(bytes.ends_with(millrace::LogEventKey(0, position).substr(9)));
  }
  return 0;
}
