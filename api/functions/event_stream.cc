// Writing event streams.
#include "api/functions/event_stream.h"

#include <cstdint>

#include "storage/base/digest.h"

namespace millrace::api {
namespace {

constexpr char kStringValue = 7;  // the type of a header's value
constexpr size_t kPreludeSize = 12;
constexpr size_t kChecksumSize = 4;

void Append32(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift));
  }
}

void AppendHeader(std::string_view name, std::string_view value, std::string* out) {
  out->push_back(static_cast<char>(name.size()));
  out->append(name);
  out->push_back(kStringValue);
  out->push_back(static_cast<char>(value.size() >> 8));
  out->push_back(static_cast<char>(value.size()));
  out->append(value);
}

}  // namespace

void AppendStreamEvent(std::string_view event_type, std::string_view content_type,
                       std::string_view payload, std::string* out) {
  std::string headers;
  AppendHeader(":event-type", event_type, &headers);
  AppendHeader(":content-type", content_type, &headers);
  AppendHeader(":message-type", "event", &headers);
  const size_t begin = out->size();
  Append32(static_cast<uint32_t>(kPreludeSize + headers.size() + payload.size() + kChecksumSize),
           out);
  Append32(static_cast<uint32_t>(headers.size()), out);
  Append32(Crc32(std::string_view(*out).substr(begin)), out);
  out->append(headers).append(payload);
  Append32(Crc32(std::string_view(*out).substr(begin)), out);
}

}  // namespace millrace::api
