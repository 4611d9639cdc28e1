// The framing of event streams, byte for byte.
#include "api/functions/event_stream.h"

#include <gtest/gtest.h>

#include "storage/base/digest.h"

namespace millrace::api {
namespace {

uint32_t Load32(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t index = 0; index < 4; ++index) {
    value = value << 8 | static_cast<unsigned char>(bytes[index]);
  }
  return value;
}

TEST(EventStream, OneEvent) {
  std::string stream = "before";
  AppendStreamEvent("A", "b", std::string("\0x", 2), &stream);
  const std::string_view event = std::string_view(stream).substr(6);
  constexpr char kHeaders[] =
      "\x0b:event-type\x07\0\1A"
      "\x0d:content-type\x07\0\1b"
      "\x0d:message-type\x07\0\5event";
  const std::string headers(kHeaders, sizeof(kHeaders) - 1);
  ASSERT_EQ(event.size(), 12 + headers.size() + 2 + 4);
  EXPECT_EQ(Load32(event), event.size());
  EXPECT_EQ(Load32(event.substr(4)), headers.size());
  EXPECT_EQ(Load32(event.substr(8)), Crc32(event.substr(0, 8)));
  EXPECT_EQ(event.substr(12, headers.size()), headers);
  EXPECT_EQ(event.substr(12 + headers.size(), 2), std::string("\0x", 2));
  EXPECT_EQ(Load32(event.substr(event.size() - 4)), Crc32(event.substr(0, event.size() - 4)));
  // Two events are one behind the other.
  std::string twice;
  AppendStreamEvent("A", "b", std::string("\0x", 2), &twice);
  AppendStreamEvent("A", "b", {}, &twice);
  EXPECT_EQ(twice.substr(0, event.size()), event);
  EXPECT_EQ(twice.size(), 2 * event.size() - 2);
}

}  // namespace
}  // namespace millrace::api
