// Column names, and rows as JSON.
#include "api/partiql/projected_row.h"

#include <cstddef>
#include <unordered_map>
#include <utility>

#include "api/wire/attribute_json.h"

namespace millrace::api::partiql {

std::string ColumnName(const expr::DocumentPath& path) {
  size_t last_name = path.steps.size() - 1;
  while (path.steps[last_name].is_index) {
    --last_name;
  }
  std::string name = path.steps[last_name].name;
  for (size_t depth = last_name + 1; depth < path.steps.size(); ++depth) {
    name.append("[").append(std::to_string(path.steps[depth].index)).append("]");
  }
  return name;
}

RowProjection::RowProjection(std::vector<expr::DocumentPath> paths) {
  std::unordered_map<std::string, size_t> index_of_name;
  for (expr::DocumentPath& path : paths) {
    std::string name = ColumnName(path);
    const auto [entry, is_new] = index_of_name.try_emplace(name, columns_.size());
    if (is_new) {
      columns_.push_back({std::move(name), {}});
    }
    columns_[entry->second].paths.push_back(std::move(path));
  }
}

void RowProjection::Write(const ItemView& item, json::Writer* writer) const {
  if (whole_items()) {
    WriteAttributes(item.attributes(), writer);
    return;
  }
  writer->BeginObject();
  for (const Column& column : columns_) {
    for (const expr::DocumentPath& path : column.paths) {
      if (const ValueView value = path.Resolve(item); value.present()) {
        writer->Key(column.name);
        WriteAttributeValue(value, writer);
        break;
      }
    }
  }
  writer->EndObject();
}

}  // namespace millrace::api::partiql
