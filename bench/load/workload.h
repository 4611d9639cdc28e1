// The seam between what is asked (workloads) and how it is asked (driver): a workload writes the
// body of the next request of a connection and judges its reply.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/bench_table.h"
#include "bench/load/random.h"

namespace millrace::bench {

class SimpleClient;

/// The operations workloads call.
enum class Operation {
  kCreateTable,
  kDescribeTable,
  kGetItem,
  kPutItem,
  kUpdateItem,
  kQuery,
  kScan,
  kBatchGetItem,
  kBatchWriteItem,
  kTransactWriteItems,
  kDescribeStream,
  kGetShardIterator,
  kGetRecords,
};

/// Number of enumerators of Operation.
inline constexpr int kOperationCount = 13;

/// The operation's name on the wire.
std::string_view OperationName(Operation operation);

/// One request and what a right reply to it looks like.
struct Call {
  Operation operation = Operation::kGetItem;
  std::string body;
  /// Text a right reply contains. It must not be followed by a digit, so `"Count":10` does not
  /// match `"Count":100`. Empty: anything will do.
  std::string fragment;
  /// Fewest bytes a right reply has.
  size_t reply_bytes_min = 0;
};

/// State of one connection, kept over all runs of one configuration. Touched by one thread at a
/// time.
struct Slot {
  Slot(int connection_index, int connections, uint64_t seed)
      : connection(static_cast<uint64_t>(connection_index)),
        connection_count(static_cast<uint64_t>(connections)),
        random(seed) {}

  uint64_t connection;
  uint64_t connection_count;
  Random random;
  Call call;

  // Scratch of the workload: what the request in flight is about.
  uint64_t item = 0;
  uint64_t revision = 0;
  uint64_t count = 0;
  int step = 0;
  std::string position;
};

/// What one configuration of a workload is made of.
struct WorkloadSettings {
  /// Shared by all threads. Absent for workloads without a table.
  std::shared_ptr<const BenchTable> table;
  uint64_t item_count = 0;
  int64_t item_bytes = 0;
  int connections = 1;
};

/// A stream of requests. NextCall and CheckReply run on the load thread that owns the slot; state
/// outside the slot must be shared with care.
class Workload {
 public:
  virtual ~Workload() = default;

  /// Writes the next request of this connection to slot.call. False when there is none: the
  /// connection then stays idle for the rest of the run.
  virtual bool NextCall(Slot& slot) = 0;

  /// Judges the reply to slot.call. Returns what is wrong with it, or an empty text. The default
  /// asks for status 200, the fragment and the size of the call.
  virtual std::string CheckReply(Slot& slot, int status, std::string_view body);

  /// Asks the server, after all runs, whether what was acknowledged is really there. Returns what
  /// is wrong, or an empty text. The default has nothing to ask.
  virtual std::string CheckStored(SimpleClient& client);
};

/// A workload by name.
struct WorkloadKind {
  std::string_view name;
  /// One line for --help.
  std::string_view summary;
  TableShape shape;
  std::unique_ptr<Workload> (*make)(const WorkloadSettings& settings);
};

/// All workloads, in the order of the help text.
const std::vector<WorkloadKind>& AllWorkloads();

/// The workload of that name, or null.
const WorkloadKind* FindWorkload(std::string_view name);

/// The workload that fills a table: one PutItem for each item, each item once.
std::unique_ptr<Workload> MakeTableFiller(const WorkloadSettings& settings);

/// Starts a body: `{"TableName":"..."`, with whatever the caller appends after it. Clears what the
/// call expected before.
std::string& BeginBody(const BenchTable& table, Operation operation, Call* call);

/// Where `needle`, not followed by a digit, stands in `body`; npos when it does not. Only the first
/// and the last 4 KB of a long body are searched: keys and counts stand there, and searching a
/// megabyte for each reply would make the load generator the bottleneck.
size_t FindInReply(std::string_view body, std::string_view needle);

}  // namespace millrace::bench
