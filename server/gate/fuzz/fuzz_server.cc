// Wiring and waiting.
#include "server/gate/fuzz/fuzz_server.h"

#include <cstdio>
#include <span>
#include <utility>

#include "api/functions/operation_list.h"
#include "api/logs/log_operations.h"
#include "api/operations/operations.h"
#include "api/queues/queue_operations.h"
#include "storage/tables/verify.h"

namespace millrace::server {
namespace {

constexpr int64_t kPatienceMs = 20;
// A long poll takes 20 seconds of the clock.
constexpr int64_t kClockStepMs = 5000;
constexpr int kClockStepsMax = 500;

// Members whose values are remembered.
constexpr std::string_view kRemembered[] = {"LatestStreamArn",
                                            "StreamArn",
                                            "ShardId",
                                            "ShardIterator",
                                            "NextShardIterator",
                                            "ReceiptHandle",
                                            "NextToken",
                                            "nextToken",
                                            "NextMarker",
                                            "nextForwardToken",
                                            "UUID",
                                            "FunctionArn",
                                            "QueueUrl",
                                            "RevisionId",
                                            "ExclusiveStartKey",
                                            "LayerVersionArn",
                                            "QueueArn",
                                            "MessageId",
                                            "SequenceNumber"};
constexpr std::string_view kLastKey = "\"LastEvaluatedKey\":";

}  // namespace

class FuzzServer::FuzzExchange final : public Exchange {
 public:
  using Exchange::Exchange;
  bool ReserveBytes(size_t) override { return true; }
  void Send() override {
    CHECK(!sent);
    sent = true;
  }
  bool sent = false;
};

void FuzzServer::HomeQueue::Post(TaskList* tasks) {
  MutexLock lock(&mutex_);
  tasks_.Splice(tasks);
  condition_.NotifyAll();
}

Task* FuzzServer::HomeQueue::Take() {
  MutexLock lock(&mutex_);
  if (tasks_.empty()) {
    condition_.WaitFor(&mutex_, kPatienceMs);
  }
  return tasks_.PopFront();
}

uint64_t FuzzServer::LockedRandom::Next64() {
  MutexLock lock(&mutex_);
  return random_.Next64();
}

void FuzzServer::EchoInvoker::Invoke(streams::InvokeRequest request,
                                     std::function<void(streams::InvokeResult)> done) {
  streams::InvokeResult result;
  const bool fails = request.payload->find("fail") != std::string::npos;
  result.outcome =
      fails ? streams::InvokeOutcome::kFunctionError : streams::InvokeOutcome::kSucceeded;
  result.payload = fails ? R"({"errorMessage":"no"})" : *request.payload;
  result.executed_version = "$LATEST";
  result.request_id = "request";
  result.log_tail = request.wants_log_tail ? request.client_context : "";
  done(std::move(result));
}

void FuzzServer::DroppingInvoker::Enqueue(
    streams::AsynchronousEvent, TaskQueue*,
    std::function<void(Result<std::string> request_id)> done) {
  done(std::string("request"));
}

FuzzServer::FuzzServer() {
  OpenStorage();
  OpenStreams();
  services_.catalog = catalog_.get();
  services_.items = items_.get();
  services_.streams = streams_.get();
  services_.change_log = change_log_.get();
  services_.workers = &workers_;
  services_.clock = &clock_;
  services_.random = &random_;
  services_.queues = queues_.get();
  services_.logs = logs_.get();
  services_.functions = functions_.get();
  services_.code_links = links_.get();
  services_.invoker = &invoker_;
  services_.asynchronous = &asynchronous_;
  services_.mappings = mappings_.get();
  services_.riders = mappings_->riders();
  for (const std::span<const api::Operation> list :
       {api::AllOperations(), api::QueueOperations(), api::LogOperations()}) {
    operations_.insert(operations_.end(), list.begin(), list.end());
  }
  std::vector<api::RestOperation> rest;
  for (const std::span<const api::RestOperation> list :
       {api::FunctionOperations(), api::InvocationOperations()}) {
    rest.insert(rest.end(), list.begin(), list.end());
  }
  dispatcher_ = std::make_unique<api::Dispatcher>(services_, operations_);
  rest_ = std::make_unique<api::RestDispatcher>(services_, std::move(rest));
  gate_ = std::make_unique<Gate>(dispatcher_.get(), &authenticator_, "us-east-1",
                                 std::vector<Route>(), rest_.get());
  thread_state_ = std::make_unique<ThreadState>(&clock_, &random_);
  exchange_ = std::make_unique<FuzzExchange>(thread_state_.get());
}

void FuzzServer::OpenStorage() {
  engine::Options options;
  options.in_memory = true;
  options.durability = engine::Durability::kNone;
  options.clock = &clock_;
  options.random = &random_;
  options.block_cache_bytes = 1 << 20;
  options.item_cache_bytes = 1 << 20;
  options.write_buffer_bytes = 1 << 20;
  auto opened = engine::Engine::Open(options);
  CHECK(opened.ok());
  engine_ = std::move(opened).value();
  streams_ = std::make_unique<tables::StreamCatalog>();
  CHECK(streams_->Load(*engine_).ok());
  change_log_ = std::make_unique<tables::ChangeLog>(engine_.get(), streams_.get());
  engine_->ObserveLog(change_log_.get());
  engine_->Start();
  catalog_ = std::make_unique<tables::Catalog>(engine_.get(), streams_.get(), &clock_, &random_,
                                               tables::CatalogOptions{0});
  CHECK(catalog_->Load().ok());
  backfill_ = std::make_unique<tables::IndexBackfill>(engine_.get(), catalog_.get(),
                                                      tables::IndexBackfillOptions());
  items_ = std::make_unique<tables::ItemStore>(engine_.get());
  backfill_->Start();
  workers_.Start();
}

void FuzzServer::OpenStreams() {
  queues_ = std::make_unique<streams::QueueStore>(engine_.get(), &clock_, &random_,
                                                  streams::QueueStoreOptions());
  CHECK(queues_->Load().ok());
  queues_->Start();
  logs_ = std::make_unique<streams::LogStore>(engine_.get(), &clock_, streams::LogStoreOptions());
  logs_->Start();
  streams::FunctionCatalogOptions options;
  options.code_dir = code_.path() + "/code";
  functions_ =
      std::make_unique<streams::FunctionCatalog>(engine_.get(), &clock_, &random_, options);
  CHECK(functions_->Load().ok());
  functions_->Start();
  streams::MappingEngineParts parts;
  parts.engine = engine_.get();
  parts.streams = streams_.get();
  parts.log = change_log_.get();
  parts.invoker = &invoker_;
  parts.queues = queues_.get();
  parts.clock = &clock_;
  parts.random = &random_;
  mappings_ = std::make_unique<streams::MappingEngine>(parts);
  CHECK(mappings_->Load().ok());
  mappings_->Start();
  links_ = std::make_unique<api::CodeLinks>(&clock_, &random_);
}

FuzzServer::~FuzzServer() {
  queues_->EndWaits();
  mappings_->Stop();
  functions_->Stop();
  queues_->Stop();
  logs_->Stop();
  backfill_->Stop();
  workers_.Stop();
  engine_->Stop();
}

void FuzzServer::Verify() {
  tables::VerifyReport report;
  CHECK(tables::VerifyDatabase(*engine_, &report).ok());
  CHECK(report.problem_count == 0);
}

FuzzAnswer FuzzServer::Ask(const FuzzRequest& request) {
  FuzzExchange* const exchange = exchange_.get();
  exchange->BeginRequest();
  exchange->sent = false;
  exchange->home = &home_;
  const size_t bar = request.line.find('|');
  const std::string_view line = request.line.substr(0, bar);
  std::string target;
  RequestHead& head = exchange->head;
  const size_t space = line.find(' ');
  if (space != std::string_view::npos) {
    head.SetRequestLine(line.substr(0, space), line.substr(space + 1), 1);
    CHECK(head.AddField("X-Amz-Log-Type", "Tail"));
    if (bar != std::string_view::npos) {
      CHECK(head.AddField("X-Amz-Invocation-Type", request.line.substr(bar + 1)));
    }
  } else if (line == "form") {
    head.SetRequestLine("POST", "/", 1);
    CHECK(head.AddField("Content-Type", "application/x-www-form-urlencoded"));
  } else {
    head.SetRequestLine("POST", "/", 1);
    target = line.find('.') == std::string_view::npos ? "DynamoDB_20120810." : "";
    target.append(line);
    CHECK(head.AddField("X-Amz-Target", target));
    const bool of_logs = target.starts_with("Logs_");
    CHECK(head.AddField("Content-Type",
                        of_logs ? "application/x-amz-json-1.1" : "application/x-amz-json-1.0"));
  }
  CHECK(head.AddField("Host", "localhost:8000"));
  exchange->request_body.Append(request.body);
  gate_->Handle(exchange);
  Wait(request, exchange);
  return {exchange->http_status, std::string(exchange->content_type), exchange->body};
}

void FuzzServer::Wait(const FuzzRequest& request, FuzzExchange* exchange) {
  for (int step = 0; !exchange->sent;) {
    if (Task* const task = home_.Take(); task != nullptr) {
      task->Run();
      continue;
    }
    // Nothing happens any more: what waits, waits for the time.
    if (++step == kClockStepsMax) {
      std::fprintf(stderr, "no answer to %.*s\n%s\n", static_cast<int>(request.line.size()),
                   request.line.data(), request.body.c_str());
    }
    CHECK(step < kClockStepsMax);
    clock_.AdvanceMs(kClockStepMs);
    queues_->Wake();
    mappings_->Wake();
  }
}

void Memory::Learn(const std::string& body) {
  for (const std::string_view name : kRemembered) {
    const std::string start = "\"" + std::string(name) + "\":\"";
    const size_t at = body.find(start);
    if (at != std::string::npos) {
      const size_t begin = at + start.size();
      values_[std::string(name)] = body.substr(begin, body.find('"', begin) - begin);
    }
  }
  // The key of a page's last item is an object, and the last member of its answer.
  const size_t at = body.find(kLastKey);
  if (at != std::string::npos) {
    const size_t begin = at + kLastKey.size();
    size_t end = begin;
    for (int depth = 0; end < body.size(); ++end) {
      depth += body[end] == '{' ? 1 : body[end] == '}' ? -1 : 0;
      if (depth == 0) {
        break;
      }
    }
    values_["LastEvaluatedKey"] = body.substr(begin, end + 1 - begin);
  }
}

std::string Memory::Fill(std::string_view text) const {
  std::string filled;
  while (true) {
    const size_t begin = text.find("@{");
    const size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    if (end == std::string_view::npos) {
      return filled.append(text);
    }
    filled.append(text.substr(0, begin));
    const auto value = values_.find(text.substr(begin + 2, end - begin - 2));
    if (value != values_.end()) {
      filled.append(value->second);
    }
    text.remove_prefix(end + 1);
  }
}

}  // namespace millrace::server
