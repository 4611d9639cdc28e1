// Rows of a SELECT that names columns.
#pragma once

#include <string>
#include <vector>

#include "api/expr/document_path.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api::partiql {

// The name under which a projected path appears: its last name and the indexes behind that, so `c`
// for a.b.c and `b[0]` for a.b[0].
std::string ColumnName(const expr::DocumentPath& path);

// The columns of a projection. Immutable; Write is thread-safe.
class RowProjection {
 public:
  // `paths` as in Statement::projection; none stands for `*`. Of several columns with one name the
  // first that has a value is written, in place of the first of them.
  explicit RowProjection(std::vector<expr::DocumentPath> paths);

  // Whether all attributes are wanted.
  bool whole_items() const { return columns_.empty(); }
  // Writes the row as a JSON object of attribute values; "{}" when the item has none of the
  // columns.
  void Write(const ItemView& item, json::Writer* writer) const;

 private:
  struct Column {
    std::string name;
    std::vector<expr::DocumentPath> paths;  // the first that has a value counts
  };
  std::vector<Column> columns_;
};

}  // namespace millrace::api::partiql
