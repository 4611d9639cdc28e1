// The compiled form of patterns.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::streams {

// A number as patterns compare them: in millionths, or, beyond five thousand million, only by
// order.
std::optional<int64_t> ParseScaledNumber(std::string_view text);

struct ObjectPattern;

enum class Test : uint8_t {
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
  kPrefix,
  kSuffix,
  kEqualsIgnoreCase,
  kPrefixIgnoreCase,
  kWildcard,
  kNumeric,
  kExists,
  kNotExists,
  kAddressRange,
  kAnythingBut,
};

// One alternative of a leaf.
struct Condition {
  Test test = Test::kString;
  std::string text;  // kString to kPrefixIgnoreCase; of the kinds that ignore case: in lower case
  std::vector<std::string> segments;  // kWildcard: what stands between the asterisks
  // kNumber: both the same; kNumeric: the bounds.
  int64_t low = INT64_MIN;
  int64_t high = INT64_MAX;
  bool low_inclusive = true;
  bool high_inclusive = true;
  bool of_text = false;  // kNumeric: of a text that is a number
  // kAddressRange.
  std::array<uint8_t, 16> address = {};
  int address_bits = 0;
  bool is_version6 = false;
  std::vector<Condition> excluded;  // kAnythingBut

  bool MatchesString(std::string_view value) const;
  bool MatchesNumber(std::string_view number_text) const;
};

// Either of the two is used.
struct MemberPattern {
  std::string name;
  std::unique_ptr<ObjectPattern> object;
  std::vector<Condition> conditions;
};

// All members must match, and of every list of alternatives one.
struct ObjectPattern {
  std::vector<MemberPattern> members;
  std::vector<std::vector<ObjectPattern>> alternatives;
};

}  // namespace millrace::streams
