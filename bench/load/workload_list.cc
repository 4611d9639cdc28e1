// The list of workloads by name.

#include "bench/load/workloads.h"

namespace millrace::bench {
namespace {

class IndependentCalls : public Workload {
 public:
  using WriteCall = void (*)(const WorkloadSettings&, Slot&);

  IndependentCalls(const WorkloadSettings& settings, WriteCall write_call)
      : settings_(settings), write_call_(write_call) {}

  bool NextCall(Slot& slot) override {
    write_call_(settings_, slot);
    return true;
  }

 private:
  const WorkloadSettings settings_;
  const WriteCall write_call_;
};

}  // namespace

std::unique_ptr<Workload> MakeIndependentCalls(const WorkloadSettings& settings,
                                               void (*write_call)(const WorkloadSettings& settings,
                                                                  Slot& slot)) {
  return std::make_unique<IndependentCalls>(settings, write_call);
}

const std::vector<WorkloadKind>& AllWorkloads() {
  constexpr TableShape kItems = TableShape::kItems;
  constexpr TableShape kPartitions = TableShape::kPartitions;
  static const std::vector<WorkloadKind>* const kinds = new std::vector<WorkloadKind>{
      {"get", "GetItem of random items", kItems, &MakeGet},
      {"put", "PutItem over random items", kItems, &MakePut},
      {"update-counter", "UpdateItem ADD 1 on one hot item", kItems, &MakeUpdateCounter},
      {"conditional-put", "PutItem if the revision grows", kItems, &MakeConditionalPut},
      {"query10", "Query, Limit 10, of a partition", kPartitions, &MakeQuery10},
      {"query100", "Query of a partition of 100", kPartitions, &MakeQuery100},
      {"put-indexed", "put into a table with 3 global indexes of whole items",
       TableShape::kIndexedItems, &MakePut},
      {"query-index100", "query100 through a global index of whole items",
       TableShape::kIndexedPartitions, &MakeQueryIndex100},
      {"put-streamed", "put into a table with a stream of old and new images",
       TableShape::kStreamedItems, &MakePut},
      {"read-log", "GetRecords, 1000 at a time, of that stream", TableShape::kStreamedItems,
       &MakeReadLog},
      {"scan", "Scan in pages of 1 MB", kItems, &MakeScan},
      {"batch-get", "BatchGetItem of 25 items", kItems, &MakeBatchGet},
      {"batch-get-100", "BatchGetItem of 100 items", kItems, &MakeBatchGet100},
      {"batch-write", "BatchWriteItem of 25 puts", kItems, &MakeBatchWrite},
      {"transact-write", "TransactWriteItems of 4 puts", kItems, &MakeTransactWrite},
      {"transact-write-2", "TransactWriteItems of 2 puts", kItems, &MakeTransactWrite2},
      {"ycsb-a", "50 % read, 50 % update, zipfian", kItems, &MakeYcsbA},
      {"ycsb-b", "95 % read, 5 % update, zipfian", kItems, &MakeYcsbB},
      {"ycsb-c", "read only, zipfian", kItems, &MakeYcsbC},
      {"ycsb-d", "95 % read of the latest, 5 % insert", kItems, &MakeYcsbD},
      {"ycsb-e", "95 % short ranges, 5 % insert, zipfian", kPartitions, &MakeYcsbE},
      {"ycsb-f", "50 % read, 50 % read-modify-write, zipfian", kItems, &MakeYcsbF},
      {"get-fixed", "GetItem requests to fixed_reply_server", TableShape::kNone, &MakeGetFixed},
  };
  return *kinds;
}

}  // namespace millrace::bench
