// PurgeQueue, at most once a minute like the service.
#include <array>

#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr int64_t kPurgeEveryMs = 60'000;

constexpr std::array<ShapeMember, 1> kMembers = {{{"QueueUrl", &kStringShape}}};

}  // namespace

const Shape kPurgeQueueShape = {ShapeKind::kStructure, "PurgeQueueInput", nullptr, kMembers};

void RunPurgeQueue(const Services& services, Call* call) {
  streams::QueuePointer queue;
  QueueStatus status = FindQueue(services, call->input, &queue);
  if (status.ok() && queue->descriptor.purged_ms > 0 &&
      services.clock->NowMs() < queue->descriptor.purged_ms + kPurgeEveryMs) {
    status = {QueueErrorType::kPurgeQueueInProgress, "Only one PurgeQueue operation on " +
                                                         queue->descriptor.name +
                                                         " is allowed every 60 seconds."};
  }
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  services.queues->Purge(queue->descriptor.name, call->home,
                         [call](const Result<streams::QueuePointer>& purged) {
                           FinishQueueCall(FromQueueStore(purged.status()), call);
                         });
}

}  // namespace millrace::api
