// Updates: UpdateExpression and the legacy AttributeUpdates, compiled to one list of actions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/document_path.h"
#include "api/expr/placeholders.h"
#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api::expr {

struct UpdateProgram;  // update_tree.h

// Immutable once compiled; Apply is thread-safe and runs on the committer thread. Refers to the
// values of the Placeholders (or scratch) it was compiled with.
class Update {
 public:
  Update();
  ~Update();
  Update(Update&&) noexcept;
  Update& operator=(Update&&) noexcept;

  static ApiStatus Parse(std::string_view text, Placeholders* placeholders, Update* update);
  static ApiStatus FromAttributeUpdates(json::Value updates, std::string* scratch, Update* update);

  // An update that another parser has compiled (PartiQL has the same actions); the targets are the
  // first `target_count` of `paths` and do not overlap.
  static Update FromProgram(std::unique_ptr<UpdateProgram> program, std::vector<DocumentPath> paths,
                            size_t target_count);

  bool present() const { return program_ != nullptr; }
  // The target paths in the order of the text.
  std::span<const DocumentPath> targets() const { return std::span(paths_).first(target_count_); }
  // Every path anywhere in the update, the targets first; for the checks against key attributes.
  const std::vector<DocumentPath>& paths() const { return paths_; }

  // Builds the new item in `out` (appended): the old item's attributes (or, without one, the `key`
  // attributes), changed. All right-hand sides read the old item. Errors are those of execution:
  // wrong types, paths that do not exist, number range, nesting. Unchanged attributes are copied as
  // bytes. On error `out` is left as it was.
  ApiStatus Apply(const ItemView& old_item, const ItemView& key, std::string* out,
                  ItemView* new_item) const;

  // Whether the update of a missing item creates it. Not so for AttributeUpdates that only delete.
  bool creates_missing_item() const { return creates_missing_item_; }

  // The size by which DynamoDB holds UpdateItem against the item limit: the new item's size plus
  // its charges per action (data model, section on sizes).
  uint32_t MeasuredSize(const ItemView& new_item, const KeySchema& schema) const;

 private:
  std::unique_ptr<UpdateProgram> program_;
  std::vector<DocumentPath> paths_;
  size_t target_count_ = 0;
  bool creates_missing_item_ = true;
};

}  // namespace millrace::api::expr
