// Messages of queues as functions see them, and what functions say of them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/queue.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

// Writes messages of a queue as records of an event.
class QueueRecordWriter {
 public:
  QueueRecordWriter(QueuePointer queue, std::string region)
      : queue_(std::move(queue)), region_(std::move(region)) {}

  void Append(const QueueMessage& message, std::string* out) const {
    AppendRecord(message, false, out);
  }
  // With the body, which must be JSON, as a value of its own; for filters.
  void AppendWithJsonBody(const QueueMessage& message, std::string* out) const {
    AppendRecord(message, true, out);
  }

 private:
  void AppendRecord(const QueueMessage& message, bool json_body, std::string* out) const;

  const QueuePointer queue_;
  const std::string region_;
};

// The event of these records.
std::string QueueEventOf(const std::vector<std::string_view>& records);
// How large the event of records is that together have this size.
size_t QueueEventSize(size_t record_count, size_t records_size);

// Of the trace headers of messages the one that comes from the longest chain of functions; empty if
// all are.
std::string_view LongestTrace(const std::vector<std::string_view>& trace_headers);

// Which messages of a batch a function reports as failed; all of them if its report cannot be read.
// `message_ids`: those of the batch, in its order. The result is by position.
std::vector<bool> ReadQueueFailures(std::string_view response,
                                    const std::vector<std::string_view>& message_ids);
// With a message of a group all later ones of the group fail. `groups`: as `message_ids`.
void SpreadFailures(const std::vector<std::string_view>& groups, std::vector<bool>* failed);

}  // namespace millrace::streams
