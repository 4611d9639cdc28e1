// Taking queries apart.
#include "server/request/query.h"

namespace millrace::server {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<std::string> DecodeQueryText(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result.push_back(text[at] == '+' ? ' ' : text[at]);
      continue;
    }
    if (text.size() - at < 3 || HexDigit(text[at + 1]) < 0 || HexDigit(text[at + 2]) < 0) {
      return std::nullopt;
    }
    result.push_back(static_cast<char>(HexDigit(text[at + 1]) * 16 + HexDigit(text[at + 2])));
    at += 2;
  }
  return result;
}

std::optional<std::string> QueryParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const size_t equals = parameter.find('=');
    if (DecodeQueryText(parameter.substr(0, equals)) == name) {
      return equals == std::string_view::npos ? std::string()
                                              : DecodeQueryText(parameter.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace millrace::server
