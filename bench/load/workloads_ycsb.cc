// The six core mixes of YCSB, restated for this API: an update replaces one attribute, a range read
// is a Query within a partition, and "latest" means the latest insert of the same connection, so
// that every read has a certain answer.

#include <chrono>

#include "bench/load/workloads.h"
#include "bench/load/zipfian.h"

namespace millrace::bench {
namespace {

struct Mix {
  int read_percent = 0;
  int update_percent = 0;
  int insert_percent = 0;
  int range_percent = 0;
  // What remains of 100 are read-modify-writes.
  bool reads_latest = false;
};

class Ycsb : public Workload {
 public:
  Ycsb(const WorkloadSettings& settings, const Mix& mix)
      : settings_(settings), mix_(mix), zipfian_(settings.item_count) {
    // Inserted partitions and items must not exist from an earlier run.
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    first_insert_ = settings.item_count + static_cast<uint64_t>(seconds % 10'000'000) * 1'000'000;
    first_insert_ -= first_insert_ % kItemsPerPartition;
  }

  bool NextCall(Slot& slot) override {
    if (slot.step == kWriteBack) {
      slot.step = kAnyCall;
      WriteUpdate(slot);
      return true;
    }
    int draw = static_cast<int>(slot.random.Below(100));
    slot.item = zipfian_.Scattered(slot.random);
    if (draw < mix_.read_percent) {
      if (mix_.reads_latest) slot.item = LatestItem(slot);
      WriteRead(slot);
      return true;
    }
    draw -= mix_.read_percent;
    if (draw < mix_.update_percent) {
      WriteUpdate(slot);
      return true;
    }
    draw -= mix_.update_percent;
    if (draw < mix_.insert_percent) {
      WriteInsert(slot);
      return true;
    }
    draw -= mix_.insert_percent;
    if (draw < mix_.range_percent) {
      WriteRange(slot);
      return true;
    }
    slot.step = kWriteBack;
    WriteRead(slot);
    return true;
  }

 private:
  static constexpr int kAnyCall = 0;
  static constexpr int kWriteBack = 1;

  /// A popular one among the newest items: those this connection inserted, then the loaded ones.
  uint64_t LatestItem(Slot& slot) const {
    const uint64_t age = zipfian_.Rank(slot.random);
    if (age < slot.count) return InsertedItem(slot, slot.count - 1 - age);
    return settings_.item_count - 1 - (age - slot.count) % settings_.item_count;
  }

  uint64_t InsertedItem(const Slot& slot, uint64_t number) const {
    return first_insert_ + number * slot.connection_count + slot.connection;
  }

  void WriteRead(Slot& slot) const {
    std::string& body = BeginBody(*settings_.table, Operation::kGetItem, &slot.call);
    body.append(",\"Key\":");
    settings_.table->AppendKey(slot.item, &body);
    body.push_back('}');
    settings_.table->AppendPartitionKey(slot.item, &slot.call.fragment);
    slot.call.reply_bytes_min = static_cast<size_t>(settings_.item_bytes);
  }

  void WriteUpdate(Slot& slot) const {
    std::string& body = BeginBody(*settings_.table, Operation::kUpdateItem, &slot.call);
    body.append(",\"Key\":");
    settings_.table->AppendKey(slot.item, &body);
    body.append(
        ",\"UpdateExpression\":\"SET payload = :p\",\"ExpressionAttributeValues\":"
        "{\":p\":{\"S\":\"");
    settings_.table->AppendPayload(slot.random, &body);
    body.append("\"}}}");
    slot.call.fragment.assign("{}");
  }

  void WriteInsert(Slot& slot) const {
    slot.item = InsertedItem(slot, slot.count++);
    std::string& body = BeginBody(*settings_.table, Operation::kPutItem, &slot.call);
    body.append(",\"Item\":");
    settings_.table->AppendItem(slot.item, slot.count, slot.random, &body);
    body.push_back('}');
    slot.call.fragment.assign("{}");
  }

  void WriteRange(Slot& slot) const {
    const uint64_t limit = 1 + slot.random.Below(kItemsPerPartition);
    const uint64_t partitions = settings_.item_count / kItemsPerPartition;
    const uint64_t item = slot.item % partitions * kItemsPerPartition;
    std::string& body = BeginBody(*settings_.table, Operation::kQuery, &slot.call);
    body.append(",\"KeyConditionExpression\":\"pk = :p\",\"Limit\":");
    AppendDecimal(limit, 1, &body);
    body.append(",\"ExpressionAttributeValues\":{\":p\":{\"S\":\"");
    settings_.table->AppendPartitionKey(item, &body);
    body.append("\"}}}");
    settings_.table->AppendPartitionKey(item, &slot.call.fragment);
  }

  const WorkloadSettings settings_;
  const Mix mix_;
  const Zipfian zipfian_;
  uint64_t first_insert_ = 0;
};

}  // namespace

std::unique_ptr<Workload> MakeYcsbA(const WorkloadSettings& settings) {
  return std::make_unique<Ycsb>(settings, Mix{.read_percent = 50, .update_percent = 50});
}

std::unique_ptr<Workload> MakeYcsbB(const WorkloadSettings& settings) {
  return std::make_unique<Ycsb>(settings, Mix{.read_percent = 95, .update_percent = 5});
}

std::unique_ptr<Workload> MakeYcsbC(const WorkloadSettings& settings) {
  return std::make_unique<Ycsb>(settings, Mix{.read_percent = 100});
}

std::unique_ptr<Workload> MakeYcsbD(const WorkloadSettings& settings) {
  return std::make_unique<Ycsb>(settings,
                                Mix{.read_percent = 95, .insert_percent = 5, .reads_latest = true});
}

std::unique_ptr<Workload> MakeYcsbE(const WorkloadSettings& settings) {
  return std::make_unique<Ycsb>(settings, Mix{.insert_percent = 5, .range_percent = 95});
}

std::unique_ptr<Workload> MakeYcsbF(const WorkloadSettings& settings) {
  return std::make_unique<Ycsb>(settings, Mix{.read_percent = 50});
}

}  // namespace millrace::bench
