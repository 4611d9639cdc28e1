// Handing changes of rows to the engine.
#include "streams/mappings/row_change.h"

#include <memory>

namespace millrace::streams {

void RowChange::Submit(engine::Engine* engine, Keys keys, PlanFunction plan, Done done) {
  auto* const change = new RowChange(std::move(keys), std::move(plan), std::move(done));
  const Status status = engine->Submit(change);
  if (!status.ok()) {
    change->Complete(status);
  }
}

RowChange::RowChange(Keys keys, PlanFunction plan, Done done)
    : key_bytes_(std::move(keys)), plan_(std::move(plan)), done_(std::move(done)) {
  for (const auto& [space, key] : key_bytes_) {
    keys_.push_back({space, key});
  }
}

void RowChange::Complete(const Status& status) {
  const std::unique_ptr<RowChange> self(this);
  done_(status);
}

}  // namespace millrace::streams
