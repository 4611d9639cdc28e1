// Completing replies: the head is written by hand into a string that is kept, so that a reply costs
// no allocation.
#include <charconv>
#include <string_view>

#include "server/gate/exchange.h"
#include "storage/base/digest.h"

namespace millrace::server {
namespace {

// Below this size compression saves less than it costs.
constexpr size_t kCompressedSizeMin = 4096;

std::string_view StatusLine(int status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\n";
    case 400:
      return "HTTP/1.1 400 Bad Request\r\n";
    case 404:
      return "HTTP/1.1 404 Not Found\r\n";
    case 409:
      return "HTTP/1.1 409 Conflict\r\n";
    case 413:
      return "HTTP/1.1 413 Payload Too Large\r\n";
    case 431:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\n";
    default:
      return "HTTP/1.1 500 Internal Server Error\r\n";
  }
}

void AppendNumberLine(std::string* out, std::string_view name, uint64_t value) {
  out->append(name);
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  out->append(digits, static_cast<size_t>(end - digits));
  out->append("\r\n");
}

}  // namespace

void Exchange::Finish() {
  reply_body = body;
  bool compressed = false;
  if (body.size() >= kCompressedSizeMin && head.Has(KnownHeader::kAcceptEncoding) &&
      ListHasToken(head.Get(KnownHeader::kAcceptEncoding), "gzip") &&
      thread->compressor().Compress(body, &compressed_body)) {
    reply_body = compressed_body;
    compressed = true;
  }
  close_connection = close_connection || thread->draining;

  std::string* const out = &reply_head;
  out->clear();
  out->append(StatusLine(http_status));
  out->append(thread->constant_headers());
  if (!content_type.empty()) {
    out->append("Content-Type: ");
    out->append(content_type);
    out->append("\r\n");
  }
  if (compressed) {
    out->append("Content-Encoding: gzip\r\n");
  }
  AppendNumberLine(out, "Content-Length: ", reply_body.size());
  if (close_connection) {
    out->append("Connection: close\r\n");
  }
  out->append("x-amzn-RequestId: ");
  thread->AppendRequestId(out);
  // The checksum is of the bytes as sent: SDKs retry the whole call when it does not match.
  AppendNumberLine(out, "\r\nx-amz-crc32: ", Crc32(reply_body));
  if (head.Has(KnownHeader::kOrigin)) {
    out->append("Access-Control-Allow-Origin: *\r\n");
    out->append(
        "Access-Control-Expose-Headers: "
        "x-amzn-RequestId,x-amz-crc32,x-amzn-errortype,Date\r\n");
  }
  out->append(extra_headers);
  out->append("\r\n");
  if (head.method() == "HEAD") {
    reply_body = std::string_view();  // only the head answers a HEAD
  }
  Send();
}

}  // namespace millrace::server
