// Helpers for the tests of writes of several items. Used by tests only.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "storage/tables/multi_item_mutation.h"
#include "storage/tables/test_support.h"

namespace millrace::tables {

// A write of several items whose apply step is a function; completes on the committer thread
// unless there is a queue.
class TestMultiMutation final : public MultiItemMutation {
 public:
  using ApplyFunction =
      std::function<Status(std::span<const ItemView>, std::span<ItemDecision> decisions)>;
  explicit TestMultiMutation(ApplyFunction apply, TaskQueue* queue = nullptr)
      : apply_(std::move(apply)), queue_(queue) {}

  size_t weight_bytes() const override { return 1000; }
  TaskQueue* completion_queue() override { return queue_; }
  Status Apply(std::span<const ItemView> old_items, std::span<ItemDecision> decisions) override {
    ++apply_count;
    return apply_(old_items, decisions);
  }
  std::string_view TokenPayload() override { return payload; }
  void Done(const Status& status) override { outcome_.Set(status); }
  Status Wait() { return outcome_.Wait(); }

  std::string payload;
  int apply_count = 0;

 private:
  ApplyFunction apply_;
  TaskQueue* queue_;
  Outcome outcome_;
};

// An apply step that puts `items` one for one.
inline TestMultiMutation::ApplyFunction PutAll(const std::vector<std::string>& items) {
  return [&items](std::span<const ItemView>, std::span<ItemDecision> decisions) {
    for (size_t index = 0; index < items.size(); ++index) {
      decisions[index] = {ItemChange::kPut, items[index]};
    }
    return Status::Ok();
  };
}

}  // namespace millrace::tables
