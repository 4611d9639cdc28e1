// Decodes arbitrary bytes as compressed bodies, and compresses and decodes them again. The bound
// holds whatever comes: a few bytes can stand for a great many.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/gate/content_coding.h"
#include "storage/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::server::DecodeOutcome;
  constexpr size_t kSizeMax = 1 << 18;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  millrace::server::BodyBuffer decoded;
  for (const std::string_view coding : {"gzip", "deflate", "GZIP", "br", "identity", ""}) {
    const DecodeOutcome outcome = millrace::server::DecodeBody(coding, bytes, kSizeMax, &decoded);
    CHECK(decoded.size() <= kSizeMax || outcome == DecodeOutcome::kTooLarge);
    CHECK(decoded.size() <= kSizeMax + 1);
    CHECK(coding != "br" || outcome == DecodeOutcome::kUnknownCoding);
  }
  static auto* const compressor = new millrace::server::GzipCompressor();
  std::string compressed;
  CHECK(compressor->Compress(bytes, &compressed));
  CHECK(millrace::server::DecodeBody("gzip", compressed, size, &decoded) == DecodeOutcome::kOk);
  CHECK(decoded.view() == bytes);
  if (size > 1) {
    CHECK(millrace::server::DecodeBody("gzip", compressed, size - 1, &decoded) ==
          DecodeOutcome::kTooLarge);
    compressed.pop_back();
    CHECK(millrace::server::DecodeBody("gzip", compressed, size, &decoded) ==
          DecodeOutcome::kCorrupt);
  }
  return 0;
}
