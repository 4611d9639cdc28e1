// Right-hand sides and the arithmetic of updates on encoded values: what an action makes of an old
// value.
#pragma once

#include <string>
#include <vector>

#include "api/expr/document_path.h"
#include "api/expr/update_tree.h"
#include "api/wire/error.h"
#include "storage/codec/value_view.h"

namespace millrace::api::expr {

// The value an action leaves at its target. It lies in the old item, in the request or in `buffer`.
struct UpdatedValue {
  ValueView value;  // not present(): nothing is left there
  std::string buffer;

  // Makes what was written into `buffer` the value.
  void TakeBuffer() { value = ValueView::At(buffer.data(), buffer.data() + buffer.size()); }
};

// Evaluates operands against the old item. Errors are those of execution.
class OperandEvaluator {
 public:
  OperandEvaluator(const UpdateProgram& program, const std::vector<DocumentPath>& paths,
                   const ItemView& old_item)
      : program_(program), paths_(paths), old_item_(old_item) {}

  ApiStatus Evaluate(uint32_t operand, UpdatedValue* result) const;

 private:
  ApiStatus Arithmetic(const UpdateOperand& operand, UpdatedValue* result) const;
  ApiStatus ListAppend(const UpdateOperand& operand, UpdatedValue* result) const;

  const UpdateProgram& program_;
  const std::vector<DocumentPath>& paths_;
  const ItemView& old_item_;
};

// ADD and DELETE: `old_value` may be absent.
ApiStatus ApplyAdd(const UpdateAction& action, ValueView old_value, UpdatedValue* result);
ApiStatus ApplyDelete(const UpdateAction& action, ValueView old_value, UpdatedValue* result);

}  // namespace millrace::api::expr
