// A whole server behind its gate, without sockets, for the fuzz target of operations: a database in
// memory, tables, queues, logs and functions, everything on one clock that moves when told to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/functions/code_links.h"
#include "api/functions/rest_dispatch.h"
#include "server/gate/gate.h"
#include "storage/base/mutex.h"
#include "storage/base/random.h"
#include "storage/base/task.h"
#include "storage/base/worker_pool.h"
#include "storage/tables/index_backfill.h"
#include "storage/tables/test_support.h"
#include "streams/delivery/asynchronous_invoker.h"
#include "streams/functions/function_catalog.h"
#include "streams/logs/log_store.h"
#include "streams/mappings/mapping_engine.h"
#include "streams/queues/queue_store.h"

namespace millrace::server {

// What to send: the first line says which operation, the rest is the body.
//   GetItem                     a table operation
//   AmazonSQS.SendMessage       the whole target
//   form                        a form of the older queue protocol
//   POST /2015-03-31/functions  anything else; behind "|" an invocation type
struct FuzzRequest {
  std::string_view line;
  std::string body;
};

struct FuzzAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
};

class FuzzServer {
 public:
  FuzzServer();
  ~FuzzServer();

  // Sends a request and waits for the answer, during which the clock may advance.
  FuzzAnswer Ask(const FuzzRequest& request);
  // Whether everything stored fits together. Nothing may be sent any more.
  void Verify();

 private:
  // The thread that asks is the home of all calls.
  class HomeQueue final : public TaskQueue {
   public:
    void Post(TaskList* tasks) override;
    // Waits a little for a task; nullptr: none has come.
    Task* Take();

   private:
    Mutex mutex_;
    ConditionVariable condition_;
    TaskList tasks_ GUARDED_BY(mutex_);
  };
  class LockedRandom final : public Random {
   public:
    uint64_t Next64() override;

   private:
    Mutex mutex_;
    SeededRandom random_ GUARDED_BY(mutex_){1};
  };
  // Every function answers at once; "fail" anywhere in the event makes it fail.
  class EchoInvoker final : public streams::Invoker {
   public:
    void Invoke(streams::InvokeRequest request,
                std::function<void(streams::InvokeResult)> done) override;
  };
  class DroppingInvoker final : public streams::AsynchronousInvoker {
   public:
    void Enqueue(streams::AsynchronousEvent event, TaskQueue* home,
                 std::function<void(Result<std::string> request_id)> done) override;
  };
  class FuzzExchange;

  void OpenStorage();
  void OpenStreams();
  void Wait(const FuzzRequest& request, FuzzExchange* exchange);

  engine::TemporaryDirectory code_;
  ManualClock clock_{1'763'683'200'000};
  LockedRandom random_;
  HomeQueue home_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<tables::StreamCatalog> streams_;
  std::unique_ptr<tables::ChangeLog> change_log_;
  std::unique_ptr<tables::Catalog> catalog_;
  std::unique_ptr<tables::IndexBackfill> backfill_;
  std::unique_ptr<tables::ItemStore> items_;
  WorkerPool workers_{1, 100};
  std::unique_ptr<streams::QueueStore> queues_;
  std::unique_ptr<streams::LogStore> logs_;
  EchoInvoker invoker_;
  DroppingInvoker asynchronous_;
  std::unique_ptr<streams::FunctionCatalog> functions_;
  std::unique_ptr<streams::MappingEngine> mappings_;
  std::unique_ptr<api::CodeLinks> links_;
  api::Services services_;
  std::vector<api::Operation> operations_;
  std::unique_ptr<api::Dispatcher> dispatcher_;
  std::unique_ptr<api::RestDispatcher> rest_;
  OpenAuthenticator authenticator_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<ThreadState> thread_state_;
  std::unique_ptr<FuzzExchange> exchange_;
};

// Values that the server made up (ARNs, iterators, receipts, tokens), taken from its answers by the
// names of their members, so that later requests can use them.
class Memory {
 public:
  void Learn(const std::string& body);
  // The text with each "@{Name}" replaced by the latest value of that name.
  std::string Fill(std::string_view text) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace millrace::server
