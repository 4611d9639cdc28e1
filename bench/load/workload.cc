// Checks and texts shared by all workloads.

#include "bench/load/workload.h"

#include <algorithm>

namespace millrace::bench {
namespace {

constexpr size_t kSearchedBytes = 4096;
constexpr size_t kQuotedReplyBytes = 200;

size_t FindWholeNumber(std::string_view text, std::string_view needle) {
  size_t at = text.find(needle);
  while (at != std::string_view::npos) {
    const size_t end = at + needle.size();
    if (end >= text.size() || text[end] < '0' || text[end] > '9') return at;
    at = text.find(needle, at + 1);
  }
  return at;
}

}  // namespace

std::string_view OperationName(Operation operation) {
  constexpr std::string_view kNames[kOperationCount] = {
      "CreateTable",    "DescribeTable",
      "GetItem",        "PutItem",
      "UpdateItem",     "Query",
      "Scan",           "BatchGetItem",
      "BatchWriteItem", "TransactWriteItems",
      "DescribeStream", "GetShardIterator",
      "GetRecords",
  };
  return kNames[static_cast<int>(operation)];
}

std::string Workload::CheckReply(Slot& slot, int status, std::string_view body) {
  const Call& call = slot.call;
  if (status == 200 && body.size() >= call.reply_bytes_min &&
      (call.fragment.empty() || FindInReply(body, call.fragment) != std::string_view::npos)) {
    return {};
  }
  std::string problem(OperationName(call.operation));
  problem += ": status " + std::to_string(status) + ", " + std::to_string(body.size()) +
             " bytes, expected 200, at least " + std::to_string(call.reply_bytes_min) +
             " bytes and '" + call.fragment + "'; reply: ";
  problem += body.substr(0, kQuotedReplyBytes);
  return problem;
}

std::string Workload::CheckStored(SimpleClient&) { return {}; }

std::string& BeginBody(const BenchTable& table, Operation operation, Call* call) {
  call->operation = operation;
  call->fragment.clear();
  call->reply_bytes_min = 0;
  call->body.assign("{\"TableName\":\"");
  call->body.append(table.name());
  call->body.push_back('"');
  return call->body;
}

size_t FindInReply(std::string_view body, std::string_view needle) {
  if (body.size() <= 2 * kSearchedBytes) return FindWholeNumber(body, needle);
  const size_t at = FindWholeNumber(body.substr(0, kSearchedBytes), needle);
  if (at != std::string_view::npos) return at;
  const size_t tail_begin = body.size() - kSearchedBytes;
  const size_t in_tail = FindWholeNumber(body.substr(tail_begin), needle);
  return in_tail == std::string_view::npos ? in_tail : tail_begin + in_tail;
}

const WorkloadKind* FindWorkload(std::string_view name) {
  const auto& kinds = AllWorkloads();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const WorkloadKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace millrace::bench
