// Completing replies: the head is written by hand into a string that is kept, so that a reply costs
// no allocation.
#include <charconv>
#include <string_view>
#include <utility>

#include "api/queues/query_form.h"
#include "server/gate/exchange.h"
#include "storage/base/digest.h"
#include "storage/base/utf8.h"

namespace millrace::server {
namespace {

// Below this size compression saves less than it costs.
constexpr size_t kCompressedSizeMin = 4096;
// Replies with these have no body, and their heads say nothing of one.
bool HasNoBody(int status) { return status == 204 || status == 304; }

struct StatusText {
  int status;
  std::string_view line;
};

// Nearly every reply is the first one.
constexpr StatusText kStatusTexts[] = {
    {200, "HTTP/1.1 200 OK\r\n"},
    {201, "HTTP/1.1 201 Created\r\n"},
    {202, "HTTP/1.1 202 Accepted\r\n"},
    {204, "HTTP/1.1 204 No Content\r\n"},
    {301, "HTTP/1.1 301 Moved Permanently\r\n"},
    {302, "HTTP/1.1 302 Found\r\n"},
    {304, "HTTP/1.1 304 Not Modified\r\n"},
    {400, "HTTP/1.1 400 Bad Request\r\n"},
    {401, "HTTP/1.1 401 Unauthorized\r\n"},
    {403, "HTTP/1.1 403 Forbidden\r\n"},
    {404, "HTTP/1.1 404 Not Found\r\n"},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    {408, "HTTP/1.1 408 Request Timeout\r\n"},
    {409, "HTTP/1.1 409 Conflict\r\n"},
    {410, "HTTP/1.1 410 Gone\r\n"},
    {412, "HTTP/1.1 412 Precondition Failed\r\n"},
    {413, "HTTP/1.1 413 Payload Too Large\r\n"},
    {415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    {416, "HTTP/1.1 416 Range Not Satisfiable\r\n"},
    {424, "HTTP/1.1 424 Failed Dependency\r\n"},
    {429, "HTTP/1.1 429 Too Many Requests\r\n"},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
    {501, "HTTP/1.1 501 Not Implemented\r\n"},
    {502, "HTTP/1.1 502 Bad Gateway\r\n"},
    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
    {504, "HTTP/1.1 504 Gateway Timeout\r\n"},
    {507, "HTTP/1.1 507 Insufficient Storage\r\n"},
};

void AppendStatusLine(int status, std::string* out) {
  for (const StatusText& text : kStatusTexts) {
    if (text.status == status) {
      out->append(text.line);
      return;
    }
  }
  // Functions behind URLs may say anything; the words behind the number mean nothing.
  out->append("HTTP/1.1 ").append(std::to_string(status)).append(" \r\n");
}

void AppendNumberLine(std::string* out, std::string_view name, uint64_t value) {
  out->append(name);
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  out->append(digits, static_cast<size_t>(end - digits));
  out->append("\r\n");
}

}  // namespace

std::string_view Exchange::Header(std::string_view name) const {
  for (const HeaderField& field : head.fields()) {
    if (EqualsIgnoreCase(field.name, name)) {
      // Operations store and repeat what they find here, as text.
      return IsValidUtf8(field.value) ? field.value : std::string_view();
    }
  }
  return {};
}

void Exchange::BeginHead() {
  close_connection = close_connection || thread->draining;
  std::string* const out = &reply_head;
  out->clear();
  AppendStatusLine(http_status, out);
  out->append(thread->constant_headers());
  if (!content_type.empty()) {
    out->append("Content-Type: ");
    out->append(content_type);
    out->append("\r\n");
  }
}

void Exchange::EndHead() {
  std::string* const out = &reply_head;
  if (head.Has(KnownHeader::kOrigin) && !is_foreign) {
    out->append("Access-Control-Allow-Origin: *\r\n");
    out->append(
        "Access-Control-Expose-Headers: "
        "x-amzn-RequestId,x-amz-crc32,x-amzn-errortype,Date\r\n");
  }
  out->append(extra_headers);
  out->append("\r\n");
}

void Exchange::TranslateAnswer() {
  constexpr std::string_view kErrorHeader = "x-amzn-query-error: ";
  if (request_id.empty()) {
    thread->AppendRequestId(&request_id);
  }
  api::QueueAnswer answer;
  answer.operation = form_operation;
  answer.http_status = http_status;
  answer.body = body;
  answer.request_id = request_id;
  const size_t error_at = extra_headers.find(kErrorHeader);
  if (error_at != std::string::npos) {
    const std::string_view code =
        std::string_view(extra_headers).substr(error_at + kErrorHeader.size());
    answer.error_code = code.substr(0, code.find(';'));
  }
  std::string xml;
  api::AppendQueueXml(answer, &xml);
  body.swap(xml);
}

void Exchange::TellObserver() {
  if (request_id.empty()) {
    thread->AppendRequestId(&request_id);
  }
  observer->Replied(*this);
}

void Exchange::Finish() {
  if (observer != nullptr) [[unlikely]] {
    TellObserver();
  }
  if (!form_operation.empty()) {
    TranslateAnswer();
  }
  reply_body = body;
  bool compressed = false;
  if (body.size() >= kCompressedSizeMin && !is_foreign && head.Has(KnownHeader::kAcceptEncoding) &&
      ListHasToken(head.Get(KnownHeader::kAcceptEncoding), "gzip") &&
      thread->compressor().Compress(body, &compressed_body)) {
    reply_body = compressed_body;
    compressed = true;
  }
  BeginHead();
  std::string* const out = &reply_head;
  if (compressed) {
    out->append("Content-Encoding: gzip\r\n");
  }
  if (!HasNoBody(http_status)) {
    AppendNumberLine(out, "Content-Length: ", reply_body.size());
  }
  if (close_connection) {
    out->append("Connection: close\r\n");
  }
  out->append("x-amzn-RequestId: ");
  if (request_id.empty()) {
    thread->AppendRequestId(out);
  } else {
    out->append(request_id);
  }
  if (is_foreign) {
    out->append("\r\n");
  } else {
    // The checksum is of the bytes as sent: SDKs retry the whole call when it does not match.
    AppendNumberLine(out, "\r\nx-amz-crc32: ", Crc32(reply_body));
  }
  EndHead();
  if (head.method() == "HEAD" || HasNoBody(http_status)) {
    reply_body = std::string_view();  // only the head answers a HEAD
  }
  Send();
}

void Exchange::FinishStreaming(std::unique_ptr<BodyStream> stream) {
  if (!ReserveStream()) {
    http_status = 503;
    content_type = "application/json";
    body = "{\"error\":\"The server has as many streaming replies as it accepts. Try again.\"}";
    extra_headers.clear();
    Finish();
    return;
  }
  if (observer != nullptr) [[unlikely]] {
    TellObserver();
  }
  const bool chunked = head.minor_version() >= 1;
  BeginHead();
  if (chunked) {
    reply_head.append("Transfer-Encoding: chunked\r\n");
  }
  if (request_id.empty()) {
    thread->AppendRequestId(&request_id);
  }
  reply_head.append("Connection: close\r\nx-amzn-RequestId: ").append(request_id).append("\r\n");
  EndHead();
  SendStream(std::move(stream), chunked);
}

}  // namespace millrace::server
