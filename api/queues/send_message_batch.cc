// SendMessageBatch: the entries that are right are sent in one commit.
#include <array>
#include <memory>
#include <utility>

#include "api/queues/message_request.h"
#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"
#include "streams/queues/queue_rows.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 6> kEntryMembers = {{
    {"Id", &kStringShape},
    {"MessageBody", &kStringShape},
    {"DelaySeconds", &kIntegerShape},
    {"MessageAttributes", &kMessageAttributesShape},
    {"MessageDeduplicationId", &kStringShape},
    {"MessageGroupId", &kStringShape},
}};
constexpr Shape kEntryShape = {ShapeKind::kStructure, "SendMessageBatchRequestEntry", nullptr,
                               kEntryMembers};
constexpr Shape kEntriesShape = {ShapeKind::kList, {}, &kEntryShape, {}};
constexpr std::array<ShapeMember, 2> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"Entries", &kEntriesShape},
}};

struct Batch {
  streams::QueuePointer queue;
  std::vector<json::Value> entries;
  std::vector<QueueStatus> outcomes;           // by entry
  std::vector<streams::SendEntry> sent;        // of those that are right
  std::vector<QueueMessage> messages;          // by entry
  std::vector<streams::SendOutcome> accepted;  // by entry
};

QueueStatus ReadMessages(const Services& services, const Call& call, Batch* batch) {
  RETURN_IF_QUEUE_ERROR(FindQueue(services, call.input, &batch->queue));
  RETURN_IF_QUEUE_ERROR(ReadBatch(call.input, &batch->entries));
  const std::string trace_header = TraceHeaderOf(call);
  int64_t size = 0;
  for (const json::Value entry : batch->entries) {
    streams::SendEntry send;
    batch->outcomes.push_back(ReadMessage(entry, *batch->queue, &send));
    send.message.sender = call.access_key_id;
    send.message.trace_header = trace_header;
    batch->messages.push_back(send.message);
    size += streams::MessageSize(send.message);
    if (batch->outcomes.back().ok()) {
      batch->sent.push_back(std::move(send));
    }
  }
  if (size > kRequestMessagesMax) {
    return {QueueErrorType::kBatchRequestTooLong,
            "Batch requests cannot be longer than 1048576 bytes. You have sent " +
                std::to_string(size) + " bytes."};
  }
  return {};
}

void Answer(const Batch& batch, Call* call) {
  WriteBatchAnswer(
      batch.entries, batch.outcomes,
      [&batch](size_t index, json::Writer* writer) {
        WriteSendOutcome(*batch.queue, batch.messages[index], batch.accepted[index], writer);
      },
      call);
}

}  // namespace

const Shape kSendMessageBatchShape = {ShapeKind::kStructure, "SendMessageBatchInput", nullptr,
                                      kMembers};

void RunSendMessageBatch(const Services& services, Call* call) {
  auto batch = std::make_shared<Batch>();
  const QueueStatus status = ReadMessages(services, *call, batch.get());
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  batch->accepted.resize(batch->entries.size());
  if (batch->sent.empty()) {
    Answer(*batch, call);
    return;
  }
  services.queues->Send(batch->queue, std::move(batch->sent), call->home,
                        [batch, call](const auto& outcomes) {
                          if (!outcomes.ok()) {
                            FailQueueCall(FromQueueStore(outcomes.status()), call);
                            return;
                          }
                          size_t next = 0;
                          for (size_t index = 0; index < batch->entries.size(); ++index) {
                            if (batch->outcomes[index].ok()) {
                              batch->accepted[index] = outcomes.value()[next++];
                            }
                          }
                          Answer(*batch, call);
                        });
}

}  // namespace millrace::api
