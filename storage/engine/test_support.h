// Helpers of the tests of this folder and of storage/tables: a folder of one's own, a queue that
// runs tasks when told to, and a mutation made of functions. Used by tests only.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/check.h"
#include "storage/base/mutex.h"
#include "storage/base/task.h"
#include "storage/engine/engine.h"

namespace millrace::engine {

// A new folder that goes away with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "millrace_test_XXXXXX").string();
    CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A task queue whose tasks run on the thread that asks for it. Thread-safe.
class ManualQueue final : public TaskQueue {
 public:
  void Post(TaskList* tasks) override {
    MutexLock lock(&mutex_);
    tasks_.Splice(tasks);
    ++post_count_;
    condition_.NotifyAll();
  }
  // Runs tasks, waiting for them, until `count` have run.
  void RunTasks(size_t count) {
    for (size_t done = 0; done < count; ++done) {
      Task* task = nullptr;
      {
        MutexLock lock(&mutex_);
        while (tasks_.empty()) {
          condition_.Wait(&mutex_);
        }
        task = tasks_.PopFront();
      }
      task->Run();
    }
  }
  int post_count() {
    MutexLock lock(&mutex_);
    return post_count_;
  }

 private:
  Mutex mutex_;
  ConditionVariable condition_;
  TaskList tasks_ GUARDED_BY(mutex_);
  int post_count_ GUARDED_BY(mutex_) = 0;
};

// A mutation of any number of keys. Must outlive its completion.
class TestMutation : public Mutation {
 public:
  using PlanFunction = std::function<Status(std::span<const PinnedValue>, WriteSet*)>;

  TestMutation(std::vector<std::string> keys, PlanFunction plan, TaskQueue* queue = nullptr,
               Space space = Space::kItems)
      : key_bytes_(std::move(keys)), plan_(std::move(plan)), queue_(queue) {
    for (const std::string& key : key_bytes_) {
      keys_.push_back({space, key});
    }
  }
  std::span<const MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return weight_; }
  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) override {
    Status status = plan_(current, writes);
    sequence_ = writes->sequence();
    return status;
  }
  TaskQueue* completion_queue() override { return queue_; }
  void Complete(const Status& status) override {
    status_ = status;
    completed_ = true;
    if (on_complete_ != nullptr) {
      on_complete_();
    }
  }

  void set_weight(size_t weight) { weight_ = weight; }
  void set_on_complete(std::function<void()> on_complete) { on_complete_ = std::move(on_complete); }
  bool completed() const { return completed_; }
  const Status& status() const { return status_; }
  uint64_t sequence() const { return sequence_; }

 private:
  std::vector<std::string> key_bytes_;
  std::vector<MutationKey> keys_;
  PlanFunction plan_;
  TaskQueue* queue_;
  size_t weight_ = 100;
  std::function<void()> on_complete_;
  bool completed_ = false;
  Status status_;
  uint64_t sequence_ = 0;
};

// A mutation that writes one key without looking.
inline TestMutation PutMutation(const std::string& key, const std::string& value,
                                TaskQueue* queue = nullptr, Space space = Space::kItems) {
  return TestMutation(
      {},
      [key, value, space](std::span<const PinnedValue>, WriteSet* writes) {
        writes->Put(space, key, value);
        return Status::Ok();
      },
      queue);
}

}  // namespace millrace::engine
