// Inflating within bounds, and compressing.
#include "server/gate/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace millrace::server {
namespace {

std::string Gzip(const std::string& text) {
  GzipCompressor compressor;
  std::string out;
  EXPECT_TRUE(compressor.Compress(text, &out));
  return out;
}

std::string Deflate(const std::string& text, int window_bits) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

TEST(DecodeBody, DecodesEveryCoding) {
  const std::string text = "{\"a\":\"" + std::string(100'000, 'x') + "\"}";
  BodyBuffer decoded;
  EXPECT_EQ(DecodeBody("gzip", Gzip(text), 1 << 20, &decoded), DecodeOutcome::kOk);
  EXPECT_EQ(decoded.view(), text);
  EXPECT_EQ(DecodeBody("GZIP", Gzip("one") + Gzip("") + Gzip("two"), 6, &decoded),
            DecodeOutcome::kOk);
  EXPECT_EQ(decoded.view(), "onetwo");
  EXPECT_EQ(DecodeBody("deflate", Deflate(text, 15), 1 << 20, &decoded), DecodeOutcome::kOk);
  EXPECT_EQ(decoded.view(), text);
  EXPECT_EQ(DecodeBody("deflate", Deflate(text, -15), 1 << 20, &decoded), DecodeOutcome::kOk);
  EXPECT_EQ(decoded.view(), text);
}

TEST(DecodeBody, StopsABombAtTheBound) {
  const std::string bomb = Gzip(std::string(5'000'000, '\0'));
  ASSERT_LT(bomb.size(), 100'000u);
  BodyBuffer decoded;
  EXPECT_EQ(DecodeBody("gzip", bomb, 100'000, &decoded), DecodeOutcome::kTooLarge);
  EXPECT_LT(decoded.capacity(), 300'000u);
  EXPECT_EQ(DecodeBody("gzip", bomb, 4'999'999, &decoded), DecodeOutcome::kTooLarge);
  EXPECT_EQ(DecodeBody("gzip", bomb, 5'000'000, &decoded), DecodeOutcome::kOk);
  EXPECT_EQ(DecodeBody("gzip", Gzip("aaa") + Gzip("bbb"), 5, &decoded), DecodeOutcome::kTooLarge);
}

TEST(DecodeBody, RefusesWhatIsNotWhole) {
  const std::string good = Gzip("some text that is long enough to be cut");
  BodyBuffer decoded;
  for (size_t size = 1; size < good.size(); ++size) {
    EXPECT_EQ(DecodeBody("gzip", good.substr(0, size), 1000, &decoded), DecodeOutcome::kCorrupt)
        << size;
  }
  EXPECT_EQ(DecodeBody("gzip", good + "x", 1000, &decoded), DecodeOutcome::kCorrupt);
  EXPECT_EQ(DecodeBody("gzip", "{}", 1000, &decoded), DecodeOutcome::kCorrupt);
  EXPECT_EQ(DecodeBody("deflate", Deflate("abc", 15) + "x", 1000, &decoded),
            DecodeOutcome::kCorrupt);
  EXPECT_EQ(DecodeBody("br", "{}", 1000, &decoded), DecodeOutcome::kUnknownCoding);
}

TEST(GzipCompressor, CanBeUsedAgain) {
  GzipCompressor compressor;
  for (const std::string& text : {std::string(10'000, 'a'), std::string(), std::string("b")}) {
    std::string compressed;
    ASSERT_TRUE(compressor.Compress(text, &compressed));
    BodyBuffer decoded;
    ASSERT_EQ(DecodeBody("gzip", compressed, 20'000, &decoded), DecodeOutcome::kOk);
    EXPECT_EQ(decoded.view(), text);
  }
}

}  // namespace
}  // namespace millrace::server
