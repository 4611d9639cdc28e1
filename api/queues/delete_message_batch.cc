// DeleteMessageBatch.
#include <array>

#include "api/queues/handle_request.h"
#include "api/queues/operation_list.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kEntryMembers = {{
    {"Id", &kStringShape},
    {"ReceiptHandle", &kStringShape},
}};
constexpr Shape kEntryShape = {ShapeKind::kStructure, "DeleteMessageBatchRequestEntry", nullptr,
                               kEntryMembers};
constexpr Shape kEntriesShape = {ShapeKind::kList, {}, &kEntryShape, {}};
constexpr std::array<ShapeMember, 2> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"Entries", &kEntriesShape},
}};

}  // namespace

const Shape kDeleteMessageBatchShape = {ShapeKind::kStructure, "DeleteMessageBatchInput", nullptr,
                                        kMembers};

void RunDeleteMessageBatch(const Services& services, Call* call) {
  RunHandles(services, /*is_batch=*/true, /*deletes=*/true, call);
}

}  // namespace millrace::api
