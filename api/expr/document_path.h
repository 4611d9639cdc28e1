// Document paths: a top-level attribute and the steps below it, names resolved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/codec/value_view.h"

namespace millrace::api::expr {

// One step: a name (of a map entry) or an index (of a list element).
struct PathStep {
  std::string name;  // empty for an index
  uint32_t index = 0;
  bool is_index = false;
  friend bool operator==(const PathStep&, const PathStep&) = default;
};

// The first step is always a name.
struct DocumentPath {
  std::vector<PathStep> steps;

  const std::string& top_level_name() const { return steps.front().name; }
  bool nested() const { return steps.size() > 1; }
  // "[a, b, [0]]", as messages print paths.
  std::string ToString() const;
  // The value at the path; not present() when there is none.
  ValueView Resolve(const ItemView& item) const;
  friend bool operator==(const DocumentPath&, const DocumentPath&) = default;
};

}  // namespace millrace::api::expr
