// Submitting and completing.
#include "streams/delivery/change.h"

#include <memory>
#include <utility>

#include "streams/queues/call_task.h"

namespace millrace::streams {

void Change::Submit(engine::Engine* engine, std::vector<std::string> keys, size_t weight_bytes,
                    PlanFunction plan, TaskQueue* home, Done done) {
  auto* const change =
      new Change(std::move(keys), weight_bytes, std::move(plan), home, std::move(done));
  const Status status = engine->Submit(change);
  if (!status.ok()) {
    PostCall(home, [change, status] { change->Complete(status); });
  }
}

Change::Change(std::vector<std::string> keys, size_t weight_bytes, PlanFunction plan,
               TaskQueue* home, Done done)
    : key_bytes_(std::move(keys)),
      weight_bytes_(weight_bytes),
      plan_(std::move(plan)),
      home_(home),
      done_(std::move(done)) {
  for (const std::string& key : key_bytes_) {
    keys_.push_back({engine::Space::kFunctions, key});
  }
}

void Change::Complete(const Status& status) {
  const std::unique_ptr<Change> self(this);
  done_(status);
}

}  // namespace millrace::streams
