// ChangeMessageVisibilityBatch.
#include <array>

#include "api/queues/handle_request.h"
#include "api/queues/operation_list.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 3> kEntryMembers = {{
    {"Id", &kStringShape},
    {"ReceiptHandle", &kStringShape},
    {"VisibilityTimeout", &kIntegerShape},
}};
constexpr Shape kEntryShape = {ShapeKind::kStructure, "ChangeMessageVisibilityBatchRequestEntry",
                               nullptr, kEntryMembers};
constexpr Shape kEntriesShape = {ShapeKind::kList, {}, &kEntryShape, {}};
constexpr std::array<ShapeMember, 2> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"Entries", &kEntriesShape},
}};

}  // namespace

const Shape kChangeMessageVisibilityBatchShape = {
    ShapeKind::kStructure, "ChangeMessageVisibilityBatchInput", nullptr, kMembers};

void RunChangeMessageVisibilityBatch(const Services& services, Call* call) {
  RunHandles(services, /*is_batch=*/true, /*deletes=*/false, call);
}

}  // namespace millrace::api
