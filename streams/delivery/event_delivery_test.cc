// Asynchronous events: every way in which a try can end, at which times there is another one, and
// that nothing of it is forgotten over a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/delivery/test_support.h"
#include "streams/invoke/trace_header.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

InvokeResult Fails(const InvokeRequest&) { return FakeInvoker::Failure(); }
InvokeResult IsThrottled(const InvokeRequest&) {
  return FakeInvoker::Failure(InvokeOutcome::kThrottled);
}

TEST_F(DelivererTest, RunsAnEventOnce) {
  std::promise<Result<std::string>> id;
  deliverer_->Enqueue({"f", "live", R"({"a":1})", "Root=1-2-3", R"({"c":2})"}, nullptr,
                      [&](Result<std::string> result) { id.set_value(std::move(result)); });
  const std::string request_id = id.get_future().get().value();
  Settle();
  Advance(86'400'000);
  const std::vector<InvokeRequest> requests = invoker_.Requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].function_name, "f");
  EXPECT_EQ(requests[0].qualifier, "live");
  EXPECT_EQ(*requests[0].payload, R"({"a":1})");
  EXPECT_EQ(requests[0].client_context, R"({"c":2})");
  EXPECT_EQ(requests[0].request_id, request_id);
  EXPECT_EQ(request_id.size(), 36u);
  EXPECT_TRUE(requests[0].trace_id.starts_with("Root=1-2-3;Lineage=")) << requests[0].trace_id;
  EXPECT_EQ(StoredRows(), 0u);
}

TEST_F(DelivererTest, TriesAgainAfterOneAndTwoMinutes) {
  invoker_.Use(Fails);
  const std::string request_id = Enqueue("1");
  Settle();
  EXPECT_EQ(invoker_.count(), 1u);
  Advance(59'999);
  EXPECT_EQ(invoker_.count(), 1u);
  Advance(1);
  EXPECT_EQ(invoker_.count(), 2u);
  Advance(119'999);
  EXPECT_EQ(invoker_.count(), 2u);
  EXPECT_THAT(Discards(), IsEmpty());
  Advance(1);
  EXPECT_EQ(invoker_.count(), 3u);
  for (const InvokeRequest& request : invoker_.Requests()) {
    EXPECT_EQ(request.request_id, request_id);
    EXPECT_EQ(TraceHops(request.trace_id), 1);
  }
  const std::vector<EventDiscard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kEventRetriesExhausted);
  EXPECT_EQ(discards[0].attempts, 3);
  EXPECT_EQ(discards[0].request_id, request_id);
  EXPECT_EQ(discards[0].failure, R"({"errorMessage":"no","errorType":"E"})");
  EXPECT_EQ(discards[0].time_ms - discards[0].received_ms, 180'000);
  Advance(86'400'000);
  EXPECT_EQ(invoker_.count(), 3u);
  EXPECT_EQ(StoredRows(), 2u);  // the entry and the event
}

TEST_F(DelivererTest, AsManyAttemptsAsTheSettingsSay) {
  invoker_.Use(Fails);
  for (const int64_t retries : {0, 1}) {
    AsynchronousSettings settings;
    settings.retry_attempts_max = retries;
    functions_.Set("f", settings);
    const size_t before = invoker_.count();
    Enqueue("1");
    Settle();
    Advance(60'000);
    Advance(120'000);
    EXPECT_EQ(invoker_.count() - before, static_cast<size_t>(retries) + 1);
    EXPECT_EQ(Discards().back().attempts, retries + 1);
  }
}

TEST_F(DelivererTest, ALaterSuccessLeavesNothing) {
  int calls = 0;
  invoker_.Use([&](const InvokeRequest&) {
    return ++calls < 3 ? FakeInvoker::Failure() : FakeInvoker::Success();
  });
  Enqueue("1");
  Settle();
  Advance(60'000);
  Advance(120'000);
  EXPECT_EQ(invoker_.count(), 3u);
  EXPECT_EQ(StoredRows(), 0u);
  EXPECT_THAT(Discards(), IsEmpty());
}

TEST_F(DelivererTest, RetriesSurviveRestarts) {
  invoker_.Use(Fails);
  Enqueue("1");
  Settle();
  Restart();
  Advance(59'999);
  EXPECT_EQ(invoker_.count(), 1u);
  Restart();
  Advance(1);
  EXPECT_EQ(invoker_.count(), 2u);
  clock_.AdvanceMs(120'000);
  Restart();
  Settle();
  EXPECT_EQ(invoker_.count(), 3u);
  ASSERT_EQ(Discards().size(), 1u);
  EXPECT_EQ(Discards()[0].attempts, 3);
}

TEST_F(DelivererTest, WhatRanWhenTheProcessEndedIsRunAgain) {
  invoker_.Hold();
  const std::string request_id = Enqueue("1");
  invoker_.Requests(1);
  deliverer_->EndTaking();
  invoker_.Release(FakeInvoker::Failure(InvokeOutcome::kShuttingDown));
  Restart();
  Settle();
  const std::vector<InvokeRequest> requests = invoker_.Requests(2);
  EXPECT_EQ(requests[1].request_id, request_id);
  EXPECT_EQ(StoredRows(), 0u);
}

TEST_F(DelivererTest, AnOutcomeThatCannotBeNotedIsNoOutcome) {
  invoker_.Hold();
  Enqueue("1");
  invoker_.Requests(1);
  engine_->Stop();
  invoker_.Release(FakeInvoker::Success());
  Restart();
  Settle();
  EXPECT_EQ(invoker_.count(), 2u);
  EXPECT_EQ(StoredRows(), 0u);
}

TEST_F(DelivererTest, OldEventsAreNotRun) {
  AsynchronousSettings settings;
  settings.event_age_max_s = 60;
  functions_.Set("f", settings);
  invoker_.Use(IsThrottled);
  Enqueue("1");
  Settle();
  for (int step = 0; step < 70; ++step) {
    Advance(1000);
  }
  // 1 + 2 + 4 + 8 + 16 seconds; the next delay, of 32, would be too long.
  EXPECT_EQ(invoker_.count(), 6u);
  const std::vector<EventDiscard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kEventAgeExceeded);
  EXPECT_EQ(discards[0].attempts, 0);
  EXPECT_EQ(discards[0].time_ms - discards[0].received_ms, 31'000);
  EXPECT_EQ(discards[0].failure, "Rate Exceeded.");
}

TEST_F(DelivererTest, EventsThatBecameOldWhileNobodyLooked) {
  invoker_.Use(Fails);
  Enqueue("1");
  Settle();
  AsynchronousSettings settings;
  settings.event_age_max_s = 100;
  functions_.Set("f", settings);
  Advance(100'001);
  EXPECT_EQ(invoker_.count(), 1u);
  const std::vector<EventDiscard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kEventAgeExceeded);
  EXPECT_EQ(discards[0].attempts, 1);
  EXPECT_EQ(discards[0].failure, R"({"errorMessage":"no","errorType":"E"})");
}

TEST_F(DelivererTest, ARetryThatWouldComeTooLateIsNotMade) {
  invoker_.Use(Fails);
  AsynchronousSettings settings;
  settings.event_age_max_s = 179;
  functions_.Set("f", settings);
  Enqueue("1");
  Settle();
  Advance(60'000);
  ASSERT_EQ(Discards().size(), 1u);
  EXPECT_EQ(Discards()[0].condition, kEventAgeExceeded);
  EXPECT_EQ(Discards()[0].attempts, 2);
  settings.event_age_max_s = 180;
  functions_.Set("f", settings);
  Enqueue("2");
  Settle();
  Advance(60'000);
  Advance(120'000);
  EXPECT_EQ(Discards()[1].condition, kEventRetriesExhausted);
}

TEST_F(DelivererTest, ThrottlesAreNoAttemptsAndDoubleTheirDelay) {
  for (const InvokeOutcome outcome :
       {InvokeOutcome::kThrottled, InvokeOutcome::kServerFault, InvokeOutcome::kNotReady}) {
    invoker_.Use([outcome](const InvokeRequest&) { return FakeInvoker::Failure(outcome); });
    const size_t before = invoker_.count();
    Enqueue("1");
    Settle();
    size_t tries = 1;
    for (const int64_t delay_s : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
      Advance(delay_s * 1000 - 1);
      EXPECT_EQ(invoker_.count() - before, tries);
      Advance(1);
      EXPECT_EQ(invoker_.count() - before, ++tries);
    }
    invoker_.Use(nullptr);
    Advance(300'000);
    EXPECT_EQ(invoker_.count() - before, tries + 1);
    EXPECT_EQ(StoredRows(), 0u);
  }
}

TEST_F(DelivererTest, AThrottledFunctionHoldsUpItselfOnly) {
  functions_.Set("g", {});
  invoker_.Use([](const InvokeRequest& request) {
    return request.function_name == "f" ? FakeInvoker::Failure(InvokeOutcome::kThrottled)
                                        : FakeInvoker::Success();
  });
  for (int index = 0; index < 50; ++index) {
    Enqueue(std::to_string(index), "f");
    Enqueue(std::to_string(index), "g");
  }
  Settle();
  size_t of_g = 0;
  for (const InvokeRequest& request : invoker_.Requests()) {
    of_g += request.function_name == "g" ? 1 : 0;
  }
  EXPECT_EQ(of_g, 50u);
  // The rest of f waits behind the first ones: four at a time if so many had come before the first
  // was refused, then three, two and one.
  EXPECT_LE(invoker_.count() - of_g, 4u + 3u + 2u + 1u);
  invoker_.Use(nullptr);
  for (int minute = 0; minute < 10; ++minute) {
    Advance(60'000);
  }
  EXPECT_EQ(StoredRows(), 0u);
}

TEST_F(DelivererTest, RunsNoMoreAtATimeThanItMay) {
  functions_.Set("g", {});
  invoker_.Hold();
  for (int index = 0; index < 10; ++index) {
    Enqueue(std::to_string(index), "f");
  }
  Enqueue("g", "g");
  invoker_.Requests(5);  // a function with much to do leaves room for others
  const PendingDeliveries pending = Pending();
  ASSERT_EQ(pending.events.size(), 2u);
  EXPECT_EQ(pending.events[0].function_name, "f");
  EXPECT_EQ(pending.events[0].count, 10);
  EXPECT_EQ(pending.events[0].running, 4u);
  EXPECT_EQ(pending.events[1].running, 1u);
  EXPECT_EQ(invoker_.count(), 5u);
  invoker_.Release(FakeInvoker::Success());
  Settle();
  EXPECT_EQ(invoker_.count(), 11u);
}

TEST_F(DelivererTest, EventsOfAFunctionBeginInTheirOrder) {
  options_.window_events = 8;
  options_.function_concurrency = 1;
  Restart();
  std::vector<std::string> expected;
  invoker_.Hold();
  for (int index = 0; index < 100; ++index) {
    expected.push_back(std::to_string(index));
    Enqueue(expected.back());
  }
  invoker_.Requests(1);
  invoker_.Release(FakeInvoker::Success());
  Settle();
  EXPECT_EQ(invoker_.Payloads(), expected);
}

TEST_F(DelivererTest, EventsOfADeletedFunctionEnd) {
  invoker_.Use(
      [](const InvokeRequest&) { return FakeInvoker::Failure(InvokeOutcome::kFunctionNotFound); });
  functions_.Remove("f");
  Enqueue("1");
  Settle();
  const std::vector<EventDiscard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kEventRetriesExhausted);
  EXPECT_EQ(discards[0].attempts, 0);
  EXPECT_EQ(discards[0].failure, "Function not found: " + std::string(kFunctionArn) + "f:$LATEST");
}

TEST_F(DelivererTest, TheLedgerGivesEventsBack) {
  AsynchronousSettings settings;
  settings.retry_attempts_max = 0;
  functions_.Set("f", settings);
  invoker_.Use(Fails);
  for (const char* payload : {"1", "2", "3"}) {
    Enqueue(payload);
    Settle();
  }
  std::vector<EventDiscard> discards = Discards();
  ASSERT_EQ(discards.size(), 3u);
  EXPECT_EQ(deliverer_->FindDiscard("f", discards[1].id).value().payload, "2");
  EXPECT_EQ(deliverer_->ListDiscards("f", discards[0].id, 1).value(),
            std::vector<EventDiscard>{discards[1]});
  EXPECT_THAT(deliverer_->ListDiscards("g", 0, 10).value(), IsEmpty());
  EXPECT_EQ(deliverer_->FindDiscard("g", discards[1].id).status().code(), StatusCode::kNotFound);
  Restart();
  invoker_.Use(nullptr);
  const auto redrive = [&](uint64_t id) {
    return Call([&](auto done) { deliverer_->RedriveDiscard("f", id, nullptr, done); });
  };
  const auto remove = [&](uint64_t id) {
    return Call([&](auto done) { deliverer_->DeleteDiscard("f", id, nullptr, done); });
  };
  Advance(86'400'000);  // it is as good as new
  EXPECT_TRUE(redrive(discards[1].id).ok());
  Settle();
  EXPECT_EQ(invoker_.Payloads().back(), "2");
  EXPECT_EQ(invoker_.count(), 4u);
  EXPECT_EQ(redrive(discards[1].id).code(), StatusCode::kNotFound);
  EXPECT_TRUE(remove(discards[0].id).ok());
  EXPECT_EQ(remove(discards[0].id).code(), StatusCode::kNotFound);
  EXPECT_EQ(Discards(), std::vector<EventDiscard>{discards[2]});
  EXPECT_EQ(StoredRows(), 2u);
}

TEST_F(DelivererTest, CountsWhatHappens) {
  AsynchronousSettings settings;
  settings.retry_attempts_max = 1;
  functions_.Set("f", settings);
  invoker_.Use(Fails);
  Enqueue("1");
  Settle();
  Advance(60'000);
  invoker_.Use(nullptr);
  Enqueue("2");
  Settle();
  const DeliveryFigures figures = deliverer_->Figures().at("f");
  EXPECT_EQ(figures.received, 2);
  EXPECT_EQ(figures.dropped, 1);
  EXPECT_EQ(figures.recursive, 0);
  EXPECT_EQ(figures.age_count, 3);
  EXPECT_EQ(figures.age_sum_ms, 60'000);
  EXPECT_EQ(figures.age_min_ms, 0);
  EXPECT_EQ(figures.age_max_ms, 60'000);
}

}  // namespace
}  // namespace millrace::streams
