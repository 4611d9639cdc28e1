// The pool: everything accepted runs once, the bound holds, Stop drains. Also tasks and their
// lists.
#include "storage/base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

#include "storage/base/task.h"

namespace millrace {
namespace {

class FunctionTask final : public Task {
 public:
  explicit FunctionTask(std::function<void()> function) : function_(std::move(function)) {}
  void Run() override { function_(); }

 private:
  std::function<void()> function_;
};

TEST(TaskListTest, KeepsOrderThroughPushPopAndSplice) {
  FunctionTask a([] {}), b([] {}), c([] {});
  TaskList first, second, empty;
  EXPECT_EQ(first.PopFront(), nullptr);
  first.PushBack(&a);
  second.PushBack(&b);
  second.PushBack(&c);
  first.Splice(&empty);
  first.Splice(&second);
  EXPECT_TRUE(second.empty());
  EXPECT_EQ(first.PopFront(), &a);
  EXPECT_EQ(first.PopFront(), &b);
  second.Splice(&first);
  first.PushBack(&a);
  EXPECT_EQ(second.PopFront(), &c);
  EXPECT_TRUE(second.empty());
  EXPECT_EQ(first.PopFront(), &a);
}

TEST(WorkerPoolTest, RunsEverythingThatManyThreadsPost) {
  std::atomic<int> ran = 0;
  std::vector<std::unique_ptr<FunctionTask>> tasks;
  for (int i = 0; i < 400; ++i) {
    tasks.push_back(std::make_unique<FunctionTask>([&ran] { ++ran; }));
  }
  WorkerPool pool(3, tasks.size());
  pool.Start();
  std::vector<std::thread> posters;
  for (int poster = 0; poster < 4; ++poster) {
    posters.emplace_back([&, poster] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(pool.TryPost(tasks[poster * 100 + i].get()));
      }
    });
  }
  for (std::thread& poster : posters) {
    poster.join();
  }
  pool.Stop();
  EXPECT_EQ(ran, 400);
}

TEST(WorkerPoolTest, RefusesBeyondTheBound) {
  std::latch started(1);
  std::latch release(1);
  FunctionTask blocker([&] {
    started.count_down();
    release.wait();
  });
  int ran = 0;
  FunctionTask first([&ran] { ++ran; });
  FunctionTask second([&ran] { ++ran; });
  FunctionTask refused([&ran] { ran += 100; });
  WorkerPool pool(1, 2);
  pool.Start();
  EXPECT_TRUE(pool.TryPost(&blocker));
  // A running task does not count, so both places are free once the blocker runs.
  started.wait();
  EXPECT_TRUE(pool.TryPost(&first));
  EXPECT_TRUE(pool.TryPost(&second));
  EXPECT_FALSE(pool.TryPost(&refused));
  release.count_down();
  pool.Stop();
  EXPECT_EQ(ran, 2);
}

TEST(WorkerPoolTest, StopDrainsAndThenRefuses) {
  int ran = 0;
  FunctionTask task([&ran] { ++ran; });
  FunctionTask late([&ran] { ran += 100; });
  WorkerPool never_started(2, 10);
  EXPECT_TRUE(never_started.TryPost(&task));
  never_started.Stop();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(never_started.TryPost(&late));
  never_started.Stop();
  never_started.Start();
  EXPECT_EQ(ran, 1);
}

TEST(WorkerPoolTest, TasksMayPostAndDestroyThemselves) {
  std::atomic<int> ran = 0;
  WorkerPool pool(2, 10);
  std::latch done(1);
  FunctionTask last([&] {
    ++ran;
    done.count_down();
  });
  class SelfDestroying final : public Task {
   public:
    explicit SelfDestroying(std::function<void()> then) : then_(std::move(then)) {}
    void Run() override {
      const std::function<void()> then = std::move(then_);
      delete this;
      then();
    }

   private:
    std::function<void()> then_;
  };
  auto* task = new SelfDestroying([&] {
    ++ran;
    EXPECT_TRUE(pool.TryPost(&last));
  });
  pool.Start();
  ASSERT_TRUE(pool.TryPost(task));
  done.wait();
  pool.Stop();
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace millrace
