// Order, ticks, wake-ups and the end of a task thread.
#include "storage/base/task_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace millrace {
namespace {

class Call final : public Task {
 public:
  explicit Call(std::function<void()> call) : call_(std::move(call)) {}
  void Run() override { call_(); }

 private:
  std::function<void()> call_;
};

TEST(TaskThread, RunsTasksInOrderOnOneThread) {
  TaskThread thread([] { return TaskThread::kNever; });
  std::vector<int> order;
  std::vector<std::unique_ptr<Call>> calls;
  for (int index = 0; index < 100; ++index) {
    calls.push_back(std::make_unique<Call>([&order, index] { order.push_back(index); }));
  }
  thread.Start();
  for (const auto& call : calls) {
    thread.PostOne(call.get());
  }
  thread.Stop();
  ASSERT_EQ(order.size(), 100u);
  for (int index = 0; index < 100; ++index) {
    EXPECT_EQ(order[index], index);
  }
}

TEST(TaskThread, TicksWhenItsTimeIsOverAndWhenWoken) {
  std::atomic<int> ticks{0};
  std::promise<void> third;
  TaskThread soon([&] {
    if (++ticks == 3) {
      third.set_value();
    }
    return ticks < 3 ? 1 : TaskThread::kNever;
  });
  soon.Start();
  third.get_future().wait();
  soon.Stop();

  std::atomic<int> woken_ticks{0};
  std::promise<void> first;
  std::promise<void> second;
  TaskThread never([&] {
    const int tick = ++woken_ticks;
    if (tick <= 2) {
      (tick == 1 ? first : second).set_value();
    }
    return TaskThread::kNever;
  });
  never.Start();
  first.get_future().wait();
  never.Wake();
  second.get_future().wait();
  never.Stop();
}

TEST(TaskThread, NothingPostedIsLostAtTheEnd) {
  TaskThread thread([] { return TaskThread::kNever; });
  int runs = 0;
  Call before([&] { ++runs; });
  Call after([&] { ++runs; });
  thread.PostOne(&before);  // never started
  thread.Stop();
  EXPECT_EQ(runs, 1);
  thread.PostOne(&after);
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace millrace
