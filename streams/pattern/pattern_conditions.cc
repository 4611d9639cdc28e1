// What single values have to be: texts, numbers, addresses.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "streams/pattern/pattern_tree.h"

namespace millrace::streams {
namespace {

constexpr long double kNumberMax = 5e9L;
constexpr long double kScale = 1e6L;
constexpr size_t kNumberTextMax = 60;

char Lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool EqualsLower(std::string_view value, std::string_view lower) {
  return value.size() == lower.size() && std::equal(value.begin(), value.end(), lower.begin(),
                                                    [](char a, char b) { return Lower(a) == b; });
}

// The first segment begins the value, the last one ends it, and the others follow each other in
// between: taking each where it occurs first is enough, so the time is linear.
bool MatchesSegments(std::string_view value, const std::vector<std::string>& segments) {
  if (segments.size() == 1) {
    return value == segments.front();
  }
  if (!value.starts_with(segments.front())) {
    return false;
  }
  value.remove_prefix(segments.front().size());
  if (!value.ends_with(segments.back())) {
    return false;
  }
  value.remove_suffix(segments.back().size());
  for (size_t index = 1; index + 1 < segments.size(); ++index) {
    const std::string& segment = segments[index];
    const void* const found = memmem(value.data(), value.size(), segment.data(), segment.size());
    if (found == nullptr) {
      return false;
    }
    value.remove_prefix(static_cast<size_t>(static_cast<const char*>(found) - value.data()) +
                        segment.size());
  }
  return true;
}

bool InAddressRange(std::string_view value, const Condition& range) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (value.size() >= text.size()) {
    return false;
  }
  std::copy(value.begin(), value.end(), text.begin());
  std::array<uint8_t, 16> address = {};
  if (inet_pton(range.is_version6 ? AF_INET6 : AF_INET, text.data(), address.data()) != 1) {
    return false;
  }
  const int whole_bytes = range.address_bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole_bytes, range.address.begin())) {
    return false;
  }
  const int rest_bits = range.address_bits % 8;
  const auto mask = static_cast<uint8_t>(0xFF << (8 - rest_bits));
  return rest_bits == 0 || (address[whole_bytes] & mask) == (range.address[whole_bytes] & mask);
}

bool InBounds(const Condition& condition, std::string_view number_text) {
  const std::optional<int64_t> number = ParseScaledNumber(number_text);
  return number.has_value() &&
         (condition.low_inclusive ? *number >= condition.low : *number > condition.low) &&
         (condition.high_inclusive ? *number <= condition.high : *number < condition.high);
}

}  // namespace

std::optional<int64_t> ParseScaledNumber(std::string_view text) {
  std::array<char, kNumberTextMax + 1> copy = {};
  if (text.empty() || text.size() > kNumberTextMax ||
      !((text[0] >= '0' && text[0] <= '9') || text[0] == '-')) {
    return std::nullopt;
  }
  std::copy(text.begin(), text.end(), copy.begin());
  char* end = nullptr;
  const long double number = std::strtold(copy.data(), &end);
  if (end != copy.data() + text.size()) {
    return std::nullopt;
  }
  if (std::fabs(number) > kNumberMax) {
    return number > 0 ? INT64_MAX : INT64_MIN;
  }
  return std::llroundl(number * kScale);
}

bool Condition::MatchesString(std::string_view value) const {
  switch (test) {
    case Test::kString:
      return value == text;
    case Test::kPrefix:
      return value.starts_with(text);
    case Test::kSuffix:
      return value.ends_with(text);
    case Test::kEqualsIgnoreCase:
      return EqualsLower(value, text);
    case Test::kPrefixIgnoreCase:
      return EqualsLower(value.substr(0, text.size()), text);
    case Test::kWildcard:
      return MatchesSegments(value, segments);
    case Test::kAddressRange:
      return InAddressRange(value, *this);
    case Test::kNumeric:
      return of_text && InBounds(*this, value);
    default:
      return false;
  }
}

bool Condition::MatchesNumber(std::string_view number_text) const {
  return (test == Test::kNumber || test == Test::kNumeric) && InBounds(*this, number_text);
}

}  // namespace millrace::streams
