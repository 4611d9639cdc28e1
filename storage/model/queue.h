// Queues and their messages, as plain values. The names are those of the SQS protocol.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/table_descriptor.h"

namespace millrace {

// What can be set of a queue. Limits are checked by who takes them from clients.
struct QueueSettings {
  int64_t visibility_timeout_s = 30;
  int64_t delay_s = 0;
  int64_t retention_s = 345600;
  int64_t message_size_max = 1048576;  // bytes
  int64_t receive_wait_s = 0;
  bool content_based_deduplication = false;
  std::string deduplication_scope;    // "queue" or "messageGroup"; empty: not said
  std::string fifo_throughput_limit;  // "perQueue" or "perMessageGroupId"; empty: not said
  std::string redrive_target_arn;     // of the dead-letter queue; empty: none
  int64_t receive_count_max = 0;      // with redrive_target_arn
  std::string redrive_allow_policy;   // JSON as sent
  std::string policy;                 // JSON as sent
  bool managed_encryption = true;     // shown, without effect
  friend bool operator==(const QueueSettings&, const QueueSettings&) = default;
};

// A queue. `queue_id` comes from the same allocator as the table ids; purging gives the queue a new
// one, so that what was in it is a key range that nobody looks at any more.
struct QueueDescriptor {
  uint32_t queue_id = 0;
  std::string name;
  bool fifo = false;
  int64_t creation_ms = 0;
  int64_t modified_ms = 0;
  int64_t purged_ms = 0;  // 0: never
  QueueSettings settings;
  std::vector<Tag> tags;  // sorted by key
  friend bool operator==(const QueueDescriptor&, const QueueDescriptor&) = default;
};

// A user's attribute of a message.
struct MessageAttribute {
  std::string name;
  std::string data_type;  // String, Number or Binary, perhaps with a label behind a dot
  std::string value;
  bool is_binary() const { return data_type.starts_with("Binary"); }
  friend bool operator==(const MessageAttribute&, const MessageAttribute&) = default;
};

// A message as it is stored. `number` is the commit sequence under which it was sent: messages of a
// queue are ordered by it, and it is the SequenceNumber of FIFO queues.
struct QueueMessage {
  uint64_t number = 0;
  std::string message_id;  // a UUID
  std::string body;
  std::vector<MessageAttribute> attributes;
  std::string sender;
  std::string trace_header;
  std::string group_id;          // FIFO; standard queues may have one too
  std::string deduplication_id;  // FIFO
  std::string source_arn;        // of the queue it was moved from as a dead letter
  int64_t sent_ms = 0;
  int64_t first_received_ms = 0;  // 0: never
  int64_t receive_count = 0;
  int64_t visible_ms = 0;  // can be received from this time on
  uint64_t receipt = 0;    // tells the latest receive; 0: never received
  friend bool operator==(const QueueMessage&, const QueueMessage&) = default;

  // Whether it has been received and not been given back by its visibility timeout.
  bool in_flight(int64_t now_ms) const { return receipt != 0 && visible_ms > now_ms; }
};

}  // namespace millrace
