// ListDeadLetterSourceQueues: which queues move their dead letters to this one.
#include <array>

#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 3> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"NextToken", &kStringShape},
    {"MaxResults", &kIntegerShape},
}};

}  // namespace

const Shape kListDeadLetterSourceQueuesShape = {
    ShapeKind::kStructure, "ListDeadLetterSourceQueuesInput", nullptr, kMembers};

void RunListDeadLetterSourceQueues(const Services& services, Call* call) {
  streams::QueuePointer queue;
  const QueueStatus status = FindQueue(services, call->input, &queue);
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("queueUrls");
  writer.BeginArray();
  for (const streams::QueuePointer& source : services.queues->SourcesOf(queue->arn)) {
    writer.String(QueueUrl(services, *call, source->descriptor.name));
  }
  writer.EndArray();
  writer.EndObject();
  call->Finish();
}

}  // namespace millrace::api
