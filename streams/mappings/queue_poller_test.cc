// Mappings of queues: batches, failures, order, limits and changes.
#include "streams/mappings/queue_poller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "streams/invoke/trace_header.h"
#include "streams/mappings/queue_test_support.h"

namespace millrace::streams {
namespace {

using Strings = std::vector<std::string>;

TEST_F(QueuePollerTest, MessagesGoToTheFunctionAndAreDeleted) {
  Create("q");
  Send("q", {Entry("a"), Entry("b")});
  ASSERT_TRUE(Map(NewMapping("q")).ok());
  EXPECT_EQ(BodiesOf(0), (Strings{"a", "b"}));
  UntilEmpty("q");
  // One that waits for messages is woken by them.
  Send("q", {Entry("c")});
  EXPECT_EQ(BodiesOf(1), (Strings{"c"}));
  UntilEmpty("q");
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->deleted_events == 3; });
  const MappingFigures figures = *mappings_->Figures(kQueueMappingUuid);
  EXPECT_EQ(figures.polled_events, 3);
  EXPECT_EQ(figures.invoked_events, 3);
  EXPECT_EQ(figures.last_result, "OK");
  Mapping missing = NewMapping("missing");
  missing.uuid.back() = '2';
  EXPECT_EQ(Map(missing).code(), StatusCode::kNotFound);
}

TEST_F(QueuePollerTest, BatchesAreAsLargeAsTheySay) {
  Create("q");
  for (int chunk = 0; chunk < 5; ++chunk) {
    std::vector<SendEntry> entries;
    for (int index = 0; index < 10; ++index) {
      entries.push_back(Entry(std::to_string(chunk * 10 + index)));
    }
    Send("q", std::move(entries));
  }
  Mapping mapping = NewMapping("q");
  mapping.settings.batch_size = 40;
  mapping.settings.batching_window_s = 5;
  ASSERT_TRUE(Map(mapping).ok());
  EXPECT_EQ(BodiesOf(0).size(), 40u);
  // The rest waits for the window to end, hidden from others.
  Until([&] { return Counts("q")[0] == 0; });
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->polled_events == 50; });
  EXPECT_EQ(invoker_.Batches(1).size(), 1u);
  Advance(5);
  EXPECT_EQ(BodiesOf(1).size(), 10u);
  UntilEmpty("q");
}

TEST_F(QueuePollerTest, EventsHaveABoundedSize) {
  Create("q");
  const std::string body(1'000'000, 'x');
  for (int index = 0; index < 8; ++index) {
    Send("q", {Entry(body)});
  }
  ASSERT_TRUE(Map(NewMapping("q")).ok());
  EXPECT_EQ(BodiesOf(0).size(), 6u);
  EXPECT_EQ(BodiesOf(1).size(), 2u);
  UntilEmpty("q");
}

TEST_F(QueuePollerTest, WhatFailsComesBackAfterTheVisibilityTimeout) {
  Create("q");
  invoker_.Use([&](const QueueBatch&) { return ResultOf(InvokeOutcome::kFunctionError); });
  Send("q", {Entry("a"), Entry("b")});
  ASSERT_TRUE(Map(NewMapping("q")).ok());
  EXPECT_EQ(BodiesOf(0), (Strings{"a", "b"}));
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->failed_invoke_events == 2; });
  EXPECT_EQ(Counts("q"), (std::vector<int64_t>{0, 2, 0}));
  EXPECT_EQ(mappings_->Figures(kQueueMappingUuid)->last_result, "PROBLEM: Function call failed");
  invoker_.Use(nullptr);
  Advance(30);
  UntilEmpty("q");
}

TEST_F(QueuePollerTest, ReportsDecideWhichMessagesComeBack) {
  Create("q");
  Mapping mapping = NewMapping("q");
  mapping.settings.report_item_failures = true;
  Send("q", {Entry("a"), Entry("b"), Entry("c")});
  invoker_.Use([&](const QueueBatch& batch) {
    return ResultOf(InvokeOutcome::kSucceeded,
                    R"({"batchItemFailures":[{"itemIdentifier":")" + batch.ids[1] + R"("}]})");
  });
  ASSERT_TRUE(Map(mapping).ok());
  EXPECT_EQ(BodiesOf(0), (Strings{"a", "b", "c"}));
  Until([&] { return Counts("q") == (std::vector<int64_t>{0, 1, 0}); });
  // A report that names a message of no batch means all.
  invoker_.Use([&](const QueueBatch&) {
    return ResultOf(InvokeOutcome::kSucceeded,
                    R"({"batchItemFailures":[{"itemIdentifier":"nobody"}]})");
  });
  Advance(30);
  EXPECT_EQ(BodiesOf(1), (Strings{"b"}));
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->failed_invoke_events == 2; });
  EXPECT_EQ(Counts("q"), (std::vector<int64_t>{0, 1, 0}));
  invoker_.Use(nullptr);
  Advance(30);
  UntilEmpty("q");
}

TEST_F(QueuePollerTest, WhatNoFilterMatchesIsDeleted) {
  Create("q");
  Mapping mapping = NewMapping("q");
  mapping.settings.filters = {R"({"body":{"kind":["wanted"]}})"};
  Send("q", {Entry(R"({"kind":"other"})"), Entry("text"), Entry(R"({"kind":"wanted"})")});
  ASSERT_TRUE(Map(mapping).ok());
  EXPECT_EQ(BodiesOf(0), (Strings{R"({"kind":"wanted"})"}));
  UntilEmpty("q");
  EXPECT_EQ(mappings_->Figures(kQueueMappingUuid)->filtered_out_events, 2);
}

TEST_F(QueuePollerTest, GroupsKeepTheirOrder) {
  Create("q.fifo");
  Mapping mapping = NewMapping("q.fifo");
  mapping.settings.report_item_failures = true;
  invoker_.Use([&](const QueueBatch& batch) {
    const auto failing = std::find(batch.bodies.begin(), batch.bodies.end(), "x2");
    return failing == batch.bodies.end()
               ? ResultOf(InvokeOutcome::kSucceeded)
               : ResultOf(InvokeOutcome::kSucceeded,
                          R"({"batchItemFailures":[{"itemIdentifier":")" +
                              batch.ids[static_cast<size_t>(failing - batch.bodies.begin())] +
                              R"("}]})");
  });
  Send("q.fifo",
       {Entry("x1", "x"), Entry("y1", "y"), Entry("x2", "x"), Entry("y2", "y"), Entry("x3", "x")});
  ASSERT_TRUE(Map(mapping).ok());
  EXPECT_EQ(BodiesOf(0), (Strings{"x1", "y1", "x2", "y2", "x3"}));
  Until([&] { return Counts("q.fifo") == (std::vector<int64_t>{0, 2, 0}); });
  // The group waits for the message that failed; others go on.
  Send("q.fifo", {Entry("x4", "x"), Entry("y3", "y")});
  EXPECT_EQ(BodiesOf(1), (Strings{"y3"}));
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->deleted_events == 4; });
  invoker_.Use(nullptr);
  Advance(30);
  EXPECT_EQ(BodiesOf(2), (Strings{"x2", "x3", "x4"}));
  UntilEmpty("q.fifo");
}

TEST_F(QueuePollerTest, OneBatchOfAGroupAtATime) {
  Create("q.fifo");
  invoker_.Hold();
  Send("q.fifo", {Entry("x1", "x")});
  ASSERT_TRUE(Map(NewMapping("q.fifo")).ok());
  EXPECT_EQ(BodiesOf(0), (Strings{"x1"}));
  Send("q.fifo", {Entry("x2", "x"), Entry("y1", "y")});
  EXPECT_EQ(BodiesOf(1), (Strings{"y1"}));
  invoker_.EndOne();
  EXPECT_EQ(BodiesOf(2), (Strings{"x2"}));
  invoker_.EndOne();
  invoker_.EndOne();
  UntilEmpty("q.fifo");
}

TEST_F(QueuePollerTest, NoMoreBatchesAtATimeThanTheMappingSays) {
  Create("q");
  for (int index = 0; index < 5; ++index) {
    Send("q", {Entry(std::to_string(index))});
  }
  Mapping mapping = NewMapping("q");
  mapping.settings.batch_size = 1;
  mapping.settings.concurrency_max = 2;
  invoker_.Hold();
  ASSERT_TRUE(Map(mapping).ok());
  for (size_t ended = 0; ended < 5; ++ended) {
    const size_t begun = std::min<size_t>(ended + 2, 5);
    EXPECT_EQ(invoker_.Batches(begun).size(), begun);
    // What is not under way is still there for others.
    EXPECT_EQ(Counts("q")[0], static_cast<int64_t>(5 - begun));
    EXPECT_EQ(invoker_.held(), begun - ended);
    invoker_.EndOne();
  }
  UntilEmpty("q");
}

TEST_F(QueuePollerTest, ChangesHaveEffectWhileItRuns) {
  Create("q");
  ASSERT_TRUE(Map(NewMapping("q")).ok());
  Update([](MappingSettings* settings) { settings->enabled = false; });
  Send("q", {Entry("a")});
  // Nothing takes it: it is there for whoever asks.
  EXPECT_EQ(Bodies(Receive("q", 10, 0)), (Strings{"a"}));
  Update([](MappingSettings* settings) {
    settings->enabled = true;
    settings->function_name = "g";
  });
  EXPECT_EQ(invoker_.Batches(1)[0].function, "g");
  UntilEmpty("q");
  std::promise<Status> removed;
  mappings_->Delete(kQueueMappingUuid,
                    [&](const Result<Mapping>& r) { removed.set_value(r.status()); });
  ASSERT_TRUE(removed.get_future().get().ok());
  EXPECT_FALSE(mappings_->View(kQueueMappingUuid).has_value());
  Send("q", {Entry("b")});
  EXPECT_EQ(Bodies(Receive("q")), (Strings{"b"}));
}

TEST_F(QueuePollerTest, WhatWasOnlyGatheredIsGivenBack) {
  Create("q");
  Mapping mapping = NewMapping("q");
  mapping.settings.batching_window_s = 300;
  ASSERT_TRUE(Map(mapping).ok());
  Send("q", {Entry("a")});
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->polled_events == 1; });
  Update([](MappingSettings* settings) { settings->enabled = false; });
  Until([&] { return Counts("q")[0] == 1; });
  EXPECT_EQ(Bodies(Receive("q")), (Strings{"a"}));
}

TEST_F(QueuePollerTest, WhatIsGatheredDoesNotWaitForAChangeToHaveEffect) {
  Create("q");
  Mapping mapping = NewMapping("q");
  mapping.settings.batch_size = 2;
  mapping.settings.batching_window_s = 300;
  invoker_.Hold();
  ASSERT_TRUE(Map(mapping).ok());
  Send("q", {Entry("a"), Entry("b")});
  EXPECT_EQ(BodiesOf(0), (Strings{"a", "b"}));
  Send("q", {Entry("c")});
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->polled_events == 3; });
  // It has effect only when the function is done with the batch.
  const auto edit = [](Mapping* changed) {
    changed->settings.batching_window_s = 0;
    return Status::Ok();
  };
  mappings_->Update(kQueueMappingUuid, edit, [](const Result<Mapping>&) {});
  Until([&] { return Counts("q") == (std::vector<int64_t>{1, 2, 0}); });
  invoker_.EndOne();
  EXPECT_EQ(BodiesOf(1), (Strings{"c"}));
  invoker_.EndOne();
  UntilEmpty("q");
}

TEST_F(QueuePollerTest, WhatWaitsTooLongForItsTurnIsLeftToOthers) {
  Create("q");
  const std::string body(1'000'000, 'x');
  for (int index = 0; index < 8; ++index) {
    Send("q", {Entry(body)});
  }
  Mapping mapping = NewMapping("q");
  mapping.settings.concurrency_max = 1;
  invoker_.Hold();
  ASSERT_TRUE(Map(mapping).ok());
  EXPECT_EQ(BodiesOf(0).size(), 6u);
  Advance(31);
  EXPECT_EQ(Receive("q").size(), 8u);
  invoker_.EndOne();
  Send("q", {Entry("next")});
  EXPECT_EQ(BodiesOf(1), (Strings{"next"}));
  invoker_.EndOne();
}

TEST_F(QueuePollerTest, AMissingOrBusyFunctionCostsNoMessages) {
  Create("q");
  invoker_.Use([&](const QueueBatch&) { return ResultOf(InvokeOutcome::kThrottled); });
  Send("q", {Entry("a")});
  ASSERT_TRUE(Map(NewMapping("q")).ok());
  EXPECT_EQ(BodiesOf(0), (Strings{"a"}));
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->last_result == "PROBLEM: Throttled"; });
  // It pauses: what comes meanwhile is not taken.
  Send("q", {Entry("b")});
  EXPECT_EQ(Counts("q"), (std::vector<int64_t>{1, 1, 0}));
  invoker_.Use([&](const QueueBatch&) { return ResultOf(InvokeOutcome::kFunctionNotFound); });
  Advance(1);
  EXPECT_EQ(BodiesOf(1), (Strings{"b"}));
  Until([&] {
    return mappings_->Figures(kQueueMappingUuid)->last_result == "PROBLEM: Function not found";
  });
  invoker_.Use(nullptr);
  Advance(31);
  UntilEmpty("q");
}

// The header with which a message comes that has gone through so many functions.
std::string TraceOf(int64_t hops) {
  return "Root=1-00000000-000000000000000000000000;Lineage=00000000:" + std::to_string(hops);
}

TEST_F(QueuePollerTest, AChainOfFunctionsEnds) {
  Create("q");
  std::vector<SendEntry> entries = {Entry("new"), Entry("early"), Entry("late"), Entry("too late")};
  entries[1].message.trace_header = TraceOf(3);
  entries[2].message.trace_header = TraceOf(kTraceHopsMax - 1);
  entries[3].message.trace_header = TraceOf(kTraceHopsMax);
  Send("q", entries);
  ASSERT_TRUE(Map(NewMapping("q")).ok());
  EXPECT_EQ(BodiesOf(0), (Strings{"new", "early", "late"}));
  // Whatever the function sends on has come one function further than the furthest of them.
  EXPECT_EQ(TraceHops(invoker_.Batches(1)[0].trace), kTraceHopsMax);
  EXPECT_TRUE(invoker_.Batches(1)[0].trace.starts_with("Root=1-00000000-"));
  UntilEmpty("q");
  EXPECT_EQ(mappings_->Figures(kQueueMappingUuid)->dropped_events, 1);
  Until([&] { return mappings_->Figures(kQueueMappingUuid)->deleted_events == 3; });

  Send("q", {Entry("begins")});
  EXPECT_EQ(BodiesOf(1), (Strings{"begins"}));
  EXPECT_EQ(TraceHops(invoker_.Batches(2)[1].trace), 1);

  Update([](MappingSettings* settings) { settings->function_name = "loops"; });
  Send("q", {entries[3]});
  EXPECT_EQ(BodiesOf(2), (Strings{"too late"}));
  UntilEmpty("q");
}

TEST_F(QueuePollerTest, MappingsAreThereAfterARestart) {
  Create("q");
  ASSERT_TRUE(Map(NewMapping("q")).ok());
  mappings_->Stop();
  StopBelow();
  mappings_.reset();
  Reopen();
  StartMappings();
  ASSERT_TRUE(mappings_->Find(kQueueMappingUuid).has_value());
  Send("q", {Entry("a")});
  EXPECT_EQ(BodiesOf(0), (Strings{"a"}));
  UntilEmpty("q");
}

TEST_F(QueuePollerTest, AQueueMayGoAndComeBack) {
  Create("q");
  ASSERT_TRUE(Map(NewMapping("q")).ok());
  Wait<Result<QueuePointer>>([&](auto done) { store_->Delete("q", nullptr, std::move(done)); })
      .status()
      .IgnoreError();
  Create("q");
  Send("q", {Entry("a")});
  // The receive that waits at the old queue ends in time.
  Advance(11);
  EXPECT_EQ(BodiesOf(0), (Strings{"a"}));
  UntilEmpty("q");
}

}  // namespace
}  // namespace millrace::streams
