// Feeds arbitrary bytes to the decoder of table descriptors. What is decoded must survive being
// written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/codec/descriptor_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto decoded = millrace::DecodeTableDescriptor({reinterpret_cast<const char*>(data), size});
  if (!decoded.ok()) {
    CHECK(decoded.status().code() == millrace::StatusCode::kCorruption);
    return 0;
  }
  std::string bytes;
  millrace::EncodeTableDescriptor(decoded.value(), &bytes);
  const auto again = millrace::DecodeTableDescriptor(bytes);
  CHECK(again.ok() && again.value() == decoded.value());
  return 0;
}
