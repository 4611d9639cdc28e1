// Filters of change records: patterns matched against what the record's event would be
// (change_json.h), without writing it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "storage/tables/change_log.h"
#include "streams/change_json.h"
#include "streams/pattern/pattern.h"

namespace millrace::streams {

// Immutable, so thread-safe.
class ChangeFilter {
 public:
  // Refuses what Pattern::Compile refuses. No patterns at all: everything matches.
  static Result<ChangeFilter> Compile(std::span<const std::string> patterns,
                                      const PatternOptions& options = {});

  bool empty() const { return patterns_.empty(); }
  // Whether any of the patterns matches the event of `change`, as `json` (made for kEvent) writes
  // it.
  bool Matches(const tables::LoggedChange& change, const ChangeJson& json) const;

 private:
  std::vector<Pattern> patterns_;
};

}  // namespace millrace::streams
