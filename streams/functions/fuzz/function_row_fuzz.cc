// Feeds arbitrary bytes to the decoders of functions, versions and layers and to the reader of
// their keys. What is decoded must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "streams/functions/function_codec.h"

namespace {

template <typename Decode, typename Encode>
void CheckRow(std::string_view bytes, Decode decode, Encode encode) {
  const auto decoded = decode(bytes);
  if (!decoded.ok()) {
    CHECK(decoded.status().code() == millrace::StatusCode::kCorruption);
    return;
  }
  // Values are texts: what is written for what was read is written for that as well.
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
  // As it is, and behind the version, which mutation likes to break.
  for (const std::string& row : {bytes, "\x01" + bytes}) {
    CheckRow(row, DecodeFunction, EncodeFunction);
    CheckRow(row, DecodeVersion, EncodeVersion);
    CheckRow(row, DecodeLayerVersion, EncodeLayerVersion);
    CheckRow(row, DecodeLastVersion, EncodeLastVersion);
  }
  std::string name;
  uint64_t version = 0;
  if (ParseFunctionKey(bytes, kFunctionRow, &name, &version)) {
    CHECK(FunctionRowKey(name) == bytes);
  }
  if (ParseFunctionKey(bytes, kVersionRow, &name, &version)) {
    CHECK(VersionRowKey(name, version) == bytes);
  }
  return 0;
}
