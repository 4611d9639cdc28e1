// The list of operations about logs. A new one is its own file and one line here.
#include "api/logs/log_operations.h"

#include <array>

#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr ServiceName kLogs = ServiceName::kLogs;

constexpr auto kOperations = std::to_array<Operation>({
    {kLogs, "CreateLogGroup", &kCreateLogGroupShape, RunCreateLogGroup},
    {kLogs, "CreateLogStream", &kCreateLogStreamShape, RunCreateLogStream},
    {kLogs, "DeleteLogGroup", &kDeleteLogGroupShape, RunDeleteLogGroup},
    {kLogs, "DeleteLogStream", &kDeleteLogStreamShape, RunDeleteLogStream},
    {kLogs, "DeleteRetentionPolicy", &kDeleteRetentionPolicyShape, RunDeleteRetentionPolicy},
    {kLogs, "DescribeLogGroups", &kDescribeLogGroupsShape, RunDescribeLogGroups},
    {kLogs, "DescribeLogStreams", &kDescribeLogStreamsShape, RunDescribeLogStreams},
    {kLogs, "FilterLogEvents", &kFilterLogEventsShape, RunFilterLogEvents},
    {kLogs, "GetLogEvents", &kGetLogEventsShape, RunGetLogEvents},
    {kLogs, "ListTagsForResource", &kListTagsForLogResourceShape, RunListTagsForLogResource},
    {kLogs, "ListTagsLogGroup", &kListTagsLogGroupShape, RunListTagsLogGroup},
    {kLogs, "PutLogEvents", &kPutLogEventsShape, RunPutLogEvents},
    {kLogs, "PutRetentionPolicy", &kPutRetentionPolicyShape, RunPutRetentionPolicy},
    {kLogs, "TagLogGroup", &kTagLogGroupShape, RunTagLogGroup},
    {kLogs, "TagResource", &kTagLogResourceShape, RunTagLogResource},
    {kLogs, "UntagLogGroup", &kUntagLogGroupShape, RunUntagLogGroup},
    {kLogs, "UntagResource", &kUntagLogResourceShape, RunUntagLogResource},
});

}  // namespace

std::span<const Operation> LogOperations() { return kOperations; }

}  // namespace millrace::api
