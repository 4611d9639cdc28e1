// DeleteMessage.
#include <array>

#include "api/queues/handle_request.h"
#include "api/queues/operation_list.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"ReceiptHandle", &kStringShape},
}};

}  // namespace

const Shape kDeleteMessageShape = {ShapeKind::kStructure, "DeleteMessageInput", nullptr, kMembers};

void RunDeleteMessage(const Services& services, Call* call) {
  RunHandles(services, /*is_batch=*/false, /*deletes=*/true, call);
}

}  // namespace millrace::api
