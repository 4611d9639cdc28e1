// Splitting Authorization headers, presigned query strings, credentials and dates.
#include "server/auth/credentials.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

namespace millrace::server {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return -1;
}

// Percent-decoding; a percent sign without two hexadecimal digits stands for itself.
std::string PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

// Calls `visit(name, encoded value)` for each parameter of a query string.
template <typename Visitor>
void VisitParameters(std::string_view query, Visitor visit) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const size_t equals = parameter.find('=');
    visit(parameter.substr(0, equals),
          equals == std::string_view::npos ? std::string_view() : parameter.substr(equals + 1));
  }
}

// The number written in `count` digits at `begin`, or nothing.
std::optional<int> ParseDigits(std::string_view text, size_t begin, size_t count) {
  int value = 0;
  for (size_t i = begin; i < begin + count; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

HeaderCredentials ParseAuthorization(std::string_view value) {
  HeaderCredentials parts;
  const size_t space = value.find(' ');
  parts.algorithm = value.substr(0, space);
  std::string_view rest =
      space == std::string_view::npos ? std::string_view() : value.substr(space + 1);
  while (!rest.empty()) {
    const size_t end =
        static_cast<size_t>(std::find_if(rest.begin(), rest.end(),
                                         [](char c) { return c == ',' || c == ' ' || c == '\t'; }) -
                            rest.begin());
    const std::string_view parameter = rest.substr(0, end);
    rest = end == rest.size() ? std::string_view() : rest.substr(end + 1);
    const size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) {
      continue;
    }
    const std::string_view name = parameter.substr(0, equals);
    const std::string_view content = parameter.substr(equals + 1);
    if (name == "Credential") {
      parts.credential = content;
    } else if (name == "SignedHeaders") {
      parts.signed_headers = content;
    } else if (name == "Signature") {
      parts.signature = content;
    }
  }
  return parts;
}

QueryCredentials ParseQueryCredentials(std::string_view query) {
  QueryCredentials parts;
  VisitParameters(query, [&parts](std::string_view name, std::string_view value) {
    if (name == "X-Amz-Algorithm") {
      parts.has_algorithm = true;
      parts.algorithm = PercentDecode(value);
    } else if (name == "X-Amz-Credential") {
      parts.credential = PercentDecode(value);
    } else if (name == "X-Amz-Signature") {
      parts.signature = PercentDecode(value);
    } else if (name == "X-Amz-SignedHeaders") {
      parts.signed_headers = PercentDecode(value);
    } else if (name == "X-Amz-Date") {
      parts.date = PercentDecode(value);
    } else if (name == "X-Amz-Expires") {
      parts.expires = PercentDecode(value);
    } else if (name == "X-Amz-Security-Token") {
      parts.security_token = PercentDecode(value);
    }
  });
  return parts;
}

bool QueryHasAlgorithm(std::string_view query) {
  bool found = false;
  VisitParameters(query, [&found](std::string_view name, std::string_view) {
    found = found || name == "X-Amz-Algorithm";
  });
  return found;
}

bool SplitCredential(std::string_view credential, CredentialScope* scope) {
  std::string_view* const parts[] = {&scope->access_key_id, &scope->date, &scope->region,
                                     &scope->service, &scope->terminator};
  for (size_t i = 0; i < 4; ++i) {
    const size_t slash = credential.find('/');
    if (slash == std::string_view::npos) {
      return false;
    }
    *parts[i] = credential.substr(0, slash);
    credential.remove_prefix(slash + 1);
  }
  *parts[4] = credential;
  return credential.find('/') == std::string_view::npos;
}

bool ParseBasicDate(std::string_view text, int64_t* epoch_seconds) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') {
    return false;
  }
  const std::optional<int> year = ParseDigits(text, 0, 4);
  const std::optional<int> month = ParseDigits(text, 4, 2);
  const std::optional<int> day = ParseDigits(text, 6, 2);
  const std::optional<int> hour = ParseDigits(text, 9, 2);
  const std::optional<int> minute = ParseDigits(text, 11, 2);
  const std::optional<int> second = ParseDigits(text, 13, 2);
  if (!year || !month || !day || !hour || !minute || !second || *hour > 23 || *minute > 59 ||
      *second > 60) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    return false;
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  *epoch_seconds = ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
  return true;
}

std::string FormatBasicDate(int64_t epoch_seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(epoch_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char text[64];
  const int size = std::snprintf(
      text, sizeof(text), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace millrace::server
