// Messages in requests: what a client sends, and the digests by which it checks what came of it.
#pragma once

#include <string>
#include <vector>

#include "api/queues/queue_error.h"
#include "api/wire/call.h"
#include "api/wire/shape.h"
#include "storage/base/json.h"
#include "streams/queues/queue_store.h"

namespace millrace::api {

extern const Shape kMessageAttributesShape;

// The most bytes of all messages of one request.
inline constexpr int64_t kRequestMessagesMax = 1048576;

// Reads the body, the attributes and what a FIFO queue needs from a SendMessage request, or an
// entry of a batch.
QueueStatus ReadMessage(json::Value input, const streams::Queue& queue, streams::SendEntry* entry);

// The trace that the request is part of, for its messages; empty if it tells of none.
std::string TraceHeaderOf(const Call& call);

// The digest of attributes, as clients compute it; empty for none.
std::string AttributesMd5(const std::vector<MessageAttribute>& attributes);
// Writes MessageId, the digests and, for a FIFO queue, SequenceNumber.
void WriteSendOutcome(const streams::Queue& queue, const QueueMessage& sent,
                      const streams::SendOutcome& outcome, json::Writer* writer);

}  // namespace millrace::api
