// Answers of the admin interface that are made on a worker: what reads the store, or waits for a
// commit.
#pragma once

#include <functional>
#include <future>
#include <string>
#include <utility>

#include "api/wire/services.h"
#include "server/gate/exchange.h"
#include "storage/base/status.h"

namespace millrace::server {

struct AdminAnswer {
  int status = 200;
  std::string text;  // JSON; of an error what is wrong, for people
};

// The answer that tells of a failure.
AdminAnswer AnswerOf(const Status& status);

// Runs `make` on a worker and answers with what it returns; with 503 if there is no room. On the
// exchange's thread, instead of Finish. What `make` uses must stay until the server has stopped;
// the exchange's request stays until the answer.
void AnswerOnWorker(const api::Services& services, Exchange* exchange,
                    std::function<AdminAnswer()> make);

// Waits for what `begin` hands to its callback. On workers only.
template <typename T>
Result<T> Await(const std::function<void(std::function<void(const Result<T>&)>)>& begin) {
  auto outcome = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> arrived = outcome->get_future();
  begin([outcome](const Result<T>& result) { outcome->set_value(result); });
  return arrived.get();
}

}  // namespace millrace::server
