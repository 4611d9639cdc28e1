// Projections: ProjectionExpression and the legacy AttributesToGet.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/expr/document_path.h"
#include "api/expr/placeholders.h"
#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api::expr {

// Immutable once compiled; Write is thread-safe.
class Projection {
 public:
  // Compiles expression text.
  static ApiStatus Parse(std::string_view text, Placeholders* placeholders, Projection* projection);
  // Names are literal; checks duplicates.
  static ApiStatus FromAttributesToGet(json::Value names, Projection* projection);

  // False for a default-constructed projection, which selects everything.
  bool present() const { return !paths_.empty(); }
  const std::vector<DocumentPath>& paths() const { return paths_; }
  // Writes the selected parts of `item` as a JSON object of attribute values; "{}" when nothing
  // matches. Nesting is kept, list elements come dense in ascending order.
  void Write(const ItemView& item, json::Writer* writer) const;

 private:
  std::vector<DocumentPath> paths_;  // sorted: see path_set.h
};

// Writes the parts of `item` that `paths` select, as Projection::Write does; also used for
// UPDATED_OLD and UPDATED_NEW. No two paths may overlap or conflict.
void WriteSelected(std::span<const DocumentPath> paths, const ItemView& item, json::Writer* writer);
// Whether any of `paths` finds a value in `item`.
bool AnySelected(std::span<const DocumentPath> paths, const ItemView& item);

}  // namespace millrace::api::expr
