// A mutation of a few rows, made of a plan and a callback: for changes that are too rare to have a
// class of their own.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/engine/engine.h"

namespace millrace::streams {

// Deletes itself when it is done.
class RowChange final : public engine::Mutation {
 public:
  using Keys = std::vector<std::pair<engine::Space, std::string>>;
  // See engine::Mutation::Plan. Must be pure apart from what it keeps for `done`.
  using PlanFunction =
      std::function<Status(std::span<const engine::PinnedValue>, engine::WriteSet*)>;
  using Done = std::function<void(const Status&)>;

  // `done` runs once, on the committer thread or, if the change is refused at once, on the calling
  // one.
  static void Submit(engine::Engine* engine, Keys keys, PlanFunction plan, Done done);

  std::span<const engine::MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return 4096 + keys_.size() * 1024; }
  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override {
    return plan_(current, writes);
  }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status& status) override;

 private:
  RowChange(Keys keys, PlanFunction plan, Done done);

  const Keys key_bytes_;
  std::vector<engine::MutationKey> keys_;
  const PlanFunction plan_;
  const Done done_;
};

}  // namespace millrace::streams
