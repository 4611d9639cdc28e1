// The rows of a message, always changed together.
#include "streams/queues/queue_rows.h"

#include <algorithm>
#include <memory>
#include <string>

#include "storage/base/digest.h"
#include "storage/codec/queue_codec.h"

namespace millrace::streams {
namespace {

using engine::Space;

std::string EntryKey(const QueueDescriptor& queue, const QueueMessage& message) {
  return queue.fifo ? OrderKey(queue.queue_id, message.number)
                    : VisibilityKey(queue.queue_id, message.visible_ms, message.number);
}

void PutRows(const QueueDescriptor& queue, const QueueMessage& message, engine::WriteSet* writes) {
  std::string value;
  EncodeQueueMessage(message, &value);
  writes->Put(Space::kQueues, MessageKey(queue.queue_id, message.number), value);
  QueueEntry entry;
  entry.visible_ms = message.visible_ms;
  entry.received = message.receipt != 0;
  entry.group_hash = queue.fifo ? GroupHash(message.group_id) : 0;
  value.clear();
  EncodeQueueEntry(entry, &value);
  writes->Put(Space::kQueues, EntryKey(queue, message), value);
}

}  // namespace

int64_t MessageSize(const QueueMessage& message) {
  size_t size = message.body.size();
  for (const MessageAttribute& attribute : message.attributes) {
    size += attribute.name.size() + attribute.data_type.size() + attribute.value.size();
  }
  return static_cast<int64_t>(size);
}

bool IsExpired(const QueueDescriptor& queue, const QueueMessage& message, int64_t now_ms) {
  return message.sent_ms + queue.settings.retention_s * 1000 <= now_ms;
}

uint64_t GroupHash(std::string_view group_id) { return KeyedHash128(0, group_id).high | 1; }

Result<QueueCounts> CountMessages(const engine::Engine& engine, const QueueDescriptor& queue,
                                  int64_t now_ms) {
  const QueueRowKind kind = queue.fifo ? QueueRowKind::kOrder : QueueRowKind::kVisibility;
  const std::string from = queue.fifo ? QueueKindBegin(kind, queue.queue_id)
                                      : VisibilityKey(queue.queue_id, now_ms + 1, 0);
  const std::string to = QueueKindEnd(kind, queue.queue_id);
  engine::ScanRange range;
  range.space = Space::kQueues;
  range.from = from;
  range.to = to;
  QueueCounts counts;
  const std::unique_ptr<engine::Scanner> entries = engine.Scan(range);
  for (; entries->Valid(); entries->Next()) {
    ASSIGN_OR_RETURN(const QueueEntry entry, DecodeQueueEntry(entries->value()));
    if (entry.visible_ms > now_ms) {
      ++(entry.received ? counts.in_flight : counts.delayed);
    }
  }
  RETURN_IF_ERROR(entries->status());
  const int64_t total = engine.Counters(queue.queue_id).item_count;
  counts.visible = std::max<int64_t>(0, total - counts.in_flight - counts.delayed);
  return counts;
}

void WriteNewMessage(const QueueDescriptor& queue, const QueueMessage& message,
                     engine::WriteSet* writes) {
  PutRows(queue, message, writes);
  writes->AddToCounters(queue.queue_id, 1, MessageSize(message));
}

void WriteChangedMessage(const QueueDescriptor& queue, const QueueMessage& before,
                         const QueueMessage& after, engine::WriteSet* writes) {
  if (!queue.fifo && before.visible_ms != after.visible_ms) {
    writes->Delete(Space::kQueues, EntryKey(queue, before));
  }
  PutRows(queue, after, writes);
}

void WriteRemovedMessage(const QueueDescriptor& queue, const QueueMessage& message,
                         engine::WriteSet* writes) {
  writes->Delete(Space::kQueues, MessageKey(queue.queue_id, message.number));
  writes->Delete(Space::kQueues, EntryKey(queue, message));
  writes->AddToCounters(queue.queue_id, -1, -MessageSize(message));
}

}  // namespace millrace::streams
