// From the exchange's thread to the compactor's and back.
#include "server/admin/compaction_routes.h"

#include <memory>
#include <string>
#include <utility>

#include "server/admin/admin_reply.h"
#include "server/admin/worker_answer.h"
#include "storage/base/json.h"

namespace millrace::server {

// Belongs to the exchange. Runs twice: on the compactor's thread, then at home.
class Compactor::Job final : public api::Call::State, private Task {
 public:
  Job(Compactor* compactor, Exchange* exchange) : compactor_(compactor), exchange_(exchange) {}
  void Begin() { compactor_->thread_.PostOne(this); }

 private:
  void Run() override {
    if (!done_) {
      Compact();
      done_ = true;
      // Here, so that the client may ask again as soon as it has its answer.
      compactor_->busy_.store(false);
      exchange_->home->PostOne(this);
    } else if (answer_.status < 400) {
      FinishJson(exchange_, answer_.status, answer_.text);
    } else {
      FinishError(exchange_, answer_.status, answer_.text);
    }
  }

  void Compact() {
    engine::Engine* const engine = compactor_->engine_;
    const uint64_t bytes_before = engine->TableFileBytes();
    const int64_t begin_us = compactor_->clock_->MonotonicUs();
    if (const Status status = engine->Compact(); !status.ok()) {
      answer_ = AnswerOf(status);
      return;
    }
    json::Writer writer(&answer_.text);
    writer.BeginObject();
    writer.Key("bytesBefore");
    writer.Int(static_cast<int64_t>(bytes_before));
    writer.Key("bytes");
    writer.Int(static_cast<int64_t>(engine->TableFileBytes()));
    writer.Key("milliseconds");
    writer.Int((compactor_->clock_->MonotonicUs() - begin_us) / 1000);
    writer.EndObject();
  }

  Compactor* const compactor_;
  Exchange* const exchange_;
  bool done_ = false;
  AdminAnswer answer_;
};

void Compactor::Begin(Exchange* exchange) {
  if (busy_.exchange(true)) {
    FinishError(exchange, 409, "the store is being compacted already");
    return;
  }
  auto owned = std::make_unique<Job>(this, exchange);
  Job* const job = owned.get();
  exchange->state = std::move(owned);
  job->Begin();
}

void Compactor::AddRoutes(std::vector<Route>* routes) {
  Route route;
  route.method = "POST";
  route.path = "/_admin/compact";
  route.handle = [this](Exchange* exchange) { Begin(exchange); };
  routes->push_back(std::move(route));
}

void Compactor::Stop() {
  engine_->CancelCompactions();
  thread_.Stop();
}

}  // namespace millrace::server
