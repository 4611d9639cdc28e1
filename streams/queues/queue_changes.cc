// Plans of changes to queues.
#include "streams/queues/queue_changes.h"

#include <utility>

#include "storage/codec/meta_codec.h"
#include "storage/codec/queue_codec.h"

namespace millrace::streams {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

QueueChangeMutation::QueueChangeMutation(QueueChangeKind kind, QueueDescriptor queue,
                                         QueueStore::QueueEdit edit,
                                         std::function<void(uint32_t)> retire, Done done)
    : QueueMutation(nullptr),
      kind_(kind),
      queue_(std::move(queue)),
      edit_(std::move(edit)),
      retire_(std::move(retire)),
      done_(std::move(done)) {
  AddKey(QueueRowKey(queue_.name));
  AddMetaKey(NextTableIdKey());
  FinishKeys();
}

Status QueueChangeMutation::Plan(std::span<const PinnedValue> current, WriteSet* writes) {
  outcome_ = Outcome();
  QueueDescriptor& queue = outcome_.descriptor;
  if (kind_ == QueueChangeKind::kCreate) {
    if (current[0].found()) {
      return Status(StatusCode::kAlreadyExists, "there is a queue of this name");
    }
    queue = queue_;
    queue.creation_ms = writes->now_ms();
    RETURN_IF_ERROR(TakeId(current[1], writes));
  } else {
    if (!current[0].found()) {
      return Status(StatusCode::kNotFound, "there is no queue of this name");
    }
    ASSIGN_OR_RETURN(queue, DecodeQueueDescriptor(current[0].bytes()));
  }
  switch (kind_) {
    case QueueChangeKind::kCreate:
      break;
    case QueueChangeKind::kUpdate:
      RETURN_IF_ERROR(edit_(&queue));
      break;
    case QueueChangeKind::kDelete:
      Retire(writes);
      writes->Delete(Space::kQueues, QueueRowKey(queue.name));
      return Status::Ok();
    case QueueChangeKind::kPurge:
      Retire(writes);
      queue.purged_ms = writes->now_ms();
      RETURN_IF_ERROR(TakeId(current[1], writes));
      break;
  }
  queue.modified_ms = writes->now_ms();
  std::string value;
  EncodeQueueDescriptor(queue, &value);
  writes->Put(Space::kQueues, QueueRowKey(queue.name), value);
  return Status::Ok();
}

Status QueueChangeMutation::TakeId(const PinnedValue& next_id, WriteSet* writes) {
  uint32_t id = 1;
  if (next_id.found()) {
    ASSIGN_OR_RETURN(id, DecodeNextTableId(next_id.bytes()));
  }
  if (id >= UINT32_MAX - 1) {
    return Status(StatusCode::kResourceExhausted, "all ids have been used");
  }
  outcome_.descriptor.queue_id = id;
  std::string value;
  EncodeNextTableId(id + 1, &value);
  writes->Put(Space::kMeta, NextTableIdKey(), value);
  return Status::Ok();
}

// Leaves the messages under the queue id to the maintenance.
void QueueChangeMutation::Retire(WriteSet* writes) {
  outcome_.retired_id = outcome_.descriptor.queue_id;
  writes->Put(Space::kQueues, DroppedQueueKey(outcome_.retired_id), {});
  writes->DropCounters(outcome_.retired_id);
  retire_(outcome_.retired_id);
}

void QueueChangeMutation::Complete(const Status& status) {
  const std::unique_ptr<QueueChangeMutation> self(this);
  done_(status, outcome_);
}

}  // namespace millrace::streams
