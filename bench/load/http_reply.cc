// One pass over the head; header values other than Content-Length are stepped over.

#include "bench/load/http_reply.h"

#include <charconv>

namespace millrace::bench {
namespace {

constexpr size_t kHeadBytesMax = 65'536;
constexpr std::string_view kVersion = "HTTP/1.1 ";
constexpr std::string_view kContentLength = "content-length";

char ToLower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool EqualsLower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); i++) {
    if (ToLower(text[i]) != lower[i]) return false;
  }
  return true;
}

template <typename Number>
bool ParseNumber(std::string_view text, Number* number) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

ReplyHead ParseReplyHead(std::string_view received) {
  ReplyHead head;
  const size_t head_end = received.find("\r\n\r\n");
  if (head_end == std::string_view::npos) {
    if (received.size() > kHeadBytesMax) head.state = ReplyHead::State::kMalformed;
    return head;
  }
  head.state = ReplyHead::State::kMalformed;
  if (received.substr(0, kVersion.size()) != kVersion ||
      !ParseNumber(received.substr(kVersion.size(), 3), &head.status)) {
    return head;
  }
  head.head_bytes = head_end + 4;
  size_t line_begin = received.find("\r\n") + 2;
  while (line_begin < head_end + 2) {
    const size_t line_end = received.find("\r\n", line_begin);
    const std::string_view line = received.substr(line_begin, line_end - line_begin);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && EqualsLower(line.substr(0, colon), kContentLength)) {
      if (!ParseNumber(line.substr(colon + 1), &head.body_bytes)) return head;
      head.state = ReplyHead::State::kComplete;
      return head;
    }
    line_begin = line_end + 2;
  }
  return head;
}

}  // namespace millrace::bench
