// The operations that most requests consist of, by name. Google Benchmark times them, and
// bench/instructions counts their instructions; both use the same list.

#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace millrace::bench {

/// One operation.
struct HotPath {
  /// Unique, like "expressions.match-condition".
  std::string_view name;
  /// Makes what the operation works on and returns the operation, which owns it. The operation does
  /// the same work each time, and ends the program when its result is wrong.
  std::function<void()> (*prepare)();
};

// Each in the source file of that name, hot_paths_*.cc.

/// JSON, stored bytes, keys, and filters of change records.
std::vector<HotPath> StorageHotPaths();
/// Texts of expressions and what is made of them.
std::vector<HotPath> ExpressionHotPaths();
/// The commit pipeline without network.
std::vector<HotPath> CommitHotPaths();
/// Whole requests without sockets, and signatures.
std::vector<HotPath> RequestHotPaths();

}  // namespace millrace::bench
