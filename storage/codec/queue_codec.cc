// Queues and messages as bytes.
#include "storage/codec/queue_codec.h"

#include "storage/base/bytes.h"
#include "storage/codec/field_reader.h"

namespace millrace {
namespace {

constexpr char kVersion = 1;
constexpr size_t kKindSize = 1;
constexpr size_t kIdSize = 4;
constexpr size_t kNumberSize = 8;
constexpr size_t kHashSize = 16;

// Flags of a stored queue.
constexpr uint8_t kFifo = 1;
constexpr uint8_t kContentBasedDeduplication = 2;
constexpr uint8_t kManagedEncryption = 4;

Status Damaged(std::string_view what) {
  return Status(StatusCode::kCorruption, "stored " + std::string(what) + " is damaged");
}

std::string KeyOf(QueueRowKind kind) { return std::string(1, static_cast<char>(kind)); }

std::string KeyOf(QueueRowKind kind, uint32_t queue_id) {
  std::string key = KeyOf(kind);
  AppendBigEndian32(&key, queue_id);
  return key;
}

void AppendHash(const Hash128& hash, std::string* key) {
  AppendBigEndian64(key, hash.high);
  AppendBigEndian64(key, hash.low);
}

bool HasKind(std::string_view key, QueueRowKind kind, size_t size) {
  return key.size() == size && key[0] == static_cast<char>(kind);
}

void AppendText(std::string* out, std::string_view text) {
  AppendVarint32(out, static_cast<uint32_t>(text.size()));
  out->append(text);
}

void AppendInt(std::string* out, int64_t value) {
  AppendLittleEndian64(out, static_cast<uint64_t>(value));
}

// A reader behind the version byte; of nothing when that is another one.
FieldReader Begin(std::string_view bytes) {
  FieldReader reader(bytes);
  return reader.Byte() == kVersion ? reader : FieldReader(std::string_view());
}

}  // namespace

std::string QueueRowKey(std::string_view name) { return KeyOf(QueueRowKind::kQueue).append(name); }

std::string MessageKey(uint32_t queue_id, uint64_t number) {
  std::string key = KeyOf(QueueRowKind::kMessage, queue_id);
  AppendBigEndian64(&key, number);
  return key;
}

std::string VisibilityKey(uint32_t queue_id, int64_t visible_ms, uint64_t number) {
  std::string key = KeyOf(QueueRowKind::kVisibility, queue_id);
  AppendBigEndian64(&key, static_cast<uint64_t>(visible_ms));
  AppendBigEndian64(&key, number);
  return key;
}

std::string OrderKey(uint32_t queue_id, uint64_t number) {
  std::string key = KeyOf(QueueRowKind::kOrder, queue_id);
  AppendBigEndian64(&key, number);
  return key;
}

std::string DeduplicationKey(uint32_t queue_id, const Hash128& hash) {
  std::string key = KeyOf(QueueRowKind::kDeduplication, queue_id);
  AppendHash(hash, &key);
  return key;
}

std::string DeduplicationTimeKey(int64_t expiry_ms, uint32_t queue_id, const Hash128& hash) {
  std::string key = KeyOf(QueueRowKind::kDeduplicationTime);
  AppendBigEndian64(&key, static_cast<uint64_t>(expiry_ms));
  AppendBigEndian32(&key, queue_id);
  AppendHash(hash, &key);
  return key;
}

std::string DroppedQueueKey(uint32_t queue_id) {
  return KeyOf(QueueRowKind::kDroppedQueue, queue_id);
}

std::string QueueKindBegin(QueueRowKind kind) { return KeyOf(kind); }

std::string QueueKindEnd(QueueRowKind kind) {
  return std::string(1, static_cast<char>(static_cast<uint8_t>(kind) + 1));
}

std::string QueueKindBegin(QueueRowKind kind, uint32_t queue_id) { return KeyOf(kind, queue_id); }

std::string QueueKindEnd(QueueRowKind kind, uint32_t queue_id) { return KeyOf(kind, queue_id + 1); }

bool ParseVisibilityKey(std::string_view key, int64_t* visible_ms, uint64_t* number) {
  if (!HasKind(key, QueueRowKind::kVisibility, kKindSize + kIdSize + 2 * kNumberSize)) {
    return false;
  }
  *visible_ms = static_cast<int64_t>(LoadBigEndian64(key.data() + kKindSize + kIdSize));
  *number = LoadBigEndian64(key.data() + kKindSize + kIdSize + kNumberSize);
  return true;
}

bool ParseOrderKey(std::string_view key, uint64_t* number) {
  if (!HasKind(key, QueueRowKind::kOrder, kKindSize + kIdSize + kNumberSize)) {
    return false;
  }
  *number = LoadBigEndian64(key.data() + kKindSize + kIdSize);
  return true;
}

bool ParseMessageKey(std::string_view key, uint64_t* number) {
  if (!HasKind(key, QueueRowKind::kMessage, kKindSize + kIdSize + kNumberSize)) {
    return false;
  }
  *number = LoadBigEndian64(key.data() + kKindSize + kIdSize);
  return true;
}

bool ParseDroppedQueueKey(std::string_view key, uint32_t* queue_id) {
  if (!HasKind(key, QueueRowKind::kDroppedQueue, kKindSize + kIdSize)) {
    return false;
  }
  *queue_id = LoadBigEndian32(key.data() + kKindSize);
  return true;
}

bool ParseDeduplicationTimeKey(std::string_view key, int64_t* expiry_ms,
                               std::string* deduplication_key) {
  if (!HasKind(key, QueueRowKind::kDeduplicationTime,
               kKindSize + kNumberSize + kIdSize + kHashSize)) {
    return false;
  }
  *expiry_ms = static_cast<int64_t>(LoadBigEndian64(key.data() + kKindSize));
  *deduplication_key = KeyOf(QueueRowKind::kDeduplication);
  deduplication_key->append(key.substr(kKindSize + kNumberSize));
  return true;
}

void EncodeQueueDescriptor(const QueueDescriptor& queue, std::string* out) {
  const QueueSettings& settings = queue.settings;
  uint8_t flags = 0;
  flags |= queue.fifo ? kFifo : 0;
  flags |= settings.content_based_deduplication ? kContentBasedDeduplication : 0;
  flags |= settings.managed_encryption ? kManagedEncryption : 0;
  out->push_back(kVersion);
  AppendLittleEndian32(out, queue.queue_id);
  out->push_back(static_cast<char>(flags));
  AppendText(out, queue.name);
  for (const int64_t value :
       {queue.creation_ms, queue.modified_ms, queue.purged_ms, settings.visibility_timeout_s,
        settings.delay_s, settings.retention_s, settings.message_size_max, settings.receive_wait_s,
        settings.receive_count_max}) {
    AppendInt(out, value);
  }
  for (const std::string* text :
       {&settings.deduplication_scope, &settings.fifo_throughput_limit,
        &settings.redrive_target_arn, &settings.redrive_allow_policy, &settings.policy}) {
    AppendText(out, *text);
  }
  AppendVarint32(out, static_cast<uint32_t>(queue.tags.size()));
  for (const Tag& tag : queue.tags) {
    AppendText(out, tag.key);
    AppendText(out, tag.value);
  }
}

Result<QueueDescriptor> DecodeQueueDescriptor(std::string_view bytes) {
  FieldReader reader = Begin(bytes);
  QueueDescriptor queue;
  QueueSettings& settings = queue.settings;
  queue.queue_id = reader.Int32();
  const uint8_t flags = reader.Byte();
  queue.fifo = (flags & kFifo) != 0;
  settings.content_based_deduplication = (flags & kContentBasedDeduplication) != 0;
  settings.managed_encryption = (flags & kManagedEncryption) != 0;
  queue.name = reader.Bytes();
  for (int64_t* value :
       {&queue.creation_ms, &queue.modified_ms, &queue.purged_ms, &settings.visibility_timeout_s,
        &settings.delay_s, &settings.retention_s, &settings.message_size_max,
        &settings.receive_wait_s, &settings.receive_count_max}) {
    *value = reader.SignedInt64();
  }
  for (std::string* text :
       {&settings.deduplication_scope, &settings.fifo_throughput_limit,
        &settings.redrive_target_arn, &settings.redrive_allow_policy, &settings.policy}) {
    *text = reader.Bytes();
  }
  for (uint32_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    Tag tag;
    tag.key = reader.Bytes();
    tag.value = reader.Bytes();
    queue.tags.push_back(std::move(tag));
  }
  if (!reader.Done() || queue.queue_id == 0 || queue.name.empty()) {
    return Damaged("queue");
  }
  return queue;
}

void EncodeQueueMessage(const QueueMessage& message, std::string* out) {
  out->push_back(kVersion);
  AppendLittleEndian64(out, message.number);
  for (const int64_t value :
       {message.sent_ms, message.first_received_ms, message.receive_count, message.visible_ms}) {
    AppendInt(out, value);
  }
  AppendLittleEndian64(out, message.receipt);
  for (const std::string* text :
       {&message.message_id, &message.sender, &message.trace_header, &message.group_id,
        &message.deduplication_id, &message.source_arn, &message.body}) {
    AppendText(out, *text);
  }
  AppendVarint32(out, static_cast<uint32_t>(message.attributes.size()));
  for (const MessageAttribute& attribute : message.attributes) {
    AppendText(out, attribute.name);
    AppendText(out, attribute.data_type);
    AppendText(out, attribute.value);
  }
}

Result<QueueMessage> DecodeQueueMessage(std::string_view bytes) {
  FieldReader reader = Begin(bytes);
  QueueMessage message;
  message.number = reader.Int64();
  for (int64_t* value : {&message.sent_ms, &message.first_received_ms, &message.receive_count,
                         &message.visible_ms}) {
    *value = reader.SignedInt64();
  }
  message.receipt = reader.Int64();
  for (std::string* text :
       {&message.message_id, &message.sender, &message.trace_header, &message.group_id,
        &message.deduplication_id, &message.source_arn, &message.body}) {
    *text = reader.Bytes();
  }
  for (uint32_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    MessageAttribute attribute;
    attribute.name = reader.Bytes();
    attribute.data_type = reader.Bytes();
    attribute.value = reader.Bytes();
    message.attributes.push_back(std::move(attribute));
  }
  if (!reader.Done()) {
    return Damaged("message");
  }
  return message;
}

void EncodeQueueEntry(const QueueEntry& entry, std::string* out) {
  out->push_back(kVersion);
  out->push_back(entry.received ? 1 : 0);
  AppendInt(out, entry.visible_ms);
  AppendLittleEndian64(out, entry.group_hash);
}

Result<QueueEntry> DecodeQueueEntry(std::string_view bytes) {
  FieldReader reader = Begin(bytes);
  QueueEntry entry;
  const uint8_t received = reader.Byte();
  entry.received = received == 1;
  entry.visible_ms = reader.SignedInt64();
  entry.group_hash = reader.Int64();
  if (!reader.Done() || received > 1) {
    return Damaged("queue entry");
  }
  return entry;
}

void EncodeDeduplicationRecord(const DeduplicationRecord& record, std::string* out) {
  out->push_back(kVersion);
  AppendInt(out, record.expiry_ms);
  AppendLittleEndian64(out, record.number);
  AppendText(out, record.message_id);
}

Result<DeduplicationRecord> DecodeDeduplicationRecord(std::string_view bytes) {
  FieldReader reader = Begin(bytes);
  DeduplicationRecord record;
  record.expiry_ms = reader.SignedInt64();
  record.number = reader.Int64();
  record.message_id = reader.Bytes();
  if (!reader.Done()) {
    return Damaged("deduplication record");
  }
  return record;
}

}  // namespace millrace
