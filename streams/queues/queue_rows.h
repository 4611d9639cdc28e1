// What a change of a message writes: the message, the entry by which it is found, the counters. For
// the mutations of this folder.
#pragma once

#include <cstdint>
#include <string_view>

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/model/queue.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

// How long a deduplication id is remembered.
inline constexpr int64_t kDeduplicationMs = 5 * 60 * 1000;

// The size that counts against limits: body and attributes.
int64_t MessageSize(const QueueMessage& message);
// Whether the message is too old for its queue.
bool IsExpired(const QueueDescriptor& queue, const QueueMessage& message, int64_t now_ms);
// Never 0.
uint64_t GroupHash(std::string_view group_id);

// Counts messages by what they wait for; walks over those that are not visible.
Result<QueueCounts> CountMessages(const engine::Engine& engine, const QueueDescriptor& queue,
                                  int64_t now_ms);

// Adds a message to the queue.
void WriteNewMessage(const QueueDescriptor& queue, const QueueMessage& message,
                     engine::WriteSet* writes);
// Replaces `before` by `after`, which has the same number.
void WriteChangedMessage(const QueueDescriptor& queue, const QueueMessage& before,
                         const QueueMessage& after, engine::WriteSet* writes);
// Removes the message.
void WriteRemovedMessage(const QueueDescriptor& queue, const QueueMessage& message,
                         engine::WriteSet* writes);

}  // namespace millrace::streams
