// GetQueueUrl.
#include <array>

#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"QueueName", &kStringShape},
    {"QueueOwnerAWSAccountId", &kStringShape},
}};

}  // namespace

const Shape kGetQueueUrlShape = {ShapeKind::kStructure, "GetQueueUrlInput", nullptr, kMembers};

void RunGetQueueUrl(const Services& services, Call* call) {
  const json::Value name = call->input.Find("QueueName");
  QueueStatus status = CheckQueueName(name);
  if (status.ok() && services.queues->Find(name.AsString()) == nullptr) {
    status = QueueMissing();
  }
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("QueueUrl");
  writer.String(QueueUrl(services, *call, name.AsString()));
  writer.EndObject();
  call->Finish();
}

}  // namespace millrace::api
