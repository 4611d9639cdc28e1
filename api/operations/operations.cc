// The list of operations. A new one is its own file and one line here.
#include "api/operations/operations.h"

#include <array>

#include "api/operations/batch_execute_statement.h"
#include "api/operations/batch_get_item.h"
#include "api/operations/batch_write_item.h"
#include "api/operations/create_table.h"
#include "api/operations/delete_item.h"
#include "api/operations/delete_resource_policy.h"
#include "api/operations/delete_table.h"
#include "api/operations/describe_endpoints.h"
#include "api/operations/describe_limits.h"
#include "api/operations/describe_stream.h"
#include "api/operations/describe_table.h"
#include "api/operations/describe_time_to_live.h"
#include "api/operations/execute_statement.h"
#include "api/operations/execute_transaction.h"
#include "api/operations/get_item.h"
#include "api/operations/get_records.h"
#include "api/operations/get_resource_policy.h"
#include "api/operations/get_shard_iterator.h"
#include "api/operations/list_streams.h"
#include "api/operations/list_tables.h"
#include "api/operations/list_tags_of_resource.h"
#include "api/operations/put_item.h"
#include "api/operations/put_resource_policy.h"
#include "api/operations/query.h"
#include "api/operations/scan.h"
#include "api/operations/tag_resource.h"
#include "api/operations/transact_get_items.h"
#include "api/operations/transact_write_items.h"
#include "api/operations/untag_resource.h"
#include "api/operations/update_item.h"
#include "api/operations/update_table.h"
#include "api/operations/update_time_to_live.h"

namespace millrace::api {
namespace {

constexpr ServiceName kTable = ServiceName::kDynamoDb;
constexpr ServiceName kStream = ServiceName::kDynamoDbStreams;

constexpr auto kOperations = std::to_array<Operation>({
    {kTable, "BatchExecuteStatement", &kBatchExecuteStatementShape, RunBatchExecuteStatement},
    {kTable, "BatchGetItem", &kBatchGetItemShape, RunBatchGetItem},
    {kTable, "BatchWriteItem", &kBatchWriteItemShape, RunBatchWriteItem},
    {kTable, "CreateTable", &kCreateTableShape, RunCreateTable},
    {kTable, "DeleteItem", &kDeleteItemShape, RunDeleteItem},
    {kTable, "DeleteResourcePolicy", &kDeleteResourcePolicyShape, RunDeleteResourcePolicy},
    {kTable, "DeleteTable", &kDeleteTableShape, RunDeleteTable},
    {kTable, "DescribeEndpoints", &kDescribeEndpointsShape, RunDescribeEndpoints},
    {kTable, "DescribeLimits", &kDescribeLimitsShape, RunDescribeLimits},
    {kTable, "DescribeTable", &kDescribeTableShape, RunDescribeTable},
    {kTable, "DescribeTimeToLive", &kDescribeTimeToLiveShape, RunDescribeTimeToLive},
    {kTable, "ExecuteStatement", &kExecuteStatementShape, RunExecuteStatement},
    {kTable, "ExecuteTransaction", &kExecuteTransactionShape, RunExecuteTransaction},
    {kTable, "GetItem", &kGetItemShape, RunGetItem},
    {kTable, "GetResourcePolicy", &kGetResourcePolicyShape, RunGetResourcePolicy},
    {kTable, "ListTables", &kListTablesShape, RunListTables},
    {kTable, "ListTagsOfResource", &kListTagsOfResourceShape, RunListTagsOfResource},
    {kTable, "PutItem", &kPutItemShape, RunPutItem},
    {kTable, "PutResourcePolicy", &kPutResourcePolicyShape, RunPutResourcePolicy},
    {kTable, "Query", &kQueryShape, RunQuery},
    {kTable, "Scan", &kScanShape, RunScan},
    {kTable, "TagResource", &kTagResourceShape, RunTagResource},
    {kTable, "TransactGetItems", &kTransactGetItemsShape, RunTransactGetItems},
    {kTable, "TransactWriteItems", &kTransactWriteItemsShape, RunTransactWriteItems},
    {kTable, "UntagResource", &kUntagResourceShape, RunUntagResource},
    {kTable, "UpdateItem", &kUpdateItemShape, RunUpdateItem},
    {kTable, "UpdateTable", &kUpdateTableShape, RunUpdateTable},
    {kTable, "UpdateTimeToLive", &kUpdateTimeToLiveShape, RunUpdateTimeToLive},
    {kStream, "DescribeStream", &kDescribeStreamShape, RunDescribeStream},
    {kStream, "GetRecords", &kGetRecordsShape, RunGetRecords},
    {kStream, "GetShardIterator", &kGetShardIteratorShape, RunGetShardIterator},
    {kStream, "ListStreams", &kListStreamsShape, RunListStreams},
});

}  // namespace

std::span<const Operation> AllOperations() { return kOperations; }

}  // namespace millrace::api
