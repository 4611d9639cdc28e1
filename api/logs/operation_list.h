// The operations of the logs protocol (CloudWatch Logs, JSON 1.1), listed in log_operations.cc.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kCreateLogGroupShape;
extern const Shape kCreateLogStreamShape;
extern const Shape kDeleteLogGroupShape;
extern const Shape kDeleteLogStreamShape;
extern const Shape kDeleteRetentionPolicyShape;
extern const Shape kDescribeLogGroupsShape;
extern const Shape kDescribeLogStreamsShape;
extern const Shape kFilterLogEventsShape;
extern const Shape kGetLogEventsShape;
extern const Shape kListTagsForLogResourceShape;
extern const Shape kListTagsLogGroupShape;
extern const Shape kPutLogEventsShape;
extern const Shape kPutRetentionPolicyShape;
extern const Shape kTagLogGroupShape;
extern const Shape kTagLogResourceShape;
extern const Shape kUntagLogGroupShape;
extern const Shape kUntagLogResourceShape;

void RunCreateLogGroup(const Services& services, Call* call);
void RunCreateLogStream(const Services& services, Call* call);
void RunDeleteLogGroup(const Services& services, Call* call);
void RunDeleteLogStream(const Services& services, Call* call);
void RunDeleteRetentionPolicy(const Services& services, Call* call);
void RunDescribeLogGroups(const Services& services, Call* call);
void RunDescribeLogStreams(const Services& services, Call* call);
void RunFilterLogEvents(const Services& services, Call* call);
void RunGetLogEvents(const Services& services, Call* call);
void RunListTagsForLogResource(const Services& services, Call* call);
void RunListTagsLogGroup(const Services& services, Call* call);
void RunPutLogEvents(const Services& services, Call* call);
void RunPutRetentionPolicy(const Services& services, Call* call);
void RunTagLogGroup(const Services& services, Call* call);
void RunTagLogResource(const Services& services, Call* call);
void RunUntagLogGroup(const Services& services, Call* call);
void RunUntagLogResource(const Services& services, Call* call);

}  // namespace millrace::api
