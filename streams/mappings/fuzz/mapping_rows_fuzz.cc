// Reads arbitrary bytes as each of the stored rows of mappings. Whatever is read is written as
// bytes that are read as the same again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/replay_job.h"

namespace {

template <typename Decode, typename Encode>
void ReadAndWrite(std::string_view bytes, Decode decode, Encode encode) {
  const auto value = decode(bytes);
  if (value.ok()) {
    std::string written;
    encode(value.value(), &written);
    const auto again = decode(written);
    CHECK(again.ok());
    CHECK(again.value() == value.value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  using namespace millrace::streams;  // NOLINT: a target is a few lines
  const std::string_view bytes(reinterpret_cast<const char*>(data), size_bytes);
  ReadAndWrite(bytes, DecodeMapping, EncodeMapping);
  ReadAndWrite(bytes, DecodeCheckpoint, EncodeCheckpoint);
  ReadAndWrite(bytes, DecodeDiscard, EncodeDiscard);
  ReadAndWrite(bytes, DecodeReplay, EncodeReplay);
  LaneName name;
  if (ParseCheckpointKey(bytes, &name)) {
    CHECK(CheckpointKey(name) == bytes);
  }
  return 0;
}
