// Workloads that write, and the filling of tables.

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>

#include "bench/load/simple_client.h"
#include "bench/load/workloads.h"

namespace millrace::bench {
namespace {

constexpr uint64_t kBatchPuts = 25;
constexpr uint64_t kReadBackItems = 200;

/// Revisions start from the wall clock in microseconds, so a later run, of this program or another,
/// always writes greater ones than are stored.
uint64_t FirstRevision() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count());
}

/// Puts each item once, in order, whichever connection comes next.
class TableFiller : public Workload {
 public:
  explicit TableFiller(const WorkloadSettings& settings)
      : settings_(settings), revision_(FirstRevision()) {}

  bool NextCall(Slot& slot) override {
    const uint64_t item = next_item_.fetch_add(1, std::memory_order_relaxed);
    if (item >= settings_.item_count) return false;
    std::string& body = BeginBody(*settings_.table, Operation::kPutItem, &slot.call);
    body.append(",\"Item\":");
    settings_.table->AppendItem(item, revision_, slot.random, &body);
    body.push_back('}');
    return true;
  }

 private:
  const WorkloadSettings settings_;
  const uint64_t revision_;
  std::atomic<uint64_t> next_item_{0};
};

/// Overwrites items. Every connection has items of its own (item modulo connections), so that the
/// last acknowledged revision of an item is known without coordination.
class OwnItemPuts : public Workload {
 public:
  OwnItemPuts(const WorkloadSettings& settings, bool is_conditional)
      : settings_(settings),
        is_conditional_(is_conditional),
        first_revision_(FirstRevision()),
        acknowledged_(settings.item_count) {}

  bool NextCall(Slot& slot) override {
    const uint64_t own_items =
        (settings_.item_count - slot.connection - 1) / slot.connection_count + 1;
    slot.item = slot.random.Below(own_items) * slot.connection_count + slot.connection;
    slot.revision = first_revision_ + ++slot.count;
    std::string& body = BeginBody(*settings_.table, Operation::kPutItem, &slot.call);
    body.append(",\"Item\":");
    settings_.table->AppendItem(slot.item, slot.revision, slot.random, &body);
    if (is_conditional_) {
      body.append(
          ",\"ConditionExpression\":\"revision < :r\",\"ExpressionAttributeValues\":"
          "{\":r\":{\"N\":\"");
      AppendDecimal(slot.revision, 1, &body);
      body.append("\"}}");
    }
    body.push_back('}');
    slot.call.fragment.assign("{}");
    return true;
  }

  std::string CheckReply(Slot& slot, int status, std::string_view body) override {
    std::string problem = Workload::CheckReply(slot, status, body);
    if (problem.empty()) acknowledged_[slot.item] = slot.revision;
    return problem;
  }

  std::string CheckStored(SimpleClient& client) override {
    std::vector<uint64_t> written;
    for (uint64_t item = 0; item < settings_.item_count; item++) {
      if (acknowledged_[item] != 0) written.push_back(item);
    }
    const uint64_t step = std::max<uint64_t>(1, written.size() / kReadBackItems);
    Call call;
    for (uint64_t i = 0; i < written.size(); i += step) {
      std::string& body = BeginBody(*settings_.table, Operation::kGetItem, &call);
      body.append(",\"ConsistentRead\":true,\"Key\":");
      settings_.table->AppendKey(written[i], &body);
      body.push_back('}');
      const SimpleClient::Reply reply = client.Ask(call.operation, body);
      const std::string fragment =
          "\"revision\":{\"N\":\"" + std::to_string(acknowledged_[written[i]]) + "\"}";
      if (reply.status != 200 || reply.body.find(fragment) == std::string::npos) {
        return "item " + std::to_string(written[i]) + " should contain " + fragment + ": " +
               reply.body.substr(0, 200);
      }
    }
    return {};
  }

 private:
  const WorkloadSettings settings_;
  const bool is_conditional_;
  const uint64_t first_revision_;
  // Last acknowledged revision of each item, 0 for none. An element belongs to the connection that
  // owns the item, so threads never share one.
  std::vector<uint64_t> acknowledged_;
};

/// Adds 1 to one counter. Each acknowledged addition returns the value it produced, so if none is
/// lost or doubled, the values seen are exactly a range without gaps that ends at the stored value.
class CounterUpdates : public Workload {
 public:
  explicit CounterUpdates(const WorkloadSettings& settings) : settings_(settings) {}

  bool NextCall(Slot& slot) override {
    std::string& body = BeginBody(*settings_.table, Operation::kUpdateItem, &slot.call);
    body.append(kKey).append(
        ",\"UpdateExpression\":\"ADD hits :one\",\"ExpressionAttributeValues\":"
        "{\":one\":{\"N\":\"1\"}},\"ReturnValues\":\"UPDATED_NEW\"}");
    slot.call.fragment.assign("\"hits\"");
    return true;
  }

  std::string CheckReply(Slot& slot, int status, std::string_view body) override {
    std::string problem = Workload::CheckReply(slot, status, body);
    if (!problem.empty()) return problem;
    const uint64_t value = CounterIn(body);
    additions_.fetch_add(1, std::memory_order_relaxed);
    uint64_t seen = largest_.load(std::memory_order_relaxed);
    while (seen < value && !largest_.compare_exchange_weak(seen, value)) {
    }
    seen = smallest_.load(std::memory_order_relaxed);
    while (seen > value && !smallest_.compare_exchange_weak(seen, value)) {
    }
    return {};
  }

  std::string CheckStored(SimpleClient& client) override {
    if (additions_ == 0) return {};
    Call call;
    std::string& body = BeginBody(*settings_.table, Operation::kGetItem, &call);
    body.append(kKey).append(",\"ConsistentRead\":true}");
    const SimpleClient::Reply reply = client.Ask(call.operation, body);
    const uint64_t stored = CounterIn(reply.body);
    if (stored == largest_ && largest_ - smallest_ + 1 == additions_) return {};
    return "counter is " + std::to_string(stored) + " after " + std::to_string(additions_) +
           " acknowledged additions which returned " + std::to_string(smallest_) + " to " +
           std::to_string(largest_);
  }

 private:
  static constexpr std::string_view kKey = ",\"Key\":{\"pk\":{\"S\":\"hot-counter\"}}";
  static constexpr std::string_view kHits = "\"hits\":{\"N\":\"";

  static uint64_t CounterIn(std::string_view body) {
    const size_t at = body.find(kHits);
    uint64_t value = 0;
    if (at != std::string_view::npos) {
      std::from_chars(body.data() + at + kHits.size(), body.data() + body.size(), value);
    }
    return value;
  }

  const WorkloadSettings settings_;
  std::atomic<uint64_t> additions_{0};
  std::atomic<uint64_t> largest_{0};
  std::atomic<uint64_t> smallest_{~uint64_t{0}};
};

void WriteBatchWrite(const WorkloadSettings& settings, Slot& slot) {
  const uint64_t first = slot.random.Below(settings.item_count);
  Call& call = slot.call;
  call.operation = Operation::kBatchWriteItem;
  call.body.assign("{\"RequestItems\":{\"").append(settings.table->name()).append("\":[");
  for (uint64_t i = 0; i < kBatchPuts; i++) {
    call.body.append(i == 0 ? "{\"PutRequest\":{\"Item\":" : ",{\"PutRequest\":{\"Item\":");
    settings.table->AppendItem((first + i) % settings.item_count, ++slot.count, slot.random,
                               &call.body);
    call.body.append("}}");
  }
  call.body.append("]}}");
  call.fragment.assign("\"UnprocessedItems\":{}");
}

template <uint64_t puts>
void WriteTransaction(const WorkloadSettings& settings, Slot& slot) {
  const uint64_t first = slot.random.Below(settings.item_count);
  Call& call = slot.call;
  call.operation = Operation::kTransactWriteItems;
  call.body.assign("{\"TransactItems\":[");
  for (uint64_t i = 0; i < puts; i++) {
    call.body.append(i == 0 ? "{\"Put\":{\"TableName\":\"" : ",{\"Put\":{\"TableName\":\"");
    call.body.append(settings.table->name()).append("\",\"Item\":");
    settings.table->AppendItem((first + i) % settings.item_count, ++slot.count, slot.random,
                               &call.body);
    call.body.append("}}");
  }
  call.body.append("]}");
  call.fragment.assign("{}");
}

}  // namespace

std::unique_ptr<Workload> MakeTableFiller(const WorkloadSettings& settings) {
  return std::make_unique<TableFiller>(settings);
}

std::unique_ptr<Workload> MakePut(const WorkloadSettings& settings) {
  return std::make_unique<OwnItemPuts>(settings, false);
}

std::unique_ptr<Workload> MakeConditionalPut(const WorkloadSettings& settings) {
  return std::make_unique<OwnItemPuts>(settings, true);
}

std::unique_ptr<Workload> MakeUpdateCounter(const WorkloadSettings& settings) {
  return std::make_unique<CounterUpdates>(settings);
}

std::unique_ptr<Workload> MakeBatchWrite(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteBatchWrite);
}

std::unique_ptr<Workload> MakeTransactWrite(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteTransaction<4>);
}

std::unique_ptr<Workload> MakeTransactWrite2(const WorkloadSettings& settings) {
  return MakeIndependentCalls(settings, &WriteTransaction<2>);
}

}  // namespace millrace::bench
