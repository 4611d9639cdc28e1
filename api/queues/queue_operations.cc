// The list of queue operations. A new one is its own file and one line here.
#include "api/queues/queue_operations.h"

#include <array>

#include "api/queues/operation_list.h"

namespace millrace::api {
namespace {

constexpr ServiceName kQueues = ServiceName::kQueues;

constexpr auto kOperations = std::to_array<Operation>({
    {kQueues, "ChangeMessageVisibility", &kChangeMessageVisibilityShape,
     RunChangeMessageVisibility},
    {kQueues, "ChangeMessageVisibilityBatch", &kChangeMessageVisibilityBatchShape,
     RunChangeMessageVisibilityBatch},
    {kQueues, "CreateQueue", &kCreateQueueShape, RunCreateQueue},
    {kQueues, "DeleteMessage", &kDeleteMessageShape, RunDeleteMessage},
    {kQueues, "DeleteMessageBatch", &kDeleteMessageBatchShape, RunDeleteMessageBatch},
    {kQueues, "DeleteQueue", &kDeleteQueueShape, RunDeleteQueue},
    {kQueues, "GetQueueAttributes", &kGetQueueAttributesShape, RunGetQueueAttributes},
    {kQueues, "GetQueueUrl", &kGetQueueUrlShape, RunGetQueueUrl},
    {kQueues, "ListDeadLetterSourceQueues", &kListDeadLetterSourceQueuesShape,
     RunListDeadLetterSourceQueues},
    {kQueues, "ListQueueTags", &kListQueueTagsShape, RunListQueueTags},
    {kQueues, "ListQueues", &kListQueuesShape, RunListQueues},
    {kQueues, "PurgeQueue", &kPurgeQueueShape, RunPurgeQueue},
    {kQueues, "ReceiveMessage", &kReceiveMessageShape, RunReceiveMessage},
    {kQueues, "SendMessage", &kSendMessageShape, RunSendMessage},
    {kQueues, "SendMessageBatch", &kSendMessageBatchShape, RunSendMessageBatch},
    {kQueues, "SetQueueAttributes", &kSetQueueAttributesShape, RunSetQueueAttributes},
    {kQueues, "TagQueue", &kTagQueueShape, RunTagQueue},
    {kQueues, "UntagQueue", &kUntagQueueShape, RunUntagQueue},
});

}  // namespace

std::span<const Operation> QueueOperations() { return kOperations; }

}  // namespace millrace::api
