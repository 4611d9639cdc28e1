// Background work on queues, in commits of a bounded size.
#include "streams/queues/queue_maintenance.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/codec/queue_codec.h"
#include "streams/queues/queue_mutations.h"
#include "streams/queues/queue_rows.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::ScanRange;
using engine::Space;
using engine::WriteSet;

constexpr size_t kChunkSize = 256;

// Removes those of some messages that are expired.
class ExpireMutation final : public QueueMutation {
 public:
  ExpireMutation(QueuePointer queue, const std::vector<uint64_t>& numbers)
      : QueueMutation(nullptr), queue_(std::move(queue)) {
    for (const uint64_t number : numbers) {
      AddKey(MessageKey(queue_->descriptor.queue_id, number));
    }
    FinishKeys();
  }

  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) override {
    if (queue_->retired->load(std::memory_order_acquire)) {
      return Status::Ok();
    }
    for (const PinnedValue& value : current) {
      if (!value.found()) {
        continue;
      }
      ASSIGN_OR_RETURN(const QueueMessage message, DecodeQueueMessage(value.bytes()));
      if (IsExpired(queue_->descriptor, message, writes->now_ms())) {
        WriteRemovedMessage(queue_->descriptor, message, writes);
      }
    }
    return Status::Ok();
  }
  void Complete(const Status&) override {}

 private:
  const QueuePointer queue_;
};

// Removes deduplication records that are still expired, and the entries of their times.
class ForgetDeduplicationMutation final : public QueueMutation {
 public:
  ForgetDeduplicationMutation(std::vector<std::string> record_keys,
                              std::vector<std::string> time_keys)
      : QueueMutation(nullptr),
        record_keys_(std::move(record_keys)),
        time_keys_(std::move(time_keys)) {
    for (const std::string& key : record_keys_) {
      AddKey(key);
    }
    FinishKeys();
  }

  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) override {
    for (size_t index = 0; index < current.size(); ++index) {
      if (current[index].found()) {
        ASSIGN_OR_RETURN(const DeduplicationRecord record,
                         DecodeDeduplicationRecord(current[index].bytes()));
        if (record.expiry_ms <= writes->now_ms()) {
          writes->Delete(Space::kQueues, record_keys_[index]);
        }
      }
      writes->Delete(Space::kQueues, time_keys_[index]);
    }
    return Status::Ok();
  }
  void Complete(const Status&) override {}

 private:
  const std::vector<std::string> record_keys_;
  const std::vector<std::string> time_keys_;
};

// Deletes some keys for good.
class ForgetMutation final : public engine::Mutation {
 public:
  explicit ForgetMutation(std::vector<std::string> keys) : forgotten_(std::move(keys)) {}
  std::span<const engine::MutationKey> keys() const override { return {}; }
  size_t weight_bytes() const override { return forgotten_.size() * 64; }
  Status Plan(std::span<const PinnedValue>, WriteSet* writes) override {
    for (const std::string& key : forgotten_) {
      writes->Delete(Space::kQueues, key);
    }
    return Status::Ok();
  }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status&) override {}

 private:
  const std::vector<std::string> forgotten_;
};

// The first messages of the queue that are expired, at most kChunkSize.
Result<std::vector<uint64_t>> FindExpired(const engine::Engine& engine,
                                          const QueueDescriptor& queue, int64_t now_ms) {
  const std::string from = QueueKindBegin(QueueRowKind::kMessage, queue.queue_id);
  const std::string to = QueueKindEnd(QueueRowKind::kMessage, queue.queue_id);
  ScanRange range;
  range.space = Space::kQueues;
  range.from = from;
  range.to = to;
  std::vector<uint64_t> numbers;
  const std::unique_ptr<engine::Scanner> messages = engine.Scan(range);
  for (; messages->Valid() && numbers.size() < kChunkSize; messages->Next()) {
    ASSIGN_OR_RETURN(const QueueMessage message, DecodeQueueMessage(messages->value()));
    if (!IsExpired(queue, message, now_ms)) {
      break;
    }
    numbers.push_back(message.number);
  }
  RETURN_IF_ERROR(messages->status());
  return numbers;
}

}  // namespace

Status RemoveExpiredMessages(engine::Engine* engine, const QueuePointer& queue, int64_t now_ms,
                             const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_relaxed) && !queue->retired->load()) {
    ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers,
                     FindExpired(*engine, queue->descriptor, now_ms));
    if (numbers.empty()) {
      break;
    }
    ExpireMutation expire(queue, numbers);
    RETURN_IF_ERROR(engine->SubmitAndWait(&expire));
  }
  return Status::Ok();
}

Status ForgetDeduplication(engine::Engine* engine, int64_t now_ms, const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_relaxed)) {
    const std::string from = QueueKindBegin(QueueRowKind::kDeduplicationTime);
    const std::string to = QueueKindEnd(QueueRowKind::kDeduplicationTime);
    ScanRange range;
    range.space = Space::kQueues;
    range.from = from;
    range.to = to;
    std::vector<std::string> record_keys;
    std::vector<std::string> time_keys;
    const std::unique_ptr<engine::Scanner> times = engine->Scan(range);
    for (; times->Valid() && time_keys.size() < kChunkSize; times->Next()) {
      int64_t expiry_ms = 0;
      std::string record_key;
      if (!ParseDeduplicationTimeKey(times->key(), &expiry_ms, &record_key)) {
        return Status(StatusCode::kCorruption, "a stored deduplication time is damaged");
      }
      if (expiry_ms > now_ms) {
        break;
      }
      time_keys.emplace_back(times->key());
      record_keys.push_back(std::move(record_key));
    }
    RETURN_IF_ERROR(times->status());
    if (time_keys.empty()) {
      break;
    }
    ForgetDeduplicationMutation forget(std::move(record_keys), std::move(time_keys));
    RETURN_IF_ERROR(engine->SubmitAndWait(&forget));
  }
  return Status::Ok();
}

Status DropRetiredQueues(engine::Engine* engine, const std::atomic<bool>& stop) {
  const std::string from = QueueKindBegin(QueueRowKind::kDroppedQueue);
  const std::string to = QueueKindEnd(QueueRowKind::kDroppedQueue);
  ScanRange range;
  range.space = Space::kQueues;
  range.from = from;
  range.to = to;
  const std::unique_ptr<engine::Scanner> markers = engine->Scan(range);
  for (; markers->Valid() && !stop.load(std::memory_order_relaxed); markers->Next()) {
    uint32_t queue_id = 0;
    if (!ParseDroppedQueueKey(markers->key(), &queue_id)) {
      return Status(StatusCode::kCorruption, "a stored marker of a deleted queue is damaged");
    }
    for (const QueueRowKind kind : {QueueRowKind::kVisibility, QueueRowKind::kOrder,
                                    QueueRowKind::kDeduplication, QueueRowKind::kMessage}) {
      RETURN_IF_ERROR(engine->DropRange(Space::kQueues, QueueKindBegin(kind, queue_id),
                                        QueueKindEnd(kind, queue_id)));
    }
    ForgetMutation forget({std::string(markers->key())});
    RETURN_IF_ERROR(engine->SubmitAndWait(&forget));
  }
  return markers->status();
}

}  // namespace millrace::streams
