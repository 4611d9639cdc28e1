// Feeds arbitrary bytes to the decoders of queues and messages and to the readers of their keys.
// What is decoded must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/codec/queue_codec.h"

namespace {

template <typename Decode, typename Encode, typename Equal>
void CheckRow(std::string_view bytes, Decode decode, Encode encode, Equal equal) {
  const auto decoded = decode(bytes);
  if (!decoded.ok()) {
    CHECK(decoded.status().code() == millrace::StatusCode::kCorruption);
    return;
  }
  std::string rebuilt;
  encode(decoded.value(), &rebuilt);
  const auto again = decode(rebuilt);
  CHECK(again.ok() && equal(again.value(), decoded.value()));
}

void CheckKeys(const std::string& key) {
  int64_t time_ms = 0;
  uint64_t number = 0;
  uint32_t queue_id = 0;
  std::string deduplication_key;
  if (millrace::ParseVisibilityKey(key, &time_ms, &number)) {
    CHECK(key.ends_with(millrace::VisibilityKey(0, time_ms, number).substr(5)));
  }
  if (millrace::ParseOrderKey(key, &number)) {
    CHECK(key.ends_with(millrace::OrderKey(0, number).substr(5)));
  }
  if (millrace::ParseMessageKey(key, &number)) {
    CHECK(key.ends_with(millrace::MessageKey(0, number).substr(5)));
  }
  if (millrace::ParseDroppedQueueKey(key, &queue_id)) {
    CHECK(millrace::DroppedQueueKey(queue_id) == key);
  }
  if (millrace::ParseDeduplicationTimeKey(key, &time_ms, &deduplication_key)) {
    CHECK(key.size() > deduplication_key.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;  // NOLINT: a target is a few lines
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto same = [](const auto& a, const auto& b) { return a == b; };
  CheckRow(bytes, DecodeQueueDescriptor, EncodeQueueDescriptor, same);
  CheckRow(bytes, DecodeQueueMessage, EncodeQueueMessage, same);
  CheckRow(bytes, DecodeQueueEntry, EncodeQueueEntry, [](const QueueEntry& a, const QueueEntry& b) {
    return a.visible_ms == b.visible_ms && a.received == b.received && a.group_hash == b.group_hash;
  });
  CheckRow(bytes, DecodeDeduplicationRecord, EncodeDeduplicationRecord,
           [](const DeduplicationRecord& a, const DeduplicationRecord& b) {
             return a.expiry_ms == b.expiry_ms && a.number == b.number &&
                    a.message_id == b.message_id;
           });
  CheckKeys(bytes);
  return 0;
}
