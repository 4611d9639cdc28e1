// DeleteQueue.
#include <array>

#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 1> kMembers = {{{"QueueUrl", &kStringShape}}};

}  // namespace

const Shape kDeleteQueueShape = {ShapeKind::kStructure, "DeleteQueueInput", nullptr, kMembers};

void RunDeleteQueue(const Services& services, Call* call) {
  streams::QueuePointer queue;
  const QueueStatus status = FindQueue(services, call->input, &queue);
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  services.queues->Delete(queue->descriptor.name, call->home,
                          [call](const Result<streams::QueuePointer>& deleted) {
                            FinishQueueCall(FromQueueStore(deleted.status()), call);
                          });
}

}  // namespace millrace::api
