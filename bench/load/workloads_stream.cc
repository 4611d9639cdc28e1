// Workloads about the change stream.

#include <algorithm>
#include <string>
#include <utility>

#include "bench/load/workloads.h"

namespace millrace::bench {
namespace {

/// The text of the member `name` of a reply: its last one, which stands near an end of the body.
std::string TextOf(std::string_view body, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":\"";
  const size_t at = body.rfind(key);
  if (at == std::string_view::npos) return {};
  const size_t begin = at + key.size();
  return std::string(body.substr(begin, body.find('"', begin) - begin));
}

/// Reads a stream from its beginning to its end, over and over. Slot: `step` is the next call,
/// `position` the iterator.
class ReadLog : public Workload {
 public:
  explicit ReadLog(const WorkloadSettings& settings) : settings_(settings) {}

  bool NextCall(Slot& slot) override {
    Call& call = slot.call;
    switch (slot.step) {
      case kFindStream:
        BeginBody(*settings_.table, Operation::kDescribeTable, &call).push_back('}');
        break;
      case kFindShard:
        Begin(Operation::kDescribeStream, "{\"StreamArn\":\"" + slot.position + "\"}", &call);
        break;
      case kOpenShard:
        Begin(Operation::kGetShardIterator,
              slot.position + ",\"ShardIteratorType\":\"TRIM_HORIZON\"}", &call);
        break;
      default:
        Begin(Operation::kGetRecords,
              "{\"ShardIterator\":\"" + slot.position + "\",\"Limit\":1000}", &call);
        call.fragment = "\"Records\":";
        break;
    }
    return true;
  }

  std::string CheckReply(Slot& slot, int status, std::string_view body) override {
    std::string problem = Workload::CheckReply(slot, status, body);
    if (!problem.empty()) return problem;
    switch (slot.step) {
      case kFindStream:
        slot.position = TextOf(body, "LatestStreamArn");
        break;
      case kFindShard:
        slot.position = "{\"StreamArn\":\"" + TextOf(body, "StreamArn") + "\",\"ShardId\":\"" +
                        TextOf(body, "ShardId") + "\"";
        break;
      case kOpenShard:
        slot.position = TextOf(body, "ShardIterator");
        break;
      default:
        return TakeRecords(slot, body);
    }
    ++slot.step;
    return {};
  }

 private:
  enum Step { kFindStream, kFindShard, kOpenShard, kRead };

  static void Begin(Operation operation, std::string body, Call* call) {
    call->operation = operation;
    call->body = std::move(body);
    call->fragment.clear();
    call->reply_bytes_min = 0;
  }

  /// Goes on with the next page; from the beginning when there are no more records.
  std::string TakeRecords(Slot& slot, std::string_view body) const {
    constexpr std::string_view kEmpty = "{\"Records\":[]";
    if (body.starts_with(kEmpty)) {
      if (slot.count == 0) return "GetRecords: the stream has no records";
      slot.count = 0;
      slot.step = kFindStream;
      return {};
    }
    ++slot.count;
    slot.position =
        TextOf(body.substr(body.size() - std::min<size_t>(body.size(), 4096)), "NextShardIterator");
    if (slot.position.empty()) {
      slot.count = 0;
      slot.step = kFindStream;
    }
    return {};
  }

  const WorkloadSettings settings_;
};

}  // namespace

std::unique_ptr<Workload> MakeReadLog(const WorkloadSettings& settings) {
  return std::make_unique<ReadLog>(settings);
}

}  // namespace millrace::bench
