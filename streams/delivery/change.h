// A commit made of a plan and a callback: what this folder writes with.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/task.h"
#include "storage/engine/engine.h"

namespace millrace::streams {

// Deletes itself when it is done.
class Change final : public engine::Mutation {
 public:
  // See Mutation::Plan; `current` has the values of the keys, all of the family `functions`.
  using PlanFunction =
      std::function<Status(std::span<const engine::PinnedValue>, engine::WriteSet*)>;
  using Done = std::function<void(const Status&)>;

  // `done` runs once, on `home` (nullptr: an internal thread, or the calling one). `weight_bytes`:
  // of what the plan brings along.
  static void Submit(engine::Engine* engine, std::vector<std::string> keys, size_t weight_bytes,
                     PlanFunction plan, TaskQueue* home, Done done);

  std::span<const engine::MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return weight_bytes_; }
  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override {
    return plan_(current, writes);
  }
  TaskQueue* completion_queue() override { return home_; }
  void Complete(const Status& status) override;

 private:
  Change(std::vector<std::string> keys, size_t weight_bytes, PlanFunction plan, TaskQueue* home,
         Done done);

  const std::vector<std::string> key_bytes_;
  std::vector<engine::MutationKey> keys_;
  const size_t weight_bytes_;
  const PlanFunction plan_;
  TaskQueue* const home_;
  const Done done_;
};

}  // namespace millrace::streams
