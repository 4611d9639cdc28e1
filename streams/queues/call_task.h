// Calling a function on a task queue.
#pragma once

#include <memory>
#include <utility>

#include "storage/base/task.h"

namespace millrace::streams {

// Runs `call` once on `queue`; at once, on the calling thread, if that is nullptr. What `call`
// holds need not be copyable.
template <typename Call>
void PostCall(TaskQueue* queue, Call call) {
  class CallTask final : public Task {
   public:
    explicit CallTask(Call the_call) : call_(std::move(the_call)) {}
    void Run() override {
      const std::unique_ptr<CallTask> self(this);
      call_();
    }

   private:
    Call call_;
  };
  if (queue == nullptr) {
    call();
    return;
  }
  queue->PostOne(new CallTask(std::move(call)));
}

}  // namespace millrace::streams
