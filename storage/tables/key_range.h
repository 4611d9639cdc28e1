// Ranges of keys, for the reads of this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace millrace::tables {

// The first key behind `key`.
inline std::string KeyBehind(std::string key) {
  key.push_back('\0');
  return key;
}

// The first key behind all that start with `prefix`, which has a byte other than 0xFF (an id has).
inline std::string PrefixEnd(std::string prefix) {
  while (static_cast<uint8_t>(prefix.back()) == 0xFF) {
    prefix.pop_back();
  }
  prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

// The keys from `from` to before `to`.
struct KeyRange {
  std::string from;
  std::string to;

  void RaiseFrom(std::string key) { from = std::max(from, std::move(key)); }
  void LowerTo(std::string key) { to = std::min(to, std::move(key)); }
  // Leaves out what a reader in the given direction has passed when it was last at `key`.
  void StartBehind(std::string key, bool reverse) {
    if (reverse) {
      LowerTo(std::move(key));
    } else {
      RaiseFrom(KeyBehind(std::move(key)));
    }
  }
};

}  // namespace millrace::tables
