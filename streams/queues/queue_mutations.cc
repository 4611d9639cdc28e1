// Plans and completions of the queue store's commits.
#include "streams/queues/queue_mutations.h"

#include <memory>
#include <set>
#include <utility>

#include "storage/base/digest.h"
#include "storage/codec/queue_codec.h"
#include "streams/queues/queue_rows.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

Status Retired() { return Status(StatusCode::kSchemaChanged, "the queue was purged or deleted"); }

// With the scope "messageGroup" the same id in two groups means two messages.
Hash128 DeduplicationHash(const QueueDescriptor& queue, const QueueMessage& message) {
  std::string text = message.deduplication_id;
  if (queue.settings.deduplication_scope == "messageGroup") {
    text.push_back('\0');
    text += message.group_id;
  }
  return KeyedHash128(0, text);
}

}  // namespace

void QueueMutation::FinishKeys() {
  for (const auto& [space, key] : key_bytes_) {
    keys_.push_back({space, key});
  }
}

SendMutation::SendMutation(QueuePointer queue, std::vector<SendEntry> entries, Random* random,
                           TaskQueue* home, Done done)
    : QueueMutation(home),
      queue_(std::move(queue)),
      entries_(std::move(entries)),
      done_(std::move(done)) {
  const QueueDescriptor& descriptor = queue_->descriptor;
  for (SendEntry& entry : entries_) {
    if (entry.message.message_id.empty()) {
      entry.message.message_id = NewUuid(random);
    }
    weight_ += static_cast<size_t>(MessageSize(entry.message)) + 512;
    if (descriptor.fifo) {
      AddKey(DeduplicationKey(descriptor.queue_id, DeduplicationHash(descriptor, entry.message)));
    }
  }
  FinishKeys();
}

Status SendMutation::Plan(std::span<const PinnedValue> current, WriteSet* writes) {
  if (queue_->retired->load(std::memory_order_acquire)) {
    return Retired();
  }
  outcomes_.assign(entries_.size(), SendOutcome());
  for (size_t index = 0; index < entries_.size(); ++index) {
    const PinnedValue* duplicate = queue_->descriptor.fifo ? &current[index] : nullptr;
    // The same id twice in one call: the plan does not see its own writes.
    for (size_t earlier = 0; queue_->descriptor.fifo && earlier < index; ++earlier) {
      if (keys()[earlier].key == keys()[index].key) {
        outcomes_[index] = outcomes_[earlier];
        duplicate = nullptr;
        break;
      }
    }
    if (outcomes_[index].number == 0) {
      RETURN_IF_ERROR(PlanOne(&entries_[index], duplicate, &outcomes_[index], writes));
    }
  }
  return Status::Ok();
}

Status SendMutation::PlanOne(SendEntry* entry, const PinnedValue* duplicate, SendOutcome* outcome,
                             WriteSet* writes) {
  const QueueDescriptor& queue = queue_->descriptor;
  const int64_t now_ms = writes->now_ms();
  if (duplicate != nullptr && duplicate->found()) {
    ASSIGN_OR_RETURN(const DeduplicationRecord record,
                     DecodeDeduplicationRecord(duplicate->bytes()));
    if (record.expiry_ms > now_ms) {
      *outcome = {record.message_id, record.number};
      return Status::Ok();
    }
  }
  QueueMessage& message = entry->message;
  message.number = writes->TakeSequence();
  message.sent_ms = now_ms;
  message.visible_ms = now_ms + entry->delay_s * 1000;
  *outcome = {message.message_id, message.number};
  WriteNewMessage(queue, message, writes);
  if (queue.fifo) {
    const Hash128 hash = DeduplicationHash(queue, message);
    const int64_t expiry_ms = now_ms + kDeduplicationMs;
    std::string value;
    EncodeDeduplicationRecord({expiry_ms, message.number, message.message_id}, &value);
    writes->Put(Space::kQueues, DeduplicationKey(queue.queue_id, hash), value);
    writes->Put(Space::kQueues, DeduplicationTimeKey(expiry_ms, queue.queue_id, hash), {});
  }
  return Status::Ok();
}

void SendMutation::Complete(const Status& status) {
  const std::unique_ptr<SendMutation> self(this);
  done_(status, std::move(outcomes_), this);
}

TakeMutation::TakeMutation(QueuePointer queue, QueuePointer dead_letters,
                           std::vector<uint64_t> numbers, int64_t visibility_timeout_s,
                           TaskQueue* home, Done done)
    : QueueMutation(home),
      queue_(std::move(queue)),
      dead_letters_(std::move(dead_letters)),
      numbers_(std::move(numbers)),
      visibility_timeout_s_(visibility_timeout_s),
      done_(std::move(done)) {
  for (const uint64_t number : numbers_) {
    AddKey(MessageKey(queue_->descriptor.queue_id, number));
    weight_ += 4096;
  }
  FinishKeys();
}

Status TakeMutation::Plan(std::span<const PinnedValue> current, WriteSet* writes) {
  const QueueDescriptor& queue = queue_->descriptor;
  if (queue_->retired->load(std::memory_order_acquire)) {
    return Retired();
  }
  outcome_ = Outcome();
  const int64_t now_ms = writes->now_ms();
  for (const PinnedValue& value : current) {
    if (!value.found()) {
      continue;
    }
    ASSIGN_OR_RETURN(QueueMessage message, DecodeQueueMessage(value.bytes()));
    if (message.visible_ms > now_ms) {
      continue;
    }
    if (IsExpired(queue, message, now_ms)) {
      WriteRemovedMessage(queue, message, writes);
      continue;
    }
    if (dead_letters_ != nullptr && queue.settings.receive_count_max > 0 &&
        message.receive_count >= queue.settings.receive_count_max) {
      WriteRemovedMessage(queue, message, writes);
      MoveToDeadLetters(std::move(message), writes);
      continue;
    }
    const QueueMessage before = message;
    message.receive_count += 1;
    message.first_received_ms = message.first_received_ms == 0 ? now_ms : message.first_received_ms;
    message.visible_ms = now_ms + visibility_timeout_s_ * 1000;
    message.receipt = writes->TakeSequence();
    WriteChangedMessage(queue, before, message, writes);
    outcome_.taken.push_back(std::move(message));
  }
  return Status::Ok();
}

void TakeMutation::MoveToDeadLetters(QueueMessage message, WriteSet* writes) {
  if (dead_letters_->retired->load(std::memory_order_acquire)) {
    // It is being deleted or purged at this moment, and so would the message be.
    return;
  }
  message.source_arn = queue_->arn;
  message.number = writes->TakeSequence();
  message.receipt = 0;
  message.visible_ms = writes->now_ms();
  if (queue_->descriptor.fifo) {
    // The time a message was sent is kept; a FIFO queue's retention starts again.
    message.sent_ms = writes->now_ms();
  }
  WriteNewMessage(dead_letters_->descriptor, message, writes);
  outcome_.moved = true;
}

void TakeMutation::Complete(const Status& status) {
  const std::unique_ptr<TakeMutation> self(this);
  done_(status, std::move(outcome_));
}

HandlesMutation::HandlesMutation(QueuePointer queue, std::vector<VisibilityChange> changes,
                                 bool deletes, TaskQueue* home, Done done)
    : QueueMutation(home),
      queue_(std::move(queue)),
      changes_(std::move(changes)),
      deletes_(deletes),
      done_(std::move(done)) {
  std::set<std::pair<uint32_t, uint64_t>> messages;
  for (const VisibilityChange& change : changes_) {
    AddKey(MessageKey(change.handle.queue_id, change.handle.number));
    repeated_.push_back(!messages.emplace(change.handle.queue_id, change.handle.number).second);
    weight_ += 512;
  }
  FinishKeys();
}

Status HandlesMutation::Plan(std::span<const PinnedValue> current, WriteSet* writes) {
  outcomes_.assign(changes_.size(), HandleOutcome::kDone);
  if (queue_->retired->load(std::memory_order_acquire)) {
    return Retired();
  }
  for (size_t index = 0; index < changes_.size(); ++index) {
    // The plan does not see its own writes.
    if (!repeated_[index]) {
      RETURN_IF_ERROR(PlanOne(changes_[index], current[index], &outcomes_[index], writes));
    }
  }
  return Status::Ok();
}

Status HandlesMutation::PlanOne(const VisibilityChange& change, const PinnedValue& current,
                                HandleOutcome* outcome, WriteSet* writes) const {
  const QueueDescriptor& queue = queue_->descriptor;
  *outcome = deletes_ ? HandleOutcome::kDone : HandleOutcome::kNotInFlight;
  if (!current.found() || change.handle.queue_id != queue.queue_id) {
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const QueueMessage message, DecodeQueueMessage(current.bytes()));
  if (message.receipt != change.handle.receipt) {
    return Status::Ok();  // somebody else has received it since
  }
  const int64_t now_ms = writes->now_ms();
  if (deletes_) {
    WriteRemovedMessage(queue, message, writes);
    return Status::Ok();
  }
  if (!message.in_flight(now_ms)) {
    return Status::Ok();
  }
  QueueMessage changed = message;
  changed.visible_ms = now_ms + change.visibility_timeout_s * 1000;
  WriteChangedMessage(queue, message, changed, writes);
  *outcome = HandleOutcome::kDone;
  return Status::Ok();
}

void HandlesMutation::Complete(const Status& status) {
  const std::unique_ptr<HandlesMutation> self(this);
  if (status.ok()) {
    done_(std::move(outcomes_));
  } else {
    done_(status);
  }
}

}  // namespace millrace::streams
