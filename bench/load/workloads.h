// Factories of all workloads, one section for each source file. A new workload is one factory here
// and one line in workload_list.cc.

#pragma once

#include <memory>

#include "bench/load/workload.h"

namespace millrace::bench {

/// Builds a workload whose calls do not depend on each other: `write_call` fills slot.call, and the
/// default check of Workload judges the reply.
std::unique_ptr<Workload> MakeIndependentCalls(const WorkloadSettings& settings,
                                               void (*write_call)(const WorkloadSettings& settings,
                                                                  Slot& slot));

// workloads_read.cc

/// GetItem of random items.
std::unique_ptr<Workload> MakeGet(const WorkloadSettings& settings);
/// GetItem requests to a server that answers all of them alike.
std::unique_ptr<Workload> MakeGetFixed(const WorkloadSettings& settings);
/// Query of the first 10 items of random partitions.
std::unique_ptr<Workload> MakeQuery10(const WorkloadSettings& settings);
/// Query of all 100 items of random partitions.
std::unique_ptr<Workload> MakeQuery100(const WorkloadSettings& settings);
/// The same through a global index of whole items.
std::unique_ptr<Workload> MakeQueryIndex100(const WorkloadSettings& settings);
/// Scan of the whole table, page after page; every full pass must see every item.
std::unique_ptr<Workload> MakeScan(const WorkloadSettings& settings);
/// BatchGetItem of 25 items.
std::unique_ptr<Workload> MakeBatchGet(const WorkloadSettings& settings);
/// BatchGetItem of 100 items, the most there may be.
std::unique_ptr<Workload> MakeBatchGet100(const WorkloadSettings& settings);

// workloads_write.cc

/// PutItem over random existing items; the last acknowledged ones are read back at the end.
std::unique_ptr<Workload> MakePut(const WorkloadSettings& settings);
/// Like put, with a condition that compares the stored revision.
std::unique_ptr<Workload> MakeConditionalPut(const WorkloadSettings& settings);
/// UpdateItem adding 1 to one counter from all connections; no addition may be lost or doubled.
std::unique_ptr<Workload> MakeUpdateCounter(const WorkloadSettings& settings);
/// BatchWriteItem of 25 puts.
std::unique_ptr<Workload> MakeBatchWrite(const WorkloadSettings& settings);
/// TransactWriteItems of 4 puts.
std::unique_ptr<Workload> MakeTransactWrite(const WorkloadSettings& settings);
/// TransactWriteItems of 2 puts.
std::unique_ptr<Workload> MakeTransactWrite2(const WorkloadSettings& settings);

// workloads_stream.cc

/// GetRecords through all shards of the table's stream from their beginnings, again and again.
std::unique_ptr<Workload> MakeReadLog(const WorkloadSettings& settings);

// workloads_ycsb.cc

/// 50 % reads, 50 % updates.
std::unique_ptr<Workload> MakeYcsbA(const WorkloadSettings& settings);
/// 95 % reads, 5 % updates.
std::unique_ptr<Workload> MakeYcsbB(const WorkloadSettings& settings);
/// Reads only.
std::unique_ptr<Workload> MakeYcsbC(const WorkloadSettings& settings);
/// 95 % reads of recently inserted items, 5 % inserts.
std::unique_ptr<Workload> MakeYcsbD(const WorkloadSettings& settings);
/// 95 % short range reads, 5 % inserts.
std::unique_ptr<Workload> MakeYcsbE(const WorkloadSettings& settings);
/// 50 % reads, 50 % read-modify-writes.
std::unique_ptr<Workload> MakeYcsbF(const WorkloadSettings& settings);

}  // namespace millrace::bench
