// Paths printed for messages, and followed into encoded items.
#include "api/expr/document_path.h"

namespace millrace::api::expr {

std::string DocumentPath::ToString() const {
  std::string text = "[";
  for (const PathStep& step : steps) {
    if (text.size() > 1) {
      text.append(", ");
    }
    if (step.is_index) {
      text.append("[").append(std::to_string(step.index)).append("]");
    } else {
      text.append(step.name);
    }
  }
  return text + "]";
}

ValueView DocumentPath::Resolve(const ItemView& item) const {
  ValueView value = item.Find(steps.front().name);
  for (size_t depth = 1; depth < steps.size() && value.present(); ++depth) {
    const PathStep& step = steps[depth];
    // Of another type than the step needs, a value has no parts.
    value = step.is_index ? value.AsList().At(step.index) : value.AsMap().Find(step.name);
  }
  return value;
}

}  // namespace millrace::api::expr
