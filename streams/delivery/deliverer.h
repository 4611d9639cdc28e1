// The deliverer: runs asynchronous events, and brings outgoing messages to their targets. Both are
// rows of the store, written with the change that made them, and there until they are done with, so
// that nothing is lost by a restart. One thread does all of it, in small steps.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "streams/delivery/asynchronous_invoker.h"
#include "streams/delivery/delivery_counters.h"
#include "streams/delivery/delivery_services.h"
#include "streams/delivery/pending.h"
#include "streams/functions/function_source.h"
#include "streams/invoke/invoker.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

struct DelivererParts {
  engine::Engine* engine = nullptr;
  const FunctionSource* functions = nullptr;
  Invoker* invoker = nullptr;
  QueueStore* queues = nullptr;  // nullptr: there are no queues
  const Clock* clock = nullptr;
  Random* random = nullptr;  // thread-safe
  std::string region = "us-east-1";
  std::string account = "000000000000";
  DeliveryOptions options;
};

// What waits, as of now.
struct PendingDeliveries {
  std::vector<PendingEvents> events;
  std::vector<PendingMessages> messages;
};

// Thread-safe, apart from Load, Start and Stop. Callbacks run once, on `home`, or on an internal
// thread, where they must be brief, if that is nullptr.
class Deliverer final : public AsynchronousInvoker {
 public:
  // Everything must outlive it; the engine must be stopped before it is destroyed.
  explicit Deliverer(const DelivererParts& parts);
  ~Deliverer() override;

  // Finds what has been left over. Once, before anything else.
  Status Load();
  void Start();
  // Begins nothing further. Events are still taken; they are run after the next start.
  void EndTaking();
  // The same, and waits for what is under way: for the functions too, so that it is best called
  // when the invoker has been stopped.
  void Stop();
  // The clock has jumped: looks at once at what is due.
  void Wake();
  // Others have stored messages for the target.
  void OutgoingWritten(const std::string& target_arn);

  void Enqueue(AsynchronousEvent event, TaskQueue* home,
               std::function<void(Result<std::string> request_id)> done) override;

  // Reads a lot and waits for the thread, which must have been started: for worker threads.
  Result<PendingDeliveries> ListPending() const;
  DeliveryCounters::Snapshot Figures() const;

  // The ledger of events that were given up. Reads: for worker threads.
  Result<std::vector<EventDiscard>> ListDiscards(const std::string& function_name, uint64_t after,
                                                 size_t count) const;
  Result<DiscardedEvent> FindDiscard(const std::string& function_name, uint64_t id) const;
  // Takes the event out of the ledger and runs it as if it were new. kNotFound if it is not there.
  void RedriveDiscard(const std::string& function_name, uint64_t id, TaskQueue* home,
                      std::function<void(const Status&)> done);
  void DeleteDiscard(const std::string& function_name, uint64_t id, TaskQueue* home,
                     std::function<void(const Status&)> done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::streams
