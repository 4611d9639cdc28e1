// What the tests of the invoker stand on: functions in memory, logs in memory, Runtime API ports
// without sockets (the test is the process's runtime) and with (real processes call them).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/random.h"
#include "streams/invoke/function_invoker.h"

namespace millrace::streams {

// Thread-safe.
class MemorySource final : public FunctionSource {
 public:
  void Put(RunnableFunction function) {
    const std::string name = function.name;
    const std::string key = name + ":" + function.version;
    {
      MutexLock lock(&mutex_);
      functions_[key] = std::make_shared<const RunnableFunction>(std::move(function));
    }
    Tell(name);
  }
  void Remove(const std::string& name) {
    {
      MutexLock lock(&mutex_);
      std::erase_if(functions_, [&](const auto& entry) { return entry.second->name == name; });
    }
    Tell(name);
  }
  void Reserve(const std::string& name, int64_t count) {
    MutexLock lock(&mutex_);
    reserved_[name] = count;
  }
  void Provision(const std::string& name, int64_t count) {
    {
      MutexLock lock(&mutex_);
      provisioned_ = {{name, "$LATEST", count}};
    }
    Tell(name);
  }
  void FailPrepare() {
    MutexLock lock(&mutex_);
    prepare_fails_ = true;
  }

  RunnableFunctionPointer Resolve(std::string_view name,
                                  std::string_view qualifier) const override {
    MutexLock lock(&mutex_);
    const std::string version(qualifier.empty() ? "$LATEST" : qualifier);
    const auto found = functions_.find(std::string(name) + ":" + version);
    return found == functions_.end() ? nullptr : found->second;
  }
  Result<FunctionFiles> Prepare(const RunnableFunction& function) override {
    MutexLock lock(&mutex_);
    if (prepare_fails_) {
      return Status(StatusCode::kIoError, "the code is not there");
    }
    FunctionFiles files;
    files.task_root = std::string(function.arn);  // the tests keep the folder there
    return files;
  }
  std::optional<int64_t> ReservedConcurrency(std::string_view name) const override {
    MutexLock lock(&mutex_);
    const auto found = reserved_.find(std::string(name));
    return found == reserved_.end() ? std::nullopt : std::optional(found->second);
  }
  int64_t TotalReservedConcurrency() const override {
    MutexLock lock(&mutex_);
    int64_t total = 0;
    for (const auto& [name, count] : reserved_) {
      total += count;
    }
    return total;
  }
  std::vector<ProvisionedFunction> Provisioned() const override {
    MutexLock lock(&mutex_);
    return provisioned_;
  }
  AsynchronousSettings AsynchronousSettingsOf(std::string_view, std::string_view) const override {
    return {};
  }
  void OnChange(std::function<void(const std::string& name)> changed) override {
    MutexLock lock(&mutex_);
    changed_ = std::move(changed);
  }

 private:
  void Tell(const std::string& name) {
    std::function<void(const std::string&)> changed;
    {
      MutexLock lock(&mutex_);
      changed = changed_;
    }
    if (changed != nullptr) {
      changed(name);
    }
  }

  mutable Mutex mutex_;
  std::map<std::string, RunnableFunctionPointer> functions_ GUARDED_BY(mutex_);
  std::map<std::string, int64_t> reserved_ GUARDED_BY(mutex_);
  std::vector<ProvisionedFunction> provisioned_ GUARDED_BY(mutex_);
  bool prepare_fails_ GUARDED_BY(mutex_) = false;
  std::function<void(const std::string&)> changed_ GUARDED_BY(mutex_);
};

// Thread-safe.
class MemoryLogs final : public LogSink {
 public:
  void Append(const std::string&, const std::string&, std::vector<LogLine> lines) override {
    MutexLock lock(&mutex_);
    for (const LogLine& line : lines) {
      text_ += line.text + "\n";
    }
  }
  std::string Text() const {
    MutexLock lock(&mutex_);
    return text_;
  }

 private:
  mutable Mutex mutex_;
  std::string text_ GUARDED_BY(mutex_);
};

// A request to the Runtime API that the test makes.
class TestCall final : public RuntimeCall {
 public:
  TestCall(std::string method, std::string path, std::string body)
      : method_(std::move(method)), path_(std::move(path)), body_(std::move(body)) {}
  std::string_view method() const override { return method_; }
  std::string_view path() const override { return path_; }
  std::string_view header(std::string_view name) const override {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::string_view() : found->second;
  }
  std::string_view body() const override { return body_; }
  bool too_large() const override { return large; }
  void Reply(RuntimeReply reply) override { reply_.set_value(std::move(reply)); }
  void OnGone(std::function<void()> gone) override { gone_ = std::move(gone); }
  // The client goes without an answer. After the invoker has taken the call.
  void Leave() { gone_(); }

  // Waits for the answer.
  RuntimeReply Wait() { return answer_.get(); }

  std::map<std::string, std::string> headers;
  bool large = false;

 private:
  const std::string method_;
  const std::string path_;
  const std::string body_;
  std::function<void()> gone_;
  std::promise<RuntimeReply> reply_;
  std::future<RuntimeReply> answer_ = reply_.get_future();
};

// Ports without sockets. Thread-safe.
class TestPorts final : public RuntimePorts {
 public:
  Result<std::unique_ptr<RuntimePort>> Open(Handler handler) override {
    MutexLock lock(&mutex_);
    handlers_.push_back(std::move(handler));
    opened_.NotifyAll();
    return std::unique_ptr<RuntimePort>(
        std::make_unique<Port>(static_cast<uint16_t>(handlers_.size())));
  }
  size_t count() const {
    MutexLock lock(&mutex_);
    return handlers_.size();
  }
  // Sends a request to the port that was opened as that one, waiting until it is.
  std::shared_ptr<TestCall> Send(size_t port, std::shared_ptr<TestCall> call) {
    Handler handler;
    {
      MutexLock lock(&mutex_);
      while (handlers_.size() <= port) {
        opened_.Wait(&mutex_);
      }
      handler = handlers_[port];
    }
    handler(call);
    return call;
  }
  std::shared_ptr<TestCall> Next(size_t port) {
    return Send(port, std::make_shared<TestCall>("GET", kBase + "invocation/next", ""));
  }
  std::shared_ptr<TestCall> Post(size_t port, const std::string& path, const std::string& body) {
    return Send(port, std::make_shared<TestCall>("POST", kBase + path, body));
  }

 private:
  class Port final : public RuntimePort {
   public:
    explicit Port(uint16_t number) : number_(number) {}
    uint16_t port() const override { return number_; }

   private:
    const uint16_t number_;
  };
  static inline const std::string kBase = "/2018-06-01/runtime/";

  mutable Mutex mutex_;
  ConditionVariable opened_;
  std::vector<Handler> handlers_ GUARDED_BY(mutex_);
};

// Value of a header of an answer.
inline std::string HeaderOf(const RuntimeReply& reply, const std::string& name) {
  for (const auto& [header, value] : reply.headers) {
    if (header == name) {
      return value;
    }
  }
  return {};
}

// An invoker with a folder of its own for everything.
class InvokerTest : public testing::Test {
 protected:
  InvokerTest() {
    std::string name = (std::filesystem::temp_directory_path() / "invoker_test_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.run_directory = folder_ + "/run";
    options_.terminate_ms = 100;
    options_.drain_ms = 500;
    dependencies_.source = &source_;
    dependencies_.logs = &logs_;
    dependencies_.random = &random_;
  }
  ~InvokerTest() override {
    invoker_ = nullptr;
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void StartInvoker(RuntimePorts* ports) {
    dependencies_.ports = ports;
    invoker_ = std::make_unique<FunctionInvoker>(options_, dependencies_);
    ASSERT_TRUE(invoker_->Start().ok());
  }

  RunnableFunction Function(const std::string& name) {
    RunnableFunction function;
    function.name = name;
    function.version = "$LATEST";
    function.revision_id = "revision1";
    function.arn = folder_;
    function.region = "us-east-1";
    function.log_group = "/aws/lambda/" + name;
    return function;
  }
  // One whose process does nothing: the test speaks for it.
  RunnableFunction SleepingFunction(const std::string& name) {
    RunnableFunction function = Function(name);
    function.executor = Executor::kCommand;
    function.command = {"sleep", "1000"};
    return function;
  }
  void WriteFile(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }

  std::future<InvokeResult> Begin(const std::string& name, const std::string& payload = "{}",
                                  const std::string& qualifier = "") {
    InvokeRequest request;
    request.function_name = name;
    request.qualifier = qualifier;
    request.payload = std::make_shared<const std::string>(payload);
    request.wants_log_tail = true;
    return Begin(std::move(request));
  }
  std::future<InvokeResult> Begin(InvokeRequest request) {
    const auto promise = std::make_shared<std::promise<InvokeResult>>();
    invoker_->Invoke(std::move(request),
                     [promise](InvokeResult result) { promise->set_value(std::move(result)); });
    return promise->get_future();
  }
  InvokeResult Run(const std::string& name, const std::string& payload = "{}") {
    return Begin(name, payload).get();
  }
  // The first environment of a function, once all of them have processes.
  EnvironmentView AwaitProcess(const std::string& name) {
    while (true) {
      const std::vector<EnvironmentView> views = invoker_->Environments(name);
      if (!views.empty() &&
          std::all_of(views.begin(), views.end(),
                      [](const EnvironmentView& view) { return view.process_id != 0; })) {
        return views.front();
      }
      std::this_thread::yield();
    }
  }

  std::string folder_;
  MemorySource source_;
  MemoryLogs logs_;
  SystemRandom random_;
  InvokerOptions options_;
  InvokerDependencies dependencies_;
  std::unique_ptr<FunctionInvoker> invoker_;
};

}  // namespace millrace::streams
