// The thread of time to live. Sweeping begins by moving the watermark and then lets the commit
// pipeline pass once: whoever writes an expired item from then on sees the new watermark and makes
// the sweeper come back, and whoever wrote it before is in what the sweep sees.
#include "storage/tables/time_to_live_sweeper.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "storage/base/log.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/time_to_live_codec.h"
#include "storage/tables/item_change.h"

namespace millrace::tables {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr int64_t kRetryMs = 20;
// What a commit may write is not known beforehand; a fair guess keeps the queue's bounds honest.
constexpr size_t kItemWeight = 4096;

// Does nothing: when it has completed, everything planned before it has.
class Barrier final : public engine::Mutation {
 public:
  std::span<const engine::MutationKey> keys() const override { return {}; }
  size_t weight_bytes() const override { return 0; }
  Status Plan(std::span<const PinnedValue>, WriteSet*) override { return Status::Ok(); }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status&) override {}
};

// The item key of the key attributes that `item` has.
ItemPlace PlaceOf(const Table& table, const ItemView& item, std::string_view key) {
  const KeyAttribute* const sort = table.key_schema().sort_key();
  return {&table, item.Find(table.key_schema().partition_key().name),
          sort == nullptr ? ValueView() : item.Find(sort->name), key};
}

}  // namespace

// Deletes those of some items that are expired as their entries say. An entry whose item says
// something else goes as well.
class TimeToLiveSweeper::ExpireMutation final : public engine::Mutation {
 public:
  ExpireMutation(TablePointer table, const std::vector<Entry>& entries)
      : table_(std::move(table)), entries_(entries) {
    for (const Entry& entry : entries_) {
      keys_.push_back({Space::kItems, entry.item_key});
    }
  }
  uint64_t deleted_count() const { return deleted_count_; }

  std::span<const engine::MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return entries_.size() * kItemWeight; }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status&) override {}
  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) override {
    if (table_->superseded()) {
      return Status(StatusCode::kSchemaChanged, "the table has changed");
    }
    deleted_count_ = 0;
    for (size_t index = 0; index < entries_.size(); ++index) {
      RETURN_IF_ERROR(PlanOne(entries_[index], current[index], writes));
    }
    return Status::Ok();
  }

 private:
  Status PlanOne(const Entry& entry, const PinnedValue& current, WriteSet* writes) {
    const std::string& attribute = table_->time_to_live()->attribute_name;
    const ItemView item = current.found() ? ItemView::At(current.bytes()) : ItemView();
    if (!item.present() || ExpirySeconds(item, attribute) != entry.expiry_seconds) {
      writes->Delete(Space::kTimeToLive, entry.key);
      return Status::Ok();
    }
    if (!ItemBelongsAtKey(item, table_->key_schema(), table_->hash_seed(), entry.item_key)) {
      return WrongItem(*table_);
    }
    ItemDecision decision;
    decision.change = ItemChange::kDelete;
    decision.by_time_to_live = true;
    ++deleted_count_;
    return WriteItemChange(PlaceOf(*table_, item, entry.item_key), item, decision, writes);
  }

  const TablePointer table_;
  const std::vector<Entry>& entries_;
  std::vector<engine::MutationKey> keys_;
  uint64_t deleted_count_ = 0;
};

// Makes the entries of some items, as they are now.
class TimeToLiveSweeper::EnterMutation final : public engine::Mutation {
 public:
  EnterMutation(TablePointer table, const std::vector<std::string>& item_keys)
      : table_(std::move(table)), item_keys_(item_keys) {
    for (const std::string& key : item_keys_) {
      keys_.push_back({Space::kItems, key});
    }
  }

  std::span<const engine::MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return item_keys_.size() * 64; }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status&) override {}
  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) override {
    if (table_->superseded()) {
      return Status(StatusCode::kSchemaChanged, "the table has changed");
    }
    const TimeToLive& time_to_live = *table_->time_to_live();
    std::string key;
    for (size_t index = 0; index < item_keys_.size(); ++index) {
      const ItemView item =
          current[index].found() ? ItemView::At(current[index].bytes()) : ItemView();
      const std::optional<int64_t> expiry =
          item.present() ? ExpirySeconds(item, time_to_live.attribute_name) : std::nullopt;
      if (expiry.has_value()) {
        key.clear();
        AppendExpiryKey(time_to_live.time_to_live_id, *expiry, item_keys_[index], &key);
        writes->Put(Space::kTimeToLive, key, {});
        table_->expiry_watermark()->NoteWritten(*expiry);
      }
    }
    return Status::Ok();
  }

 private:
  const TablePointer table_;
  const std::vector<std::string>& item_keys_;
  std::vector<engine::MutationKey> keys_;
};

void TimeToLiveSweeper::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void TimeToLiveSweeper::Stop() {
  {
    // Under the lock, so that the thread cannot miss it between its check and its wait.
    MutexLock lock(&mutex_);
    stopping_.store(true);
  }
  wake_.NotifyAll();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void TimeToLiveSweeper::Wake() {
  {
    MutexLock lock(&mutex_);
    woken_ = true;
  }
  wake_.NotifyAll();
}

void TimeToLiveSweeper::Loop() {
  while (!stopping_.load()) {
    try {
      const Status status = RunOnce();
      if (!status.ok() && status.code() != StatusCode::kShuttingDown) {
        Log(LogLevel::kWarning,
            "deleting expired items will be tried again status=\"" + status.ToString() + "\"");
      }
    } catch (const std::exception& exception) {
      Log(LogLevel::kError,
          std::string("exception while deleting expired items: ") + exception.what());
    }
    MutexLock lock(&mutex_);
    if (!stopping_.load() && !woken_) {
      wake_.WaitFor(&mutex_, options_.interval_ms);
    }
    woken_ = false;
  }
}

bool TimeToLiveSweeper::WaitFor(int64_t time_ms) {
  MutexLock lock(&mutex_);
  if (!stopping_.load()) {
    wake_.WaitFor(&mutex_, time_ms);
  }
  return stopping_.load();
}

Status TimeToLiveSweeper::RunOnce() {
  for (const TablePointer& table : catalog_->TablesWithTimeToLive()) {
    if (table->time_to_live()->state == TimeToLiveState::kEnabling) {
      RETURN_IF_ERROR(Fill(table->descriptor().name, table->time_to_live()->time_to_live_id));
    }
  }
  const std::vector<TablePointer> tables = catalog_->TablesWithTimeToLive();
  if (tables.empty()) {
    return Status::Ok();
  }
  const int64_t now_seconds = clock_->NowMs() / 1000;
  std::vector<int64_t> begin_seconds;
  for (const TablePointer& table : tables) {
    ExpiryWatermark* const watermark = table->expiry_watermark();
    begin_seconds.push_back(
        std::min(watermark->go_back_to.exchange(INT64_MAX), watermark->swept_until.load()));
    watermark->swept_until.store(now_seconds);
  }
  Barrier barrier;
  Status status = engine_->SubmitAndWait(&barrier);
  for (size_t index = 0; index < tables.size(); ++index) {
    if (status.ok()) {
      status = Sweep(tables[index], begin_seconds[index], now_seconds);
    } else {
      tables[index]->expiry_watermark()->GoBack(begin_seconds[index]);
    }
  }
  return status;
}

Status TimeToLiveSweeper::Fill(const std::string& table_name, uint32_t time_to_live_id) {
  std::string from;
  TablePointer table;
  while (!stopping_.load()) {
    if (table == nullptr || table->superseded()) {
      table = catalog_->FindUsable(table_name);
      if (table == nullptr || table->time_to_live() == nullptr ||
          table->time_to_live()->time_to_live_id != time_to_live_id) {
        return Status::Ok();  // it is gone, or disabled
      }
    }
    std::vector<std::string> item_keys;
    std::string next;
    RETURN_IF_ERROR(ScanItems(*table, from, &item_keys, &next));
    Status status;
    if (!item_keys.empty()) {
      EnterMutation enter(table, item_keys);
      status = Commit(&enter);
    }
    if (status.code() == StatusCode::kResourceExhausted ||
        status.code() == StatusCode::kSchemaChanged) {
      WaitFor(kRetryMs);  // the new description is published in a moment
      continue;
    }
    RETURN_IF_ERROR(status);
    if (next.empty()) {
      return FinishFilling(table_name, time_to_live_id);
    }
    from = next;
  }
  return Status::Ok();
}

// Collects items that have an expiry, from a bounded piece of the table; `next` is where to go on,
// empty at the end.
Status TimeToLiveSweeper::ScanItems(const Table& table, const std::string& from,
                                    std::vector<std::string>* item_keys, std::string* next) const {
  constexpr size_t kItemsPerPiece = 5000;
  std::string begin = from;
  std::string end;
  if (begin.empty()) {
    AppendTablePrefix(table.id(), &begin);
  }
  AppendTablePrefix(table.id() + 1, &end);
  engine::ScanRange range;
  range.from = begin;
  range.to = end;
  size_t looked_at = 0;
  const std::unique_ptr<engine::Scanner> items = engine_->Scan(range);
  for (; items->Valid(); items->Next()) {
    if (item_keys->size() == options_.chunk_items_max || looked_at == kItemsPerPiece) {
      *next = items->key();
      break;
    }
    ++looked_at;
    const ItemView item = ItemView::At(items->value());
    if (item.present() && ExpirySeconds(item, table.time_to_live()->attribute_name).has_value()) {
      item_keys->emplace_back(items->key());
    }
  }
  return items->status();
}

Status TimeToLiveSweeper::FinishFilling(const std::string& table_name, uint32_t time_to_live_id) {
  Mutex mutex;
  ConditionVariable condition;
  bool done = false;
  Status outcome;
  const auto enable = [time_to_live_id](const TableDescriptor&, TableDescriptor* changed) {
    if (changed->time_to_live.has_value() &&
        changed->time_to_live->time_to_live_id == time_to_live_id) {
      changed->time_to_live->state = TimeToLiveState::kEnabled;
    }
    return Status::Ok();
  };
  catalog_->Update(table_name, enable, false, nullptr, [&](const Result<TablePointer>& result) {
    MutexLock lock(&mutex);
    outcome = result.status();
    done = true;
    condition.NotifyOne();
  });
  MutexLock lock(&mutex);
  while (!done) {
    condition.Wait(&mutex);
  }
  // A table that is deleted meanwhile needs no entries.
  return outcome.code() == StatusCode::kNotFound ||
                 outcome.code() == StatusCode::kFailedPrecondition
             ? Status::Ok()
             : outcome;
}

Status TimeToLiveSweeper::Sweep(const TablePointer& table, int64_t begin_seconds,
                                int64_t now_seconds) {
  ExpiryWatermark* const watermark = table->expiry_watermark();
  begin_seconds = std::max({begin_seconds, now_seconds - kExpiryAgeMaxSeconds, int64_t{0}});
  if (begin_seconds >= now_seconds) {
    return Status::Ok();
  }
  std::string from;
  AppendExpiryStart(table->time_to_live()->time_to_live_id, begin_seconds, &from);
  while (!stopping_.load()) {
    std::vector<Entry> entries;
    Status status = ScanExpired(*table, from, now_seconds, &entries);
    if (status.ok() && entries.empty()) {
      return status;
    }
    if (status.ok()) {
      ExpireMutation expire(table, entries);
      status = Commit(&expire);
      if (status.ok()) {
        deleted_count_.fetch_add(expire.deleted_count(), std::memory_order_relaxed);
        from = entries.back().key + '\0';
        continue;
      }
    }
    // What was not done is left for the next time, under the table's new description if that is the
    // reason.
    watermark->GoBack(entries.empty() ? begin_seconds : entries.front().expiry_seconds);
    return status.code() == StatusCode::kSchemaChanged ||
                   status.code() == StatusCode::kResourceExhausted
               ? Status::Ok()
               : status;
  }
  watermark->GoBack(begin_seconds);
  return Status::Ok();
}

Status TimeToLiveSweeper::ScanExpired(const Table& table, const std::string& from,
                                      int64_t until_seconds, std::vector<Entry>* entries) const {
  std::string to;
  AppendExpiryStart(table.time_to_live()->time_to_live_id, until_seconds, &to);
  engine::ScanRange range;
  range.space = Space::kTimeToLive;
  range.from = from;
  range.to = to;
  const std::unique_ptr<engine::Scanner> scanner = engine_->Scan(range);
  for (; scanner->Valid() && entries->size() < options_.chunk_items_max; scanner->Next()) {
    ExpiryKeyParts parts;
    if (!ParseExpiryKey(scanner->key(), &parts)) {
      return Status(StatusCode::kCorruption, "a stored expiry entry is damaged");
    }
    Entry entry;
    entry.key = scanner->key();
    AppendTablePrefix(table.id(), &entry.item_key);
    entry.item_key.append(parts.item_key_rest);
    entry.expiry_seconds = parts.expiry_seconds;
    entries->push_back(std::move(entry));
  }
  return scanner->status();
}

Status TimeToLiveSweeper::Commit(engine::Mutation* mutation) {
  const uint64_t requests_before = engine_->statistics().requests;
  const int64_t begin_us = SystemClock::Instance()->MonotonicUs();
  RETURN_IF_ERROR(engine_->SubmitAndWait(mutation));
  if (engine_->statistics().requests > requests_before + 1) {
    const int64_t busy_us = SystemClock::Instance()->MonotonicUs() - begin_us;
    WaitFor(std::max<int64_t>(1, busy_us * options_.rest_factor / 1000));
  }
  return Status::Ok();
}

}  // namespace millrace::tables
