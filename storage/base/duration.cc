// Reading durations.
#include "storage/base/duration.h"

namespace millrace {
namespace {

constexpr int64_t kSecondMs = 1000;

struct Unit {
  std::string_view name;
  int64_t ms;
};

// Names that end in another's name stand in front of it.
constexpr Unit kUnits[] = {
    {"ms", 1},
    {"s", kSecondMs},
    {"m", 60 * kSecondMs},
    {"h", 3600 * kSecondMs},
    {"d", 24 * 3600 * kSecondMs},
};

}  // namespace

std::optional<int64_t> ParseDuration(std::string_view text) {
  int64_t unit_ms = 0;
  for (const Unit& unit : kUnits) {
    if (text.ends_with(unit.name)) {
      unit_ms = unit.ms;
      text.remove_suffix(unit.name.size());
      break;
    }
  }
  if (unit_ms == 0 || text.empty()) {
    return std::nullopt;
  }
  int64_t count = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    count = count * 10 + (digit - '0');
    if (count > kDurationMsMax / unit_ms) {
      return std::nullopt;
    }
  }
  return count * unit_ms;
}

}  // namespace millrace
