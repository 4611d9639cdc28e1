// What mappings do when the function fails, is throttled or says that part of a batch has failed:
// retries, halving, giving up, and that nothing of it is forgotten over a restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "streams/mappings/outgoing.h"
#include "streams/mappings/test_support.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(MappingEngineTest, GivesUpAfterTheLastAttempt) {
  invoker_.Use([](const Event& event) {
    return event.records[0] == "bad=1" ? FakeInvoker::Failure() : FakeInvoker::Success();
  });
  Put("bad", "1");
  Mapping mapping = NewMapping();
  mapping.settings.retry_attempts_max = 2;
  mapping.settings.on_failure_arn = "arn:aws:sqs:us-east-1:000000000000:dead";
  ASSERT_TRUE(Create(mapping).ok());
  invoker_.Events(3);
  Settle();
  Put("good", "2");
  EXPECT_THAT(invoker_.Events(4)[3].records, ElementsAre("good=2"));
  const std::vector<Discard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kRetryAttemptsExhausted);
  EXPECT_EQ(discards[0].attempts, 3);
  EXPECT_EQ(discards[0].record_count, 1);
  EXPECT_EQ(discards[0].failure, R"({"errorMessage":"no"})");
  engine::PinnedValue value;
  const std::string key = OutgoingKey(mapping.settings.on_failure_arn, discards[0].id);
  ASSERT_TRUE(store_.engine()->Get(engine::Space::kFunctions, key, &value).ok());
  ASSERT_TRUE(value.found());
  const OutgoingMessage message = DecodeOutgoing(value.bytes()).value();
  EXPECT_EQ(message.target_arn, "arn:aws:sqs:us-east-1:000000000000:dead");
  EXPECT_EQ(message.source, kUuid);
  EXPECT_THAT(WrittenTo(), ElementsAre(message.target_arn));
  EXPECT_THAT(message.body, testing::HasSubstr(R"("condition":"RetryAttemptsExhausted")"));
  EXPECT_THAT(message.body, testing::HasSubstr(R"("approximateInvokeCount":3)"));
}

TEST_F(MappingEngineTest, HalvesUntilThePoisonIsAlone) {
  std::set<std::string> delivered;
  invoker_.Use([&](const Event& event) {
    for (const std::string& record : event.records) {
      if (record == "k5=5") {
        return FakeInvoker::Failure();
      }
    }
    delivered.insert(event.records.begin(), event.records.end());
    return FakeInvoker::Success();
  });
  PutMany(9, 9);
  Mapping mapping = NewMapping();
  mapping.settings.bisect_on_error = true;
  mapping.settings.retry_attempts_max = 0;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_EQ(delivered.size(), 8u);
  const std::vector<Discard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].from, discards[0].to);
}

TEST_F(MappingEngineTest, PartialFailuresRetryTheRest) {
  int failures = 2;
  invoker_.Use([&](const Event& event) {
    if (event.records.size() > 2 && failures-- > 0) {
      return FakeInvoker::Success(R"({"batchItemFailures":[{"itemIdentifier":")" +
                                  event.numbers[2] + R"("}]})");
    }
    return FakeInvoker::Success("{}");
  });
  PutMany(6, 6);
  Mapping mapping = NewMapping();
  mapping.settings.report_item_failures = true;
  mapping.settings.retry_attempts_max = 0;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  const std::vector<Event> events = invoker_.Events(3);
  EXPECT_EQ(events[0].records.size(), 6u);
  EXPECT_THAT(events[1].records, ElementsAre("k2=2", "k3=3", "k4=4", "k5=5"));
  EXPECT_THAT(events[2].records, ElementsAre("k4=4", "k5=5"));
  EXPECT_THAT(Discards(), IsEmpty());  // progress begins the count anew
}

TEST_F(MappingEngineTest, AMalformedReportIsAFailure) {
  int calls = 0;
  invoker_.Use([&](const Event&) {
    return FakeInvoker::Success(++calls == 1 ? R"({"batchItemFailures":[{"itemIdentifier":""}]})"
                                             : "{}");
  });
  PutMany(2, 2);
  Mapping mapping = NewMapping();
  mapping.settings.report_item_failures = true;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_EQ(invoker_.Events(2)[1].records.size(), 2u);
}

TEST_F(MappingEngineTest, OldRecordsAreGivenUp) {
  PutMany(2, 2);
  store_.clock().AdvanceMs(61'000);
  Put("young", "1");
  Mapping mapping = NewMapping();
  mapping.settings.record_age_max_s = 60;
  ASSERT_TRUE(Create(mapping).ok());
  EXPECT_THAT(invoker_.Records(1), ElementsAre("young=1"));
  const std::vector<Discard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kRecordAgeExceeded);
  EXPECT_EQ(discards[0].record_count, 2);
  EXPECT_EQ(discards[0].attempts, 0);
}

TEST_F(MappingEngineTest, WhatWasGivenUpForItsAgeHoldsNothingUp) {
  invoker_.Use([](const Event&) { return FakeInvoker::Failure(InvokeOutcome::kThrottled); });
  retry_ = {1000, 1000, 1000, 1000, 1000};
  mappings_->Stop();
  StartMappings();
  Put("a", "1");
  Mapping mapping = NewMapping();
  mapping.settings.record_age_max_s = 60;
  ASSERT_TRUE(Create(mapping).ok());
  while (mappings_->Figures(kUuid)->blocked_since_ms == 0) {
    std::this_thread::yield();
  }
  store_.clock().AdvanceMs(61'000);
  mappings_->Wake();
  while (mappings_->Figures(kUuid)->blocked_since_ms != 0) {
    std::this_thread::yield();
  }
  Settle();
  EXPECT_EQ(Discards().size(), 1u);
}

TEST_F(MappingEngineTest, PendingBatchesAreCutToANewSize) {
  std::atomic<bool> fails = true;
  invoker_.Use(
      [&](const Event&) { return fails ? FakeInvoker::Failure() : FakeInvoker::Success(); });
  retry_ = {1'000'000, 1'000'000, 0, 0, 1000};
  mappings_->Stop();
  StartMappings();
  PutMany(5, 5);
  ASSERT_TRUE(Create(NewMapping()).ok());
  EXPECT_EQ(invoker_.Events(1)[0].records.size(), 5u);
  while (mappings_->View(kUuid)->lanes[0].attempts == 0) {
    std::this_thread::yield();
  }
  Update([](MappingSettings* settings) { settings->batch_size = 2; });
  fails = false;
  Settle();
  const std::vector<Event> events = invoker_.Events(4);
  EXPECT_THAT(events[1].records, ElementsAre("k0=0", "k1=1"));
  EXPECT_THAT(events[2].records, ElementsAre("k2=2", "k3=3"));
  EXPECT_THAT(events[3].records, ElementsAre("k4=4"));
}

TEST_F(MappingEngineTest, AClockThatWasSetBackDelaysNothingForLong) {
  std::atomic<bool> fails = true;
  invoker_.Use(
      [&](const Event&) { return fails ? FakeInvoker::Failure() : FakeInvoker::Success(); });
  constexpr int64_t kWeekMs = 7 * 24 * 3'600'000;
  store_.clock().AdvanceMs(kWeekMs);
  retry_ = {60'000, 60'000, 0, 0, 1000};
  mappings_->Stop();
  StartMappings();
  Put("a", "1");
  ASSERT_TRUE(Create(NewMapping()).ok());
  invoker_.Events(1);
  while (mappings_->View(kUuid)->lanes[0].attempts == 0) {
    std::this_thread::yield();
  }
  fails = false;
  store_.clock().AdvanceMs(-kWeekMs);
  Restart();
  // The lane has begun, and knows when it goes on.
  while (mappings_->View(kUuid)->lanes[0].next_try_ms != store_.clock().NowMs() + 60'000) {
    std::this_thread::yield();
  }
  store_.clock().AdvanceMs(60'000);
  mappings_->Wake();
  EXPECT_THAT(invoker_.Events(2)[1].records, ElementsAre("a=1"));
}

TEST_F(MappingEngineTest, ThrottlesAreNoAttempts) {
  int throttles = 20;
  invoker_.Use([&](const Event&) {
    return throttles-- > 0 ? FakeInvoker::Failure(InvokeOutcome::kThrottled)
                           : FakeInvoker::Success();
  });
  Put("a", "1");
  Mapping mapping = NewMapping();
  mapping.settings.retry_attempts_max = 0;
  ASSERT_TRUE(Create(mapping).ok());
  Settle();
  EXPECT_EQ(invoker_.Events(21).size(), 21u);
  EXPECT_THAT(Discards(), IsEmpty());
}

TEST_F(MappingEngineTest, AttemptsAreCountedOverARestart) {
  invoker_.Use([](const Event&) { return FakeInvoker::Failure(); });
  retry_ = {1'000'000, 1'000'000, 0, 0, 1000};
  mappings_->Stop();
  StartMappings();
  PutMany(4, 4);
  Mapping mapping = NewMapping();
  mapping.settings.retry_attempts_max = 1;
  ASSERT_TRUE(Create(mapping).ok());
  invoker_.Events(1);
  while (mappings_->View(kUuid)->lanes[0].attempts == 0) {
    std::this_thread::yield();
  }
  Restart();
  while (mappings_->View(kUuid)->lanes[0].attempts == 0) {
    std::this_thread::yield();
  }
  store_.clock().AdvanceMs(1'000'000);
  mappings_->Wake();
  EXPECT_EQ(invoker_.Events(2)[1].records.size(), 4u);
  Settle();
  ASSERT_EQ(Discards().size(), 1u);
  EXPECT_EQ(Discards()[0].attempts, 2);
}

}  // namespace
}  // namespace millrace::streams
