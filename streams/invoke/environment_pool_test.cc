// Which environment gets an event, limits, retirement, provisioned environments, stopping.
#include "streams/invoke/environment_pool.h"

#include <signal.h>
#include <unistd.h>

#include "streams/invoke/test_support.h"

namespace millrace::streams {
namespace {

class EnvironmentPoolTest : public InvokerTest {
 protected:
  EnvironmentPoolTest() { source_.Put(SleepingFunction("f")); }
  void StartIt() { StartInvoker(&ports_); }

  static std::string IdOf(const RuntimeReply& next) {
    return HeaderOf(next, "Lambda-Runtime-Aws-Request-Id");
  }
  void Answer(size_t port, const std::string& id) {
    ports_.Post(port, "invocation/" + id + "/response", std::to_string(port))->Wait();
  }
  // Runs one invocation, which must go to that port, and leaves the environment idle.
  std::shared_ptr<TestCall> RunAt(size_t port, const std::string& name) {
    std::future<InvokeResult> result = Begin(name);
    Answer(port, IdOf(ports_.Next(port)->Wait()));
    EXPECT_EQ(result.get().payload, std::to_string(port));
    return ports_.Next(port);
  }
  // Waits until a function has that many environments.
  void AwaitEnvironments(const std::string& name, size_t count) {
    while (invoker_->Environments(name).size() != count) {
      usleep(1000);
    }
  }

  TestPorts ports_;
};

TEST_F(EnvironmentPoolTest, UnknownAndUnreadyFunctions) {
  RunnableFunction function = SleepingFunction("pending");
  function.ready = false;
  source_.Put(function);
  StartIt();
  EXPECT_EQ(Run("nobody").outcome, InvokeOutcome::kFunctionNotFound);
  EXPECT_EQ(Begin("f", "{}", "7").get().outcome, InvokeOutcome::kFunctionNotFound);
  EXPECT_EQ(Run("pending").outcome, InvokeOutcome::kNotReady);
  EXPECT_EQ(ports_.count(), 0u);
}

TEST_F(EnvironmentPoolTest, ReservedConcurrency) {
  source_.Reserve("f", 1);
  source_.Put(SleepingFunction("none"));
  source_.Reserve("none", 0);
  StartIt();
  std::future<InvokeResult> running = Begin("f");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  const InvokeResult refused = Run("f");
  EXPECT_EQ(refused.outcome, InvokeOutcome::kThrottled);
  EXPECT_EQ(refused.throttle_reason, "ReservedFunctionConcurrentInvocationLimitExceeded");
  EXPECT_EQ(Run("none").outcome, InvokeOutcome::kThrottled);
  Answer(0, id);
  running.get();
  RunAt(0, "f");
  const InvokeStatistics statistics = invoker_->Statistics();
  ASSERT_EQ(statistics.functions.size(), 2u);
  EXPECT_EQ(statistics.functions[0].invocations, 2);
  EXPECT_EQ(statistics.functions[0].throttles, 1);
  EXPECT_EQ(statistics.functions[0].duration.count, 2);
  EXPECT_EQ(statistics.functions[1].throttles, 1);
  EXPECT_EQ(statistics.running, 0);
}

TEST_F(EnvironmentPoolTest, TheRestIsShared) {
  options_.account_concurrency = 3;
  source_.Put(SleepingFunction("g"));
  source_.Put(SleepingFunction("reserved"));
  source_.Reserve("reserved", 2);
  StartIt();
  std::future<InvokeResult> running = Begin("f");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  const InvokeResult refused = Run("g");
  EXPECT_EQ(refused.outcome, InvokeOutcome::kThrottled);
  EXPECT_EQ(refused.throttle_reason, "ConcurrentInvocationLimitExceeded");
  RunAt(1, "reserved");
  Answer(0, id);
  running.get();
}

TEST_F(EnvironmentPoolTest, WaitingForAPlaceOnTheMachine) {
  options_.running_max = 1;
  options_.queue_wait_ms = 60'000;
  StartIt();
  std::future<InvokeResult> first = Begin("f");
  const std::string first_id = IdOf(ports_.Next(0)->Wait());
  std::future<InvokeResult> second = Begin("f");
  while (invoker_->Statistics().waiting != 1) {
    usleep(1000);
  }
  Answer(0, first_id);
  first.get();
  Answer(0, IdOf(ports_.Next(0)->Wait()));
  EXPECT_EQ(second.get().payload, "0");
  EXPECT_EQ(invoker_->Statistics().waiting, 0);
}

TEST_F(EnvironmentPoolTest, WaitingEnds) {
  options_.running_max = 1;
  options_.queue_wait_ms = 30;
  options_.waiting_bytes_max = 1000;
  StartIt();
  std::future<InvokeResult> first = Begin("f");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  std::future<InvokeResult> large = Begin("f", std::string(2000, '1'));
  EXPECT_EQ(large.get().outcome, InvokeOutcome::kThrottled);
  EXPECT_EQ(Run("f").outcome, InvokeOutcome::kThrottled);
  Answer(0, id);
  first.get();
}

TEST_F(EnvironmentPoolTest, TheMostRecentlyUsedIsTaken) {
  StartIt();
  std::future<InvokeResult> first = Begin("f");
  const std::string first_id = IdOf(ports_.Next(0)->Wait());
  std::future<InvokeResult> second = Begin("f");
  const std::string second_id = IdOf(ports_.Next(1)->Wait());
  Answer(0, first_id);
  const std::shared_ptr<TestCall> idle = ports_.Next(0);
  Answer(1, second_id);
  const std::shared_ptr<TestCall> recent = ports_.Next(1);
  first.get();
  second.get();
  std::future<InvokeResult> third = Begin("f");
  Answer(1, IdOf(recent->Wait()));
  EXPECT_EQ(third.get().payload, "1");
}

TEST_F(EnvironmentPoolTest, AnEventGoesElsewhereWhenAProcessDoesNotReturn) {
  StartIt();
  std::future<InvokeResult> first = Begin("f");
  Answer(0, IdOf(ports_.Next(0)->Wait()));
  first.get();
  // It never asks for the next event.
  std::future<InvokeResult> second = Begin("f");
  Answer(1, IdOf(ports_.Next(1)->Wait()));
  EXPECT_EQ(second.get().payload, "1");
}

TEST_F(EnvironmentPoolTest, IdleEnvironmentsMakeRoom) {
  options_.environments_max = 1;
  source_.Put(SleepingFunction("g"));
  StartIt();
  RunAt(0, "f");
  RunAt(1, "g");
  AwaitEnvironments("f", 0);
  EXPECT_EQ(invoker_->Environments("g").size(), 1u);
  // A busy one does not.
  std::future<InvokeResult> busy = Begin("g");
  while (invoker_->Environments("g")[0].state != "busy") {
    usleep(1000);
  }
  EXPECT_EQ(Run("f").outcome, InvokeOutcome::kThrottled);
}

TEST_F(EnvironmentPoolTest, IdleTimeout) {
  options_.idle_timeout_ms = 30;
  StartIt();
  RunAt(0, "f");
  AwaitEnvironments("f", 0);
  RunAt(1, "f");
}

TEST_F(EnvironmentPoolTest, ProcessesThatDoNotReturnEndLikeIdleOnes) {
  options_.idle_timeout_ms = 500;
  StartIt();
  std::future<InvokeResult> first = Begin("f");
  Answer(0, IdOf(ports_.Next(0)->Wait()));
  first.get();
  std::future<InvokeResult> second = Begin("f");
  Answer(1, IdOf(ports_.Next(1)->Wait()));
  second.get();
  AwaitEnvironments("f", 0);
}

TEST_F(EnvironmentPoolTest, ProcessesThatDoNotReturnMakeRoom) {
  options_.environments_max = 2;
  source_.Put(SleepingFunction("g"));
  source_.Put(SleepingFunction("h"));
  StartIt();
  std::future<InvokeResult> first = Begin("f");
  Answer(0, IdOf(ports_.Next(0)->Wait()));
  first.get();
  // The process at the port 0 is not heard of again.
  RunAt(1, "f");
  RunAt(2, "g");
  RunAt(3, "h");
}

TEST_F(EnvironmentPoolTest, ChangesRetireEnvironments) {
  StartIt();
  RunAt(0, "f");
  RunnableFunction changed = SleepingFunction("f");
  changed.revision_id = "revision2";
  source_.Put(changed);
  AwaitEnvironments("f", 0);
  // A running one finishes.
  std::future<InvokeResult> running = Begin("f");
  const std::string id = IdOf(ports_.Next(1)->Wait());
  changed.revision_id = "revision3";
  source_.Put(changed);
  std::future<InvokeResult> other = Begin("f");
  const std::string other_id = IdOf(ports_.Next(2)->Wait());
  Answer(1, id);
  EXPECT_EQ(running.get().payload, "1");
  Answer(2, other_id);
  EXPECT_EQ(other.get().payload, "2");
  source_.Remove("f");
  AwaitEnvironments("f", 0);
  EXPECT_EQ(Run("f").outcome, InvokeOutcome::kFunctionNotFound);
}

TEST_F(EnvironmentPoolTest, Recycle) {
  StartIt();
  RunAt(0, "f");
  EXPECT_EQ(invoker_->Recycle("f"), 1);
  EXPECT_EQ(invoker_->Recycle("nobody"), 0);
  AwaitEnvironments("f", 0);
  RunAt(1, "f");
}

TEST_F(EnvironmentPoolTest, ProvisionedEnvironmentsAreKept) {
  options_.idle_timeout_ms = 20;
  source_.Provision("f", 2);
  StartIt();
  const std::shared_ptr<TestCall> first = ports_.Next(0);
  const std::shared_ptr<TestCall> second = ports_.Next(1);
  AwaitEnvironments("f", 2);
  EXPECT_TRUE(invoker_->Environments("f")[0].provisioned);
  // One that ends is replaced.
  kill(static_cast<pid_t>(AwaitProcess("f").process_id), SIGKILL);
  const std::shared_ptr<TestCall> third = ports_.Next(2);
  EXPECT_GE(ports_.count(), 3u);
  source_.Provision("f", 0);
  source_.Remove("f");
  AwaitEnvironments("f", 0);
}

TEST_F(EnvironmentPoolTest, StopWaitsForWhatRuns) {
  StartIt();
  RunAt(0, "f");
  std::future<InvokeResult> running = Begin("f");
  std::future<InvokeResult> other = Begin("f");
  const std::string other_id = IdOf(ports_.Next(1)->Wait());
  AwaitProcess("f");
  const std::vector<EnvironmentView> views = invoker_->Environments("f");
  std::thread stopper([this] { invoker_->Stop(); });
  while (Run("nobody").outcome != InvokeOutcome::kShuttingDown) {
  }
  Answer(1, other_id);
  EXPECT_EQ(other.get().outcome, InvokeOutcome::kSucceeded);
  EXPECT_EQ(running.get().outcome, InvokeOutcome::kShuttingDown);
  stopper.join();
  ASSERT_EQ(views.size(), 2u);
  for (const EnvironmentView& view : views) {
    EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(view.process_id) + "/exe"));
  }
  EXPECT_FALSE(std::filesystem::exists(options_.run_directory));
  EXPECT_EQ(Run("f").outcome, InvokeOutcome::kShuttingDown);
}

TEST_F(EnvironmentPoolTest, AttachedProcesses) {
  RunnableFunction function = SleepingFunction("attached");
  function.executor = Executor::kAttach;
  source_.Put(function);
  StartIt();
  EXPECT_EQ(Run("attached").outcome, InvokeOutcome::kThrottled);
  EXPECT_EQ(invoker_->Attach("nobody").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(invoker_->Attach("f").status().code(), StatusCode::kFailedPrecondition);
  const Result<AttachView> view = invoker_->Attach("attached");
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view.value().runtime_api, "127.0.0.1:1");
  EXPECT_EQ(invoker_->Attach("attached")->runtime_api, "127.0.0.1:1");
  // Events wait for a process; several may be there.
  std::future<InvokeResult> first = Begin("attached", "1");
  std::future<InvokeResult> second = Begin("attached", "2");
  const RuntimeReply first_event = ports_.Next(0)->Wait();
  const RuntimeReply second_event = ports_.Next(0)->Wait();
  EXPECT_EQ(first_event.body, "1");
  EXPECT_EQ(second_event.body, "2");
  Answer(0, IdOf(second_event));
  EXPECT_EQ(second.get().outcome, InvokeOutcome::kSucceeded);
  Answer(0, IdOf(first_event));
  EXPECT_EQ(first.get().outcome, InvokeOutcome::kSucceeded);
  // One that goes while it waits gets no event.
  const std::shared_ptr<TestCall> gone = ports_.Next(0);
  EXPECT_TRUE(invoker_->Environments("attached").empty());  // the loop has taken the call
  gone->Leave();
  std::future<InvokeResult> third = Begin("attached", "3");
  Answer(0, IdOf(ports_.Next(0)->Wait()));
  EXPECT_EQ(third.get().outcome, InvokeOutcome::kSucceeded);
}

TEST_F(EnvironmentPoolTest, AttachedProcessesAreWaitedForInVain) {
  RunnableFunction function = SleepingFunction("attached");
  function.executor = Executor::kAttach;
  function.timeout_ms = 30;
  source_.Put(function);
  StartIt();
  ASSERT_TRUE(invoker_->Attach("attached").ok());
  const InvokeResult nobody = Run("attached");
  EXPECT_EQ(nobody.outcome, InvokeOutcome::kThrottled);
  // One that is too slow finds that its answer is not wanted any more.
  std::future<InvokeResult> slow = Begin("attached");
  const std::string id = IdOf(ports_.Next(0)->Wait());
  const InvokeResult late = slow.get();
  EXPECT_EQ(late.outcome, InvokeOutcome::kFunctionError);
  EXPECT_NE(late.payload.find("Task timed out after 0.03 seconds"), std::string::npos);
  EXPECT_EQ(ports_.Post(0, "invocation/" + id + "/response", "1")->Wait().status, 400);
  source_.Remove("attached");
  EXPECT_EQ(Run("attached").outcome, InvokeOutcome::kFunctionNotFound);
}

}  // namespace
}  // namespace millrace::streams
