// What requests about queues have in common: which queue, batches, and answers that come later.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/queues/queue_error.h"
#include "api/wire/call.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "streams/queues/queue_store.h"

namespace millrace::api {

// The URL of a queue, as the client that asks would reach it.
std::string QueueUrl(const Services& services, const Call& call, std::string_view name);
// The queue that the member QueueUrl names; only the end of its path counts.
QueueStatus FindQueue(const Services& services, json::Value input, streams::QueuePointer* queue);
// 1 to 80 letters, digits, hyphens and underscores, and for FIFO queues `.fifo` at the end.
QueueStatus CheckQueueName(json::Value name);

// A whole number in a member, which may be absent.
QueueStatus ReadRange(json::Value input, std::string_view member, int64_t least, int64_t most,
                      int64_t* value);

// The entries of a batch: 1 to 10, with distinct ids of the allowed form.
QueueStatus ReadBatch(json::Value input, std::vector<json::Value>* entries);
// Writes {"Successful":[...],"Failed":[...]}: `write` adds the members of a successful entry behind
// its id.
void WriteBatchAnswer(const std::vector<json::Value>& entries,
                      const std::vector<QueueStatus>& outcomes,
                      const std::function<void(size_t index, json::Writer*)>& write, Call* call);

// The end of a call without an answer to give.
void FinishQueueCall(const QueueStatus& status, Call* call);

}  // namespace millrace::api
