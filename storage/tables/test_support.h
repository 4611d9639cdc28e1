// Helpers of the tests of this folder: a table's description, items as text, a write made of a
// function, and calls of the catalog that wait. Used by tests only.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/random.h"
#include "storage/codec/value_writer.h"
#include "storage/engine/test_support.h"
#include "storage/tables/catalog.h"
#include "storage/tables/change_log.h"
#include "storage/tables/item_store.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::tables {

// A table with partition key "p" of type S, and sort key "s" of `sort_type` unless that is kNull.
inline TableDescriptor DescribeTable(const std::string& name,
                                     AttributeType sort_type = AttributeType::kNull) {
  TableDescriptor descriptor;
  descriptor.name = name;
  descriptor.key_schema.partition = {{"p", AttributeType::kString}};
  descriptor.attribute_definitions = descriptor.key_schema.partition;
  if (sort_type != AttributeType::kNull) {
    descriptor.key_schema.sort = {{"s", sort_type}};
    descriptor.attribute_definitions.push_back({"s", sort_type});
  }
  return descriptor;
}

// An encoded value that owns its bytes.
class TestValue {
 public:
  static TestValue String(std::string_view text) {
    TestValue value;
    ValueWriter(&value.bytes_).String(text);
    return value;
  }
  static TestValue Binary(std::string_view bytes) {
    TestValue value;
    ValueWriter(&value.bytes_).Binary(bytes);
    return value;
  }
  static TestValue Number(int64_t number) {
    TestValue value;
    ValueWriter(&value.bytes_).NumberValue(millrace::Number::FromInt64(number));
    return value;
  }
  static TestValue None() { return {}; }
  ValueView view() const {
    return bytes_.empty() ? ValueView()
                          : ValueView::At(bytes_.data(), bytes_.data() + bytes_.size());
  }

 private:
  std::string bytes_;
};

// The encoded item {"p": partition, "s": sort, "v": payload}.
inline std::string EncodeItem(ValueView partition, ValueView sort, std::string_view payload) {
  std::string bytes;
  ItemBuilder builder(&bytes);
  builder.CopyValue("p", partition);
  if (sort.present()) {
    builder.CopyValue("s", sort);
  }
  builder.Attribute("v").String(payload);
  builder.Finish();
  return bytes;
}

// The outcome of one asynchronous step. Thread-safe.
class Outcome {
 public:
  void Set(const Status& status) {
    MutexLock lock(&mutex_);
    status_ = status;
    done_ = true;
    condition_.NotifyAll();
  }
  Status Wait() {
    MutexLock lock(&mutex_);
    while (!done_) {
      condition_.Wait(&mutex_);
    }
    return status_;
  }

 private:
  Mutex mutex_;
  ConditionVariable condition_;
  bool done_ GUARDED_BY(mutex_) = false;
  Status status_ GUARDED_BY(mutex_);
};

// A write of one item whose apply step is a function; completes on the committer thread.
class TestItemMutation final : public ItemMutation {
 public:
  using ApplyFunction = std::function<Status(const ItemView&, ItemChange*, std::string_view*)>;
  TestItemMutation(ApplyFunction apply, TaskQueue* queue = nullptr)
      : apply_(std::move(apply)), queue_(queue) {}

  size_t weight_bytes() const override { return 1000; }
  TaskQueue* completion_queue() override { return queue_; }
  Status Apply(const ItemView& old_item, ItemChange* change, std::string_view* bytes) override {
    return apply_(old_item, change, bytes);
  }
  void Done(const Status& status) override { outcome_.Set(status); }
  Status Wait() { return outcome_.Wait(); }

 private:
  ApplyFunction apply_;
  TaskQueue* queue_;
  Outcome outcome_;
};

// Puts one item and waits.
inline Status PutItem(ItemStore* store, const TablePointer& table, ValueView partition,
                      ValueView sort, std::string_view payload) {
  const std::string item = EncodeItem(partition, sort, payload);
  TestItemMutation mutation([&](const ItemView&, ItemChange* change, std::string_view* bytes) {
    *change = ItemChange::kPut;
    *bytes = item;
    return Status::Ok();
  });
  mutation.Prepare(table, store->hash_seed(), partition, sort);
  RETURN_IF_ERROR(store->Submit(&mutation));
  return mutation.Wait();
}

// Deletes one item and waits.
inline Status DeleteItem(ItemStore* store, const TablePointer& table, ValueView partition,
                         ValueView sort) {
  TestItemMutation mutation([&](const ItemView&, ItemChange* change, std::string_view*) {
    *change = ItemChange::kDelete;
    return Status::Ok();
  });
  mutation.Prepare(table, store->hash_seed(), partition, sort);
  RETURN_IF_ERROR(store->Submit(&mutation));
  return mutation.Wait();
}

// The calls of the catalog, waiting for their callbacks.
class SyncCatalog {
 public:
  explicit SyncCatalog(Catalog* catalog) : catalog_(catalog) {}

  Result<TablePointer> Create(TableDescriptor descriptor) {
    return Call([&](ChangeCallback done) {
      catalog_->Create(std::move(descriptor), nullptr, std::move(done));
    });
  }
  Result<TablePointer> Update(std::string_view name, DescriptorEdit edit, bool to_updating) {
    return Call([&](ChangeCallback done) {
      catalog_->Update(name, std::move(edit), to_updating, nullptr, std::move(done));
    });
  }
  Result<TablePointer> Delete(std::string_view name, DescriptorEdit check = nullptr) {
    return Call([&](ChangeCallback done) {
      catalog_->Delete(name, std::move(check), nullptr, std::move(done));
    });
  }

 private:
  Result<TablePointer> Call(const std::function<void(ChangeCallback)>& call) {
    Outcome outcome;
    TablePointer table;
    call([&](const Result<TablePointer>& result) {
      if (result.ok()) {
        table = result.value();
      }
      outcome.Set(result.status());
    });
    RETURN_IF_ERROR(outcome.Wait());
    return table;
  }

  Catalog* const catalog_;
};

// An engine in a folder of its own with a catalog and an item store over it, to be closed and
// opened again.
class TestStore {
 public:
  explicit TestStore(int64_t transition_ms = 0) { catalog_options_.transition_ms = transition_ms; }
  ~TestStore() { Close(); }

  Status Open() {
    Close();
    engine::Options options;
    options.data_dir = directory_.path();
    options.durability = engine::Durability::kNone;  // nothing here cuts the power
    options.clock = &clock_;
    options.random = &hash_random_;
    ASSIGN_OR_RETURN(engine_, engine::Engine::Open(options));
    streams_ = std::make_unique<StreamCatalog>();
    RETURN_IF_ERROR(streams_->Load(*engine_));
    change_log_ = std::make_unique<ChangeLog>(engine_.get(), streams_.get());
    engine_->ObserveLog(change_log_.get());
    catalog_ = std::make_unique<Catalog>(engine_.get(), streams_.get(), &clock_, &random_,
                                         catalog_options_);
    items_ = std::make_unique<ItemStore>(engine_.get());
    RETURN_IF_ERROR(catalog_->Load());
    engine_->Start();
    return Status::Ok();
  }
  void Close() {
    if (engine_ != nullptr) {
      engine_->Stop();
    }
    items_.reset();
    catalog_.reset();
    engine_.reset();
    change_log_.reset();
    streams_.reset();
  }

  const std::string& path() const { return directory_.path(); }
  ManualClock& clock() { return clock_; }
  engine::Engine* engine() { return engine_.get(); }
  Catalog* catalog() { return catalog_.get(); }
  StreamCatalog* streams() { return streams_.get(); }
  ChangeLog* change_log() { return change_log_.get(); }
  ItemStore* items() { return items_.get(); }
  SyncCatalog calls() { return SyncCatalog(catalog_.get()); }

 private:
  engine::TemporaryDirectory directory_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  // Which keys share a shard or a lane must not be another matter in every run.
  SeededRandom hash_random_{1};
  CatalogOptions catalog_options_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<StreamCatalog> streams_;
  std::unique_ptr<ChangeLog> change_log_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<ItemStore> items_;
};

}  // namespace millrace::tables
