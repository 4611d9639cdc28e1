// The operations of the queue protocol (SQS, JSON): one file each, listed in queue_operations.cc.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kChangeMessageVisibilityShape;
extern const Shape kChangeMessageVisibilityBatchShape;
extern const Shape kCreateQueueShape;
extern const Shape kDeleteMessageShape;
extern const Shape kDeleteMessageBatchShape;
extern const Shape kDeleteQueueShape;
extern const Shape kGetQueueAttributesShape;
extern const Shape kGetQueueUrlShape;
extern const Shape kListDeadLetterSourceQueuesShape;
extern const Shape kListQueuesShape;
extern const Shape kListQueueTagsShape;
extern const Shape kPurgeQueueShape;
extern const Shape kReceiveMessageShape;
extern const Shape kSendMessageShape;
extern const Shape kSendMessageBatchShape;
extern const Shape kSetQueueAttributesShape;
extern const Shape kTagQueueShape;
extern const Shape kUntagQueueShape;

void RunChangeMessageVisibility(const Services& services, Call* call);
void RunChangeMessageVisibilityBatch(const Services& services, Call* call);
void RunCreateQueue(const Services& services, Call* call);
void RunDeleteMessage(const Services& services, Call* call);
void RunDeleteMessageBatch(const Services& services, Call* call);
void RunDeleteQueue(const Services& services, Call* call);
void RunGetQueueAttributes(const Services& services, Call* call);
void RunGetQueueUrl(const Services& services, Call* call);
void RunListDeadLetterSourceQueues(const Services& services, Call* call);
void RunListQueues(const Services& services, Call* call);
void RunListQueueTags(const Services& services, Call* call);
void RunPurgeQueue(const Services& services, Call* call);
void RunReceiveMessage(const Services& services, Call* call);
void RunSendMessage(const Services& services, Call* call);
void RunSendMessageBatch(const Services& services, Call* call);
void RunSetQueueAttributes(const Services& services, Call* call);
void RunTagQueue(const Services& services, Call* call);
void RunUntagQueue(const Services& services, Call* call);

}  // namespace millrace::api
