// Workloads that only read.

#include <charconv>

#include "bench/load/workloads.h"

namespace millrace::bench {
namespace {

constexpr size_t kPageBytesMax = 1 << 20;

void WriteGet(const WorkloadSettings& settings, Slot& slot) {
  const BenchTable& table = *settings.table;
  const uint64_t item = slot.random.Below(settings.item_count);
  std::string& body = BeginBody(table, Operation::kGetItem, &slot.call);
  body.append(",\"Key\":");
  table.AppendKey(item, &body);
  body.push_back('}');
  table.AppendPartitionKey(item, &slot.call.fragment);
  slot.call.reply_bytes_min = static_cast<size_t>(settings.item_bytes);
}

void WriteGetFixed(const WorkloadSettings&, Slot& slot) {
  slot.call.operation = Operation::kGetItem;
  slot.call.body.assign("{\"TableName\":\"bench-items-200\",\"Key\":{\"pk\":{\"S\":\"item-");
  AppendDecimal(slot.random.Below(100'000), 10, &slot.call.body);
  slot.call.body.append("\"}}}");
  slot.call.fragment.assign("{\"Item\":");
}

void WriteQuery(const WorkloadSettings& settings, uint64_t limit, Slot& slot) {
  const BenchTable& table = *settings.table;
  const uint64_t item =
      slot.random.Below(settings.item_count / kItemsPerPartition) * kItemsPerPartition;
  std::string& body = BeginBody(table, Operation::kQuery, &slot.call);
  body.append(",\"KeyConditionExpression\":\"pk = :p\",\"Limit\":");
  AppendDecimal(limit, 1, &body);
  body.append(",\"ExpressionAttributeValues\":{\":p\":{\"S\":\"");
  table.AppendPartitionKey(item, &body);
  body.append("\"}}}");
  // A page ends with the item that takes it to 1 MB, so large items make it shorter.
  const auto item_bytes = static_cast<uint64_t>(settings.item_bytes);
  if (limit * item_bytes < kPageBytesMax) {
    slot.call.fragment.assign("\"Count\":");
    AppendDecimal(limit, 1, &slot.call.fragment);
    slot.call.reply_bytes_min = limit * item_bytes;
  } else {
    slot.call.fragment.assign("\"LastEvaluatedKey\":");
    slot.call.reply_bytes_min = kPageBytesMax - item_bytes;
  }
}

void WriteQuery10(const WorkloadSettings& settings, Slot& slot) { WriteQuery(settings, 10, slot); }

void WriteQuery100(const WorkloadSettings& settings, Slot& slot) {
  WriteQuery(settings, 100, slot);
}

void WriteQueryIndex100(const WorkloadSettings& settings, Slot& slot) {
  WriteQuery(settings, 100, slot);
  slot.call.body.pop_back();
  slot.call.body.append(",\"IndexName\":\"index0\"}");
}

void WriteBatchGet(const WorkloadSettings& settings, uint64_t keys, Slot& slot) {
  const BenchTable& table = *settings.table;
  const uint64_t first = slot.random.Below(settings.item_count);
  Call& call = slot.call;
  call.operation = Operation::kBatchGetItem;
  call.body.assign("{\"RequestItems\":{\"").append(table.name()).append("\":{\"Keys\":[");
  for (uint64_t i = 0; i < keys; i++) {
    if (i > 0) call.body.push_back(',');
    table.AppendKey((first + i) % settings.item_count, &call.body);
  }
  call.body.append("]}}}");
  call.fragment.assign("\"UnprocessedKeys\":{}");
  call.reply_bytes_min = keys * static_cast<size_t>(settings.item_bytes);
}

void WriteBatchGet25(const WorkloadSettings& settings, Slot& slot) {
  WriteBatchGet(settings, 25, slot);
}

void WriteBatchGet100(const WorkloadSettings& settings, Slot& slot) {
  WriteBatchGet(settings, 100, slot);
}

/// Reads a table page by page. Slot: `count` items seen in this pass, `position` the key to go on
/// from, empty at the start of a pass.
class ScanPages : public Workload {
 public:
  explicit ScanPages(const WorkloadSettings& settings) : settings_(settings) {}

  bool NextCall(Slot& slot) override {
    std::string& body = BeginBody(*settings_.table, Operation::kScan, &slot.call);
    if (!slot.position.empty()) body.append(",\"ExclusiveStartKey\":").append(slot.position);
    body.push_back('}');
    return true;
  }

  std::string CheckReply(Slot& slot, int status, std::string_view body) override {
    constexpr std::string_view kCount = "\"Count\"";
    const size_t count_at = FindInReply(body, kCount);
    if (status != 200 || count_at == std::string_view::npos) {
      return "Scan: status " + std::to_string(status) + " " + std::string(body.substr(0, 200));
    }
    const size_t digits = count_at + kCount.size() + 1;
    uint64_t count = 0;
    std::from_chars(body.data() + digits, body.data() + body.size(), count);
    slot.count += count;
    slot.position = LastKey(body);
    if (!slot.position.empty()) return {};
    const uint64_t seen = slot.count;
    slot.count = 0;
    if (seen >= settings_.item_count) return {};
    return "Scan: a pass over the table saw " + std::to_string(seen) + " of " +
           std::to_string(settings_.item_count) + " items";
  }

 private:
  static std::string LastKey(std::string_view body) {
    constexpr std::string_view kName = "\"LastEvaluatedKey\":";
    const size_t at = FindInReply(body, kName);
    if (at == std::string_view::npos) return {};
    // Our keys contain no braces, so the object ends where the braces balance.
    const size_t begin = at + kName.size();
    int depth = 0;
    for (size_t i = begin; i < body.size(); i++) {
      if (body[i] == '{') depth++;
      if (body[i] == '}' && --depth == 0) return std::string(body.substr(begin, i + 1 - begin));
    }
    return {};
  }

  const WorkloadSettings settings_;
};

}  // namespace

std::unique_ptr<Workload> MakeGet(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteGet);
}

std::unique_ptr<Workload> MakeGetFixed(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteGetFixed);
}

std::unique_ptr<Workload> MakeQuery10(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteQuery10);
}

std::unique_ptr<Workload> MakeQuery100(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteQuery100);
}

std::unique_ptr<Workload> MakeQueryIndex100(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteQueryIndex100);
}

std::unique_ptr<Workload> MakeScan(const WorkloadSettings& settings) {
  return std::make_unique<ScanPages>(settings);
}

std::unique_ptr<Workload> MakeBatchGet(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteBatchGet25);
}

std::unique_ptr<Workload> MakeBatchGet100(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteBatchGet100);
}

}  // namespace millrace::bench
