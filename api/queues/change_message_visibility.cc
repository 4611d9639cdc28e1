// ChangeMessageVisibility.
#include <array>

#include "api/queues/handle_request.h"
#include "api/queues/operation_list.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 3> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"ReceiptHandle", &kStringShape},
    {"VisibilityTimeout", &kIntegerShape},
}};

}  // namespace

const Shape kChangeMessageVisibilityShape = {ShapeKind::kStructure, "ChangeMessageVisibilityInput",
                                             nullptr, kMembers};

void RunChangeMessageVisibility(const Services& services, Call* call) {
  RunHandles(services, /*is_batch=*/false, /*deletes=*/false, call);
}

}  // namespace millrace::api
