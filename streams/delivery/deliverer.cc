// The thread of the deliverer, and the way to it.
#include "streams/delivery/deliverer.h"

#include <algorithm>
#include <future>
#include <utility>

#include "storage/base/task_thread.h"
#include "streams/delivery/event_dispatcher.h"
#include "streams/delivery/message_dispatcher.h"
#include "streams/invoke/trace_header.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

constexpr int64_t kTickMsMax = 1000;
// Longer headers are not of anybody who traces.
constexpr size_t kTraceHeaderMax = 1024;

}  // namespace

class Deliverer::Impl {
 public:
  explicit Impl(const DelivererParts& parts)
      : services_(ServicesOf(parts)),
        events_(&services_),
        messages_(&services_),
        thread_([this] { return Tick(); }) {
    services_.thread = &thread_;
    services_.counters = &counters_;
    services_.message_written = [this](const std::string& arn) { messages_.Written(arn); };
    services_.event_placed = [this](const Placed& placed) { TakeNew(placed); };
  }

  Status Load() {
    RETURN_IF_ERROR(events_.Load());
    return messages_.Load();
  }

  void Start() {
    started_ = true;
    thread_.Start();
  }

  void EndTaking() {
    PostCall(&thread_, [this] {
      events_.Stop(nullptr);
      messages_.Stop(nullptr);
    });
  }

  void Stop() {
    if (started_) {
      // The one after the other: what events have ended with is still to be noted.
      auto stopped = std::make_shared<std::promise<void>>();
      PostCall(&thread_, [this, stopped] {
        events_.Stop([this, stopped] { messages_.Stop([stopped] { stopped->set_value(); }); });
      });
      stopped->get_future().wait();
      started_ = false;
    }
    thread_.Stop();
  }

  void Wake() { thread_.Wake(); }

  void OutgoingWritten(const std::string& target_arn) {
    PostCall(&thread_, [this, target_arn] { messages_.Written(target_arn); });
  }

  void Enqueue(AsynchronousEvent event, TaskQueue* home,
               std::function<void(Result<std::string>)> done) {
    StoredEvent stored;
    stored.request_id = NewUuid(services_.random);
    stored.function_name = std::move(event.function_name);
    stored.qualifier = std::move(event.qualifier);
    stored.trace_header = std::move(event.trace_id);
    if (stored.trace_header.empty() || stored.trace_header.size() > kTraceHeaderMax) {
      stored.trace_header = NewTraceHeader(services_.clock->NowMs(), services_.random);
    }
    stored.client_context = std::move(event.client_context);
    stored.payload = std::make_shared<const std::string>(std::move(event.payload));
    auto stored_done = [this, request_id = stored.request_id,
                        done = std::move(done)](const Result<Placed>& placed) {
      if (!placed.ok()) {
        done(placed.status());
        return;
      }
      PostCall(&thread_, [this, placed = placed.value()] { TakeNew(placed); });
      done(request_id);
    };
    StoreEvent(services_.engine, std::move(stored), home, std::move(stored_done));
  }

  Result<PendingDeliveries> ListPending() {
    PendingDeliveries pending;
    ASSIGN_OR_RETURN(pending.events, ListPendingEvents(*services_.engine));
    ASSIGN_OR_RETURN(pending.messages, ListPendingMessages(*services_.engine));
    auto views =
        std::make_shared<std::promise<std::map<std::string, EventDispatcher::FunctionView>>>();
    PostCall(&thread_, [this, views] { views->set_value(events_.View()); });
    const auto seen = views->get_future().get();
    for (PendingEvents& events : pending.events) {
      const auto view = seen.find(events.function_name);
      if (view != seen.end()) {
        events.running = view->second.running;
        events.held_until_ms = view->second.held_until_ms;
      }
    }
    return pending;
  }

  void RedriveDiscard(const std::string& function_name, uint64_t id, TaskQueue* home,
                      std::function<void(const Status&)> done) {
    RedriveEvent(services_.engine, function_name, id, home,
                 [this, done = std::move(done)](const Result<Placed>& placed) {
                   if (placed.ok()) {
                     PostCall(&thread_, [this, placed = placed.value()] { events_.Place(placed); });
                   }
                   done(placed.status());
                 });
  }

  engine::Engine* engine() const { return services_.engine; }
  const DeliveryCounters& counters() const { return counters_; }

 private:
  static DeliveryServices ServicesOf(const DelivererParts& parts) {
    DeliveryServices services;
    services.engine = parts.engine;
    services.functions = parts.functions;
    services.invoker = parts.invoker;
    services.queues = parts.queues;
    services.clock = parts.clock;
    services.random = parts.random;
    services.region = parts.region;
    services.account = parts.account;
    services.options = parts.options;
    return services;
  }

  void TakeNew(const Placed& placed) {
    counters_.Count(placed.function_name, [](DeliveryFigures* figures) { figures->received += 1; });
    events_.Place(placed);
  }

  int64_t Tick() {
    const int64_t now_ms = services_.clock->NowMs();
    const int64_t wait_ms = std::min(events_.Tick(now_ms), messages_.Tick(now_ms));
    return wait_ms == EventDispatcher::kNever ? TaskThread::kNever : std::min(wait_ms, kTickMsMax);
  }

  DeliveryServices services_;
  DeliveryCounters counters_;
  bool started_ = false;
  // The thread's own.
  EventDispatcher events_;
  MessageDispatcher messages_;
  TaskThread thread_;  // last: it uses the others
};

Deliverer::Deliverer(const DelivererParts& parts) : impl_(std::make_unique<Impl>(parts)) {}
Deliverer::~Deliverer() { impl_->Stop(); }

Status Deliverer::Load() { return impl_->Load(); }
void Deliverer::Start() { impl_->Start(); }
void Deliverer::EndTaking() { impl_->EndTaking(); }
void Deliverer::Stop() { impl_->Stop(); }
void Deliverer::Wake() { impl_->Wake(); }
void Deliverer::OutgoingWritten(const std::string& target_arn) {
  impl_->OutgoingWritten(target_arn);
}
void Deliverer::Enqueue(AsynchronousEvent event, TaskQueue* home,
                        std::function<void(Result<std::string>)> done) {
  impl_->Enqueue(std::move(event), home, std::move(done));
}
Result<PendingDeliveries> Deliverer::ListPending() const { return impl_->ListPending(); }
DeliveryCounters::Snapshot Deliverer::Figures() const { return impl_->counters().Read(); }

Result<std::vector<EventDiscard>> Deliverer::ListDiscards(const std::string& function_name,
                                                          uint64_t after, size_t count) const {
  return ListDiscardedEvents(*impl_->engine(), function_name, after, count);
}
Result<DiscardedEvent> Deliverer::FindDiscard(const std::string& function_name, uint64_t id) const {
  return FindDiscardedEvent(*impl_->engine(), function_name, id);
}
void Deliverer::RedriveDiscard(const std::string& function_name, uint64_t id, TaskQueue* home,
                               std::function<void(const Status&)> done) {
  impl_->RedriveDiscard(function_name, id, home, std::move(done));
}
void Deliverer::DeleteDiscard(const std::string& function_name, uint64_t id, TaskQueue* home,
                              std::function<void(const Status&)> done) {
  DeleteDiscardedEvent(impl_->engine(), function_name, id, home, std::move(done));
}

}  // namespace millrace::streams
