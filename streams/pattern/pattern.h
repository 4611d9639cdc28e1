// Event patterns: the filters of event source mappings and of the tail. A pattern is compiled once
// and then matched against events, which may be JSON documents or change records where they lie
// (pattern_match.h says what an event has to offer). docs/filters.md describes the language.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/status.h"

namespace millrace::streams {

struct ObjectPattern;

struct PatternOptions {
  // `numeric` below a member named N takes the text there as a number: attribute values of
  // DynamoDB have their numbers as texts, which `numeric` does not match otherwise.
  bool numeric_attributes = false;
};

// Immutable, so thread-safe. Copies share what was compiled.
class Pattern {
 public:
  // Longer texts are refused, and deeper patterns.
  static constexpr size_t kSizeMax = 4096;
  static constexpr int kDepthMax = 40;
  // Most combinations of alternatives in a pattern with $or.
  static constexpr uint64_t kCombinationsMax = 1000;

  // kInvalidArgument with a text that names the place and what is wrong there.
  static Result<Pattern> Compile(std::string_view text, const PatternOptions& options = {});

  bool Matches(json::Value event) const;

  const ObjectPattern& root() const { return *root_; }

 private:
  explicit Pattern(std::shared_ptr<const ObjectPattern> root) : root_(std::move(root)) {}

  std::shared_ptr<const ObjectPattern> root_;
};

}  // namespace millrace::streams
