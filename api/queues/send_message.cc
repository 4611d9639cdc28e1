// SendMessage.
#include <array>
#include <memory>
#include <utility>

#include "api/queues/message_request.h"
#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 6> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"MessageBody", &kStringShape},
    {"DelaySeconds", &kIntegerShape},
    {"MessageAttributes", &kMessageAttributesShape},
    {"MessageDeduplicationId", &kStringShape},
    {"MessageGroupId", &kStringShape},
}};

}  // namespace

const Shape kSendMessageShape = {ShapeKind::kStructure, "SendMessageInput", nullptr, kMembers};

void RunSendMessage(const Services& services, Call* call) {
  streams::QueuePointer queue;
  std::vector<streams::SendEntry> entries(1);
  QueueStatus status = FindQueue(services, call->input, &queue);
  if (status.ok()) {
    status = ReadMessage(call->input, *queue, &entries[0]);
  }
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  entries[0].message.sender = call->access_key_id;
  entries[0].message.trace_header = TraceHeaderOf(*call);
  const QueueMessage sent = entries[0].message;
  services.queues->Send(queue, std::move(entries), call->home,
                        [queue, sent, call](const auto& outcomes) {
                          if (!outcomes.ok()) {
                            FailQueueCall(FromQueueStore(outcomes.status()), call);
                            return;
                          }
                          json::Writer writer(&call->body);
                          writer.BeginObject();
                          WriteSendOutcome(*queue, sent, outcomes.value()[0], &writer);
                          writer.EndObject();
                          call->Finish();
                        });
}

}  // namespace millrace::api
