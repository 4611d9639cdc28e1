// The commits that make, change and remove queues. Each deletes itself when it is done.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "streams/queues/queue_mutations.h"

namespace millrace::streams {

enum class QueueChangeKind { kCreate, kUpdate, kDelete, kPurge };

// Plans on the row as it is and the next free id. Completes on the committer thread, in commit
// order, where `done` publishes the outcome.
class QueueChangeMutation final : public QueueMutation {
 public:
  struct Outcome {
    QueueDescriptor descriptor;  // as the queue is now; of kDelete: as it was last
    uint32_t retired_id = 0;     // 0: the queue id stays
  };
  using Done = std::function<void(const Status&, const Outcome&)>;
  // `retire` is called by the plan, in commit order, when the queue id of that descriptor must not
  // be written to any more. `edit`: for kUpdate.
  QueueChangeMutation(QueueChangeKind kind, QueueDescriptor queue, QueueStore::QueueEdit edit,
                      std::function<void(uint32_t)> retire, Done done);

  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override;
  void Complete(const Status& status) override;

 private:
  Status TakeId(const engine::PinnedValue& next_id, engine::WriteSet* writes);
  void Retire(engine::WriteSet* writes);

  const QueueChangeKind kind_;
  const QueueDescriptor queue_;
  const QueueStore::QueueEdit edit_;
  const std::function<void(uint32_t)> retire_;
  const Done done_;
  Outcome outcome_;
};

}  // namespace millrace::streams
