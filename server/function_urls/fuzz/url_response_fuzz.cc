// Reads arbitrary bytes as what a function behind a URL answers. Nothing that it says may end a
// header line early or name a header of the server's own.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/function_urls/url_response.h"
#include "storage/base/check.h"

namespace {

void CheckLine(std::string_view line) {
  const size_t colon = line.find(": ");
  CHECK(colon != std::string_view::npos && colon > 0);
  for (const char character : line) {
    CHECK(static_cast<unsigned char>(character) >= ' ' || character == '\t');
  }
  const std::string_view name = line.substr(0, colon);
  CHECK(name.find_first_of(" \t:()") == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::server::UrlResponse response;
  const std::string payload(reinterpret_cast<const char*>(data), size);
  if (!millrace::server::MapUrlResponse(payload, &response)) {
    return 0;
  }
  CHECK(response.status >= 100 && response.status <= 999);
  CHECK(response.content_type.find_first_of("\r\n") == std::string::npos);
  std::string_view lines = response.headers;
  while (!lines.empty()) {
    const size_t end = lines.find("\r\n");
    CHECK(end != std::string_view::npos);
    CheckLine(lines.substr(0, end));
    lines.remove_prefix(end + 2);
  }
  return 0;
}
