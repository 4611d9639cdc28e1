// From the exchange's thread to a worker and back.
#include "server/admin/worker_answer.h"

#include <memory>

#include "server/admin/admin_reply.h"

namespace millrace::server {
namespace {

// Belongs to the exchange.
class WorkerAnswer final : public api::Call::State, private Task {
 public:
  WorkerAnswer(Exchange* exchange, std::function<AdminAnswer()> make)
      : exchange_(exchange), make_(std::move(make)) {}
  bool Begin(WorkerPool* workers) { return workers->TryPost(this); }

 private:
  void Run() override {
    if (!made_) {
      answer_ = make_();
      made_ = true;
      exchange_->home->PostOne(this);
    } else if (answer_.status < 400) {
      FinishJson(exchange_, answer_.status, answer_.text);
    } else {
      FinishError(exchange_, answer_.status, answer_.text);
    }
  }

  Exchange* const exchange_;
  const std::function<AdminAnswer()> make_;
  bool made_ = false;
  AdminAnswer answer_;
};

}  // namespace

AdminAnswer AnswerOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kNotFound:
      return {404, std::string(status.message())};
    case StatusCode::kInvalidArgument:
      return {400, std::string(status.message())};
    case StatusCode::kAlreadyExists:
    case StatusCode::kFailedPrecondition:
      return {409, std::string(status.message())};
    case StatusCode::kResourceExhausted:
    case StatusCode::kShuttingDown:
    case StatusCode::kReadOnly:
      return {503, std::string(status.message())};
    default:
      return {500, status.ToString()};
  }
}

void AnswerOnWorker(const api::Services& services, Exchange* exchange,
                    std::function<AdminAnswer()> make) {
  auto answer = std::make_unique<WorkerAnswer>(exchange, std::move(make));
  WorkerAnswer* const begun = answer.get();
  exchange->state = std::move(answer);
  if (!begun->Begin(services.workers)) {
    FinishError(exchange, 503, "the server is busy");
  }
}

}  // namespace millrace::server
