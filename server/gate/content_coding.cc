// gzip and deflate by zlib.
#include "server/gate/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "server/request/request_head.h"

namespace millrace::server {
namespace {

constexpr int kWindowBits = 15;
constexpr int kGzip = 16;  // added to the window bits
// Replies are compressed while a client waits, so speed counts more than the last percent.
constexpr int kCompressionLevel = 1;
constexpr int kMemoryLevel = 8;

// "deflate" means zlib's wrapping by the book and raw deflate by habit: the two-byte header tells.
int DeflateWindowBits(std::string_view encoded) {
  if (encoded.size() >= 2) {
    const auto first = static_cast<uint8_t>(encoded[0]);
    const auto second = static_cast<uint8_t>(encoded[1]);
    if ((first & 0x0F) == Z_DEFLATED && (first * 256 + second) % 31 == 0) {
      return kWindowBits;
    }
  }
  return -kWindowBits;
}

// An initialised inflate stream.
struct InflateStream {
  explicit InflateStream(int window_bits) {
    initialised = inflateInit2(&stream, window_bits) == Z_OK;
  }
  ~InflateStream() {
    if (initialised) {
      inflateEnd(&stream);
    }
  }
  z_stream stream = {};
  bool initialised = false;
};

DecodeOutcome Inflate(int window_bits, bool several_members, std::string_view encoded,
                      size_t size_max, BodyBuffer* decoded) {
  InflateStream inflater(window_bits);
  if (!inflater.initialised) {
    return DecodeOutcome::kCorrupt;
  }
  z_stream* const stream = &inflater.stream;
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(encoded.data()));
  stream->avail_in = static_cast<uInt>(encoded.size());
  while (true) {
    // One byte above the bound is asked for, so that reaching it can be told from passing it.
    const size_t allowed = size_max + 1 - decoded->size();
    decoded->EnsureRoom(std::min<size_t>(allowed, 16 * 1024));
    const size_t room = std::min(decoded->room(), allowed);
    stream->next_out = reinterpret_cast<Bytef*>(decoded->tail());
    stream->avail_out = static_cast<uInt>(room);
    const int result = inflate(stream, Z_NO_FLUSH);
    decoded->Advance(room - stream->avail_out);
    if (decoded->size() > size_max) {
      return DecodeOutcome::kTooLarge;
    }
    if (result == Z_STREAM_END) {
      if (stream->avail_in == 0) {
        return DecodeOutcome::kOk;
      }
      if (!several_members || inflateReset(stream) != Z_OK) {
        return DecodeOutcome::kCorrupt;
      }
    } else if (result != Z_OK || (stream->avail_in == 0 && stream->avail_out != 0)) {
      return DecodeOutcome::kCorrupt;
    }
  }
}

}  // namespace

bool IsIdentityCoding(std::string_view coding) {
  return coding.empty() || EqualsIgnoreCase(coding, "identity");
}

DecodeOutcome DecodeBody(std::string_view coding, std::string_view encoded, size_t size_max,
                         BodyBuffer* decoded) {
  decoded->Clear();
  if (EqualsIgnoreCase(coding, "gzip") || EqualsIgnoreCase(coding, "x-gzip")) {
    return Inflate(kWindowBits + kGzip, true, encoded, size_max, decoded);
  }
  if (EqualsIgnoreCase(coding, "deflate")) {
    return Inflate(DeflateWindowBits(encoded), false, encoded, size_max, decoded);
  }
  return DecodeOutcome::kUnknownCoding;
}

struct GzipCompressor::State {
  z_stream stream = {};
  bool initialised = false;
};

GzipCompressor::GzipCompressor() = default;

GzipCompressor::~GzipCompressor() {
  if (state_ != nullptr && state_->initialised) {
    deflateEnd(&state_->stream);
  }
}

bool GzipCompressor::Compress(std::string_view text, std::string* out) {
  if (state_ == nullptr) {
    state_ = std::make_unique<State>();
    state_->initialised =
        deflateInit2(&state_->stream, kCompressionLevel, Z_DEFLATED, kWindowBits + kGzip,
                     kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  z_stream* const stream = &state_->stream;
  if (!state_->initialised || deflateReset(stream) != Z_OK) {
    return false;
  }
  out->resize(deflateBound(stream, text.size()));
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream->avail_in = static_cast<uInt>(text.size());
  stream->next_out = reinterpret_cast<Bytef*>(out->data());
  stream->avail_out = static_cast<uInt>(out->size());
  const bool complete = deflate(stream, Z_FINISH) == Z_STREAM_END;
  out->resize(out->size() - stream->avail_out);
  return complete;
}

}  // namespace millrace::server
