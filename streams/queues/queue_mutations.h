// The commits of the queue store: sending, handing out, deleting and hiding messages. Each deletes
// itself when it is done.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "storage/engine/engine.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

// A mutation over keys of its own, of Space::kQueues unless they are of kMeta.
class QueueMutation : public engine::Mutation {
 public:
  explicit QueueMutation(TaskQueue* home) : home_(home) {}
  std::span<const engine::MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return weight_; }
  TaskQueue* completion_queue() override { return home_; }

 protected:
  void AddKey(std::string key) { key_bytes_.push_back({engine::Space::kQueues, std::move(key)}); }
  void AddMetaKey(std::string key) { key_bytes_.push_back({engine::Space::kMeta, std::move(key)}); }
  // Call once all keys are added.
  void FinishKeys();

  size_t weight_ = 512;

 private:
  TaskQueue* const home_;
  std::vector<std::pair<engine::Space, std::string>> key_bytes_;
  std::vector<engine::MutationKey> keys_;
};

// Sends messages. kSchemaChanged when the queue id is retired.
class SendMutation final : public QueueMutation {
 public:
  using Done = std::function<void(const Status&, std::vector<SendOutcome>, SendMutation*)>;
  SendMutation(QueuePointer queue, std::vector<SendEntry> entries, Random* random, TaskQueue* home,
               Done done);

  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override;
  void Complete(const Status& status) override;

  const QueuePointer& queue() const { return queue_; }
  std::vector<SendEntry>& entries() { return entries_; }

 private:
  Status PlanOne(SendEntry* entry, const engine::PinnedValue* duplicate, SendOutcome* outcome,
                 engine::WriteSet* writes);

  const QueuePointer queue_;
  std::vector<SendEntry> entries_;
  std::vector<SendOutcome> outcomes_;
  Done done_;
};

// Hands out messages that were found visible: takes those that still are.
class TakeMutation final : public QueueMutation {
 public:
  struct Outcome {
    std::vector<QueueMessage> taken;
    bool moved = false;  // to the dead-letter queue
  };
  using Done = std::function<void(const Status&, Outcome)>;
  // `dead_letters`: where messages go that were received too often; nullptr: nowhere.
  TakeMutation(QueuePointer queue, QueuePointer dead_letters, std::vector<uint64_t> numbers,
               int64_t visibility_timeout_s, TaskQueue* home, Done done);

  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override;
  void Complete(const Status& status) override;

 private:
  void MoveToDeadLetters(QueueMessage message, engine::WriteSet* writes);

  const QueuePointer queue_;
  const QueuePointer dead_letters_;
  const std::vector<uint64_t> numbers_;
  const int64_t visibility_timeout_s_;
  Outcome outcome_;
  Done done_;
};

// Deletes received messages, or changes until when they are hidden.
class HandlesMutation final : public QueueMutation {
 public:
  using Done = QueueStore::HandlesDone;
  // `deletes`: the timeouts are not looked at.
  HandlesMutation(QueuePointer queue, std::vector<VisibilityChange> changes, bool deletes,
                  TaskQueue* home, Done done);

  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override;
  void Complete(const Status& status) override;

 private:
  Status PlanOne(const VisibilityChange& change, const engine::PinnedValue& current,
                 HandleOutcome* outcome, engine::WriteSet* writes) const;

  const QueuePointer queue_;
  const std::vector<VisibilityChange> changes_;
  const bool deletes_;
  std::vector<bool> repeated_;  // an earlier change is of the same message
  std::vector<HandleOutcome> outcomes_;
  Done done_;
};

}  // namespace millrace::streams
