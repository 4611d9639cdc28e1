// Taking paths and queries apart.
#include "api/functions/rest_path.h"

#include "storage/base/utf8.h"

namespace millrace::api {
namespace {

int HexDigit(char letter) {
  if (letter >= '0' && letter <= '9') {
    return letter - '0';
  }
  const char lower = static_cast<char>(letter | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Takes the text up to the next `separator` off the front of `*text`.
std::string_view TakeUntil(char separator, std::string_view* text) {
  const size_t end = text->find(separator);
  const std::string_view part = text->substr(0, end);
  *text = end == std::string_view::npos ? std::string_view() : text->substr(end + 1);
  return part;
}

}  // namespace

std::optional<std::string> DecodePercent(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t index = 0; index < text.size(); ++index) {
    if (text[index] != '%') {
      decoded.push_back(plus_is_space && text[index] == '+' ? ' ' : text[index]);
      continue;
    }
    if (index + 2 >= text.size()) {
      return std::nullopt;
    }
    const int high = HexDigit(text[index + 1]);
    const int low = HexDigit(text[index + 2]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(high * 16 + low));
    index += 2;
  }
  // Names are texts, and come back in answers that are JSON.
  return IsValidUtf8(decoded) ? std::move(decoded) : std::optional<std::string>();
}

bool IsRestPath(std::string_view path) {
  constexpr std::string_view kForm = "/dddd-dd-dd/";
  if (path.size() < kForm.size()) {
    return false;
  }
  for (size_t index = 0; index < kForm.size(); ++index) {
    const bool is_digit = path[index] >= '0' && path[index] <= '9';
    if (kForm[index] == 'd' ? !is_digit : path[index] != kForm[index]) {
      return false;
    }
  }
  return true;
}

bool MatchRestPath(std::string_view pattern, std::string_view path,
                   std::vector<std::string>* segments) {
  if (path.size() > 1 && path.ends_with('/')) {
    path.remove_suffix(1);
  }
  if (segments != nullptr) {
    segments->clear();
  }
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = TakeUntil('/', &pattern);
    const std::string_view segment = TakeUntil('/', &path);
    if (!wanted.starts_with('{')) {
      if (wanted != segment) {
        return false;
      }
      continue;
    }
    if (segment.empty()) {
      return false;
    }
    if (segments != nullptr) {
      std::optional<std::string> decoded = DecodePercent(segment, false);
      if (!decoded.has_value()) {
        return false;
      }
      segments->push_back(std::move(*decoded));
    }
  }
  return pattern.empty() && path.empty();
}

std::vector<std::pair<std::string, std::string>> ParseRestQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    std::string_view value = TakeUntil('&', &query);
    std::optional<std::string> name = DecodePercent(TakeUntil('=', &value), true);
    std::optional<std::string> text = DecodePercent(value, true);
    if (name.has_value() && text.has_value() && !name->empty()) {
      parameters.emplace_back(std::move(*name), std::move(*text));
    }
  }
  return parameters;
}

}  // namespace millrace::api
