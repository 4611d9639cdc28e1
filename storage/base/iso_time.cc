// Reading and writing times.
#include "storage/base/iso_time.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace millrace {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kDayMs = 24 * 60 * kMinuteMs;

// Takes `count` digits from the front of `text`.
std::optional<int> TakeDigits(size_t count, std::string_view* text) {
  if (text->size() < count) {
    return std::nullopt;
  }
  int value = 0;
  for (const char digit : text->substr(0, count)) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    value = value * 10 + (digit - '0');
  }
  text->remove_prefix(count);
  return value;
}

bool TakeCharacter(char wanted, std::string_view* text) {
  if (text->empty() || text->front() != wanted) {
    return false;
  }
  text->remove_prefix(1);
  return true;
}

// Two numbers of two digits with a colon between them, as minutes.
std::optional<int64_t> TakeHoursAndMinutes(std::string_view* text) {
  const std::optional<int> hours = TakeDigits(2, text);
  if (!hours.has_value() || *hours > 23 || !TakeCharacter(':', text)) {
    return std::nullopt;
  }
  const std::optional<int> minutes = TakeDigits(2, text);
  if (!minutes.has_value() || *minutes > 59) {
    return std::nullopt;
  }
  return *hours * 60 + *minutes;
}

std::optional<int64_t> TakeDate(std::string_view* text) {
  const std::optional<int> year = TakeDigits(4, text);
  const bool has_month = TakeCharacter('-', text);
  const std::optional<int> month = TakeDigits(2, text);
  const bool has_day = TakeCharacter('-', text);
  const std::optional<int> day = TakeDigits(2, text);
  if (!year || !has_month || !month || !has_day || !day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date).time_since_epoch().count() * kDayMs;
}

// A fraction of a second of any length, cut off at milliseconds.
std::optional<int64_t> TakeFraction(std::string_view* text) {
  int64_t ms = 0;
  int64_t digit_ms = 100;
  size_t count = 0;
  for (; !text->empty() && text->front() >= '0' && text->front() <= '9'; ++count) {
    ms += (text->front() - '0') * digit_ms;
    digit_ms /= 10;
    text->remove_prefix(1);
  }
  return count == 0 ? std::nullopt : std::optional(ms);
}

}  // namespace

std::optional<int64_t> ParseIsoTime(std::string_view text) {
  const std::optional<int64_t> day_ms = TakeDate(&text);
  if (!day_ms.has_value() || !TakeCharacter('T', &text)) {
    return std::nullopt;
  }
  const std::optional<int64_t> minutes = TakeHoursAndMinutes(&text);
  if (!minutes.has_value() || !TakeCharacter(':', &text)) {
    return std::nullopt;
  }
  const std::optional<int> seconds = TakeDigits(2, &text);
  if (!seconds.has_value() || *seconds > 59) {
    return std::nullopt;
  }
  int64_t time_ms = *day_ms + *minutes * kMinuteMs + *seconds * 1000;
  if (TakeCharacter('.', &text)) {
    const std::optional<int64_t> fraction_ms = TakeFraction(&text);
    if (!fraction_ms.has_value()) {
      return std::nullopt;
    }
    time_ms += *fraction_ms;
  }
  if (text == "Z") {
    return time_ms;
  }
  const bool is_ahead = TakeCharacter('+', &text);
  if (!is_ahead && !TakeCharacter('-', &text)) {
    return std::nullopt;
  }
  const std::optional<int64_t> offset = TakeHoursAndMinutes(&text);
  if (!offset.has_value() || !text.empty()) {
    return std::nullopt;
  }
  return time_ms - (is_ahead ? *offset : -*offset) * kMinuteMs;
}

std::string FormatIsoTime(int64_t time_ms) {
  const time_t seconds = static_cast<time_t>(time_ms / 1000);
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text;
  const size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(time_ms % 1000));
  return text.data();
}

}  // namespace millrace
