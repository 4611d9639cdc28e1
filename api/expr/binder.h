// Binding: looking up the placeholders of a syntax tree, and the checks on names and functions that
// conditions, updates and projections share.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/expr/document_path.h"
#include "api/expr/placeholders.h"
#include "api/expr/syntax_tree.h"
#include "storage/codec/value_view.h"

namespace millrace::api::expr {

// Each function returns false with `*detail` set for the first problem. Used by one thread;
// everything outlives it.
class Binder {
 public:
  Binder(const SyntaxTree& tree, Placeholders* placeholders, std::string* detail)
      : tree_(tree), placeholders_(placeholders), detail_(detail) {}

  // Checks on the whole text.
  bool CheckReservedWords() const;
  bool CheckKnownFunctions(std::span<const std::string_view> names) const;

  // Checks that the names or values of the part below `node` are defined, and marks them as used.
  bool CheckNames(uint32_t node);
  bool CheckValues(uint32_t node);
  // Both, in the order of the text.
  bool CheckDefined(uint32_t node);

  // The bound form of a path or value node, the names and values of which are known to be defined.
  bool BindPath(uint32_t node, DocumentPath* path);
  ValueView BindValue(uint32_t node);

  const SyntaxNode& node(uint32_t index) const { return tree_.nodes[index]; }
  const SyntaxTree& tree() const { return tree_; }
  bool Refuse(std::string detail) {
    *detail_ = std::move(detail);
    return false;
  }

 private:
  enum class What { kNames, kValues, kBoth };
  bool Check(uint32_t node, What what);
  bool CheckPathNames(const SyntaxNode& path);

  const SyntaxTree& tree_;
  Placeholders* const placeholders_;
  std::string* const detail_;
};

}  // namespace millrace::api::expr
