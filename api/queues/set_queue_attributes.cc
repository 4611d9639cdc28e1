// SetQueueAttributes.
#include <array>
#include <memory>

#include "api/queues/operation_list.h"
#include "api/queues/queue_attributes.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"Attributes", &kStringMapShape},
}};

QueueStatus CheckRequest(const Services& services, json::Value input,
                         streams::QueuePointer* queue) {
  RETURN_IF_QUEUE_ERROR(FindQueue(services, input, queue));
  const json::Value attributes = input.Find("Attributes");
  if (!attributes.present()) {
    return {QueueErrorType::kMissingParameter,
            "The request must contain the parameter Attributes."};
  }
  QueueDescriptor changed = (*queue)->descriptor;
  return ApplyQueueAttributes(services, attributes, &changed);
}

}  // namespace

const Shape kSetQueueAttributesShape = {ShapeKind::kStructure, "SetQueueAttributesInput", nullptr,
                                        kMembers};

void RunSetQueueAttributes(const Services& services, Call* call) {
  streams::QueuePointer queue;
  const QueueStatus status = CheckRequest(services, call->input, &queue);
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  // The request has been checked; the edit repeats it on what is stored then.
  const json::Value attributes = call->input.Find("Attributes");
  services.queues->Update(
      queue->descriptor.name,
      [&services, attributes](QueueDescriptor* changed) {
        return ApplyQueueAttributes(services, attributes, changed).ok()
                   ? Status::Ok()
                   : Status(StatusCode::kRefused, "the attributes do not fit any more");
      },
      call->home,
      [call](const Result<streams::QueuePointer>& changed) {
        FinishQueueCall(FromQueueStore(changed.status()), call);
      });
}

}  // namespace millrace::api
