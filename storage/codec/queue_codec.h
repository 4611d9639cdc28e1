// The stored form of queues and messages (column family `queues`). FORMAT.md is normative. Values
// start with a version byte; decoders answer kCorruption for anything that no encoder writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/status.h"
#include "storage/model/queue.h"

namespace millrace {

// First byte of a key in `queues`. The values reach disk: never change or reuse one.
enum class QueueRowKind : uint8_t {
  kQueue = 1,              // name -> descriptor
  kMessage = 2,            // queue id, number -> message
  kVisibility = 3,         // queue id, visible time, number -> QueueEntry: standard queues
  kOrder = 4,              // queue id, number -> QueueEntry: FIFO queues
  kDeduplication = 5,      // queue id, hash -> DeduplicationRecord
  kDeduplicationTime = 6,  // expiry time, queue id, hash -> nothing
  kDroppedQueue = 7,       // queue id -> nothing: its messages are to be dropped
};

// Keys. Numbers are big endian, so that keys sort by them.
std::string QueueRowKey(std::string_view name);
std::string MessageKey(uint32_t queue_id, uint64_t number);
std::string VisibilityKey(uint32_t queue_id, int64_t visible_ms, uint64_t number);
std::string OrderKey(uint32_t queue_id, uint64_t number);
std::string DeduplicationKey(uint32_t queue_id, const Hash128& hash);
std::string DeduplicationTimeKey(int64_t expiry_ms, uint32_t queue_id, const Hash128& hash);
std::string DroppedQueueKey(uint32_t queue_id);
// First key of a kind, and (with the next kind) the first key behind it; with a queue id, of the
// keys of that queue, for the kinds that begin with one.
std::string QueueKindBegin(QueueRowKind kind);
std::string QueueKindEnd(QueueRowKind kind);
std::string QueueKindBegin(QueueRowKind kind, uint32_t queue_id);
std::string QueueKindEnd(QueueRowKind kind, uint32_t queue_id);

// Parts of keys; false for bytes that are no such key.
bool ParseVisibilityKey(std::string_view key, int64_t* visible_ms, uint64_t* number);
bool ParseOrderKey(std::string_view key, uint64_t* number);
bool ParseMessageKey(std::string_view key, uint64_t* number);
bool ParseDroppedQueueKey(std::string_view key, uint32_t* queue_id);
// `deduplication_key` is the key of the record that the time key speaks of.
bool ParseDeduplicationTimeKey(std::string_view key, int64_t* expiry_ms,
                               std::string* deduplication_key);

// Values. Encoders append.
void EncodeQueueDescriptor(const QueueDescriptor& queue, std::string* out);
Result<QueueDescriptor> DecodeQueueDescriptor(std::string_view bytes);
void EncodeQueueMessage(const QueueMessage& message, std::string* out);
Result<QueueMessage> DecodeQueueMessage(std::string_view bytes);

// What a receive needs to know of a message before it reads it.
struct QueueEntry {
  int64_t visible_ms = 0;
  bool received = false;    // in flight rather than delayed while it is not visible
  uint64_t group_hash = 0;  // of the message group; 0 in standard queues
};
void EncodeQueueEntry(const QueueEntry& entry, std::string* out);
Result<QueueEntry> DecodeQueueEntry(std::string_view bytes);

// The message that was sent first under a deduplication id.
struct DeduplicationRecord {
  int64_t expiry_ms = 0;
  uint64_t number = 0;
  std::string message_id;
};
void EncodeDeduplicationRecord(const DeduplicationRecord& record, std::string* out);
Result<DeduplicationRecord> DecodeDeduplicationRecord(std::string_view bytes);

}  // namespace millrace
