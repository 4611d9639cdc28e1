// Writes events of arbitrary payloads and reads the stream as a client does, with a decoder of its
// own. The first byte says where the input is cut into events.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/functions/event_stream.h"
#include "storage/base/check.h"
#include "storage/base/digest.h"

namespace {

uint32_t Take32(std::string_view* bytes) {
  CHECK(bytes->size() >= 4);
  uint32_t value = 0;
  for (size_t index = 0; index < 4; ++index) {
    value = value << 8 | static_cast<unsigned char>((*bytes)[index]);
  }
  bytes->remove_prefix(4);
  return value;
}

// Reads one event; its headers must be three strings.
std::string_view TakeEvent(std::string_view* stream) {
  const std::string_view event = *stream;
  std::string_view rest = event;
  const uint32_t total = Take32(&rest);
  const uint32_t headers_size = Take32(&rest);
  CHECK(total <= event.size() && total >= headers_size + 16);
  CHECK(Take32(&rest) == millrace::Crc32(event.substr(0, 8)));
  std::string_view headers = rest.substr(0, headers_size);
  int count = 0;
  for (; !headers.empty(); ++count) {
    const size_t name_size = static_cast<unsigned char>(headers.front());
    CHECK(headers.size() >= name_size + 4 && headers[1] == ':' && headers[name_size + 1] == 7);
    const size_t value_size =
        static_cast<size_t>(static_cast<unsigned char>(headers[name_size + 2]) << 8 |
                            static_cast<unsigned char>(headers[name_size + 3]));
    CHECK(headers.size() >= name_size + 4 + value_size);
    headers.remove_prefix(name_size + 4 + value_size);
  }
  CHECK(count == 3);
  std::string_view end = event.substr(total - 4, 4);
  CHECK(Take32(&end) == millrace::Crc32(event.substr(0, total - 4)));
  stream->remove_prefix(total);
  return event.substr(12 + headers_size, total - headers_size - 16);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  std::vector<std::string_view> payloads;
  std::string stream;
  do {
    payloads.push_back(bytes.substr(0, data[0]));
    millrace::api::AppendStreamEvent(std::string(data[0], 't'), "application/octet-stream",
                                     payloads.back(), &stream);
    bytes.remove_prefix(payloads.back().size());
  } while (!bytes.empty() && payloads.size() < 100 && data[0] > 0);
  std::string_view rest = stream;
  for (const std::string_view payload : payloads) {
    CHECK(TakeEvent(&rest) == payload);
  }
  CHECK(rest.empty());
  return 0;
}
