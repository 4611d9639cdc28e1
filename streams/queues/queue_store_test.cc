// Sending, receiving, hiding, deleting, dead letters, FIFO order, deduplication, retention, purges,
// and that all of it is there after the store was opened again. The clock is a manual one.
#include "streams/queues/queue_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>

#include "streams/queues/queue_rows.h"
#include "streams/queues/test_support.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(QueueStoreTest, HandsOutEachMessageOnceUntilItsTimeoutIsOver) {
  Create("queue");
  Send("queue", {Entry("a"), Entry("b"), Entry("c")});
  EXPECT_THAT(Counts("queue"), ElementsAre(3, 0, 0));
  EXPECT_THAT(Bodies(Receive("queue", 2)), ElementsAre("a", "b"));
  EXPECT_THAT(Bodies(Receive("queue")), ElementsAre("c"));
  EXPECT_THAT(Receive("queue"), IsEmpty());
  EXPECT_THAT(Counts("queue"), ElementsAre(0, 3, 0));
  clock_.AdvanceMs(30'000);
  const std::vector<QueueMessage> again = Receive("queue");
  EXPECT_THAT(Bodies(again), ElementsAre("a", "b", "c"));
  EXPECT_EQ(again[0].receive_count, 2);
  EXPECT_EQ(again[0].first_received_ms, 1'700'000'000'000);
}

TEST_F(QueueStoreTest, DeletesAndHidesByTheLatestHandleOnly) {
  Create("queue");
  Send("queue", {Entry("a")});
  const ReceiptHandle first = HandleOf("queue", Receive("queue")[0]);
  EXPECT_EQ(Hide("queue", first, 5), HandleOutcome::kDone);
  clock_.AdvanceMs(5'000);
  EXPECT_EQ(Hide("queue", first, 5), HandleOutcome::kNotInFlight);
  const ReceiptHandle second = HandleOf("queue", Receive("queue")[0]);
  // The old handle is accepted and does nothing.
  EXPECT_EQ(Delete("queue", first), HandleOutcome::kDone);
  EXPECT_THAT(Counts("queue"), ElementsAre(0, 1, 0));
  EXPECT_EQ(Hide("queue", second, 0), HandleOutcome::kDone);
  EXPECT_THAT(Counts("queue"), ElementsAre(1, 0, 0));
  const ReceiptHandle third = HandleOf("queue", Receive("queue")[0]);
  EXPECT_EQ(Delete("queue", third), HandleOutcome::kDone);
  EXPECT_EQ(Delete("queue", third), HandleOutcome::kDone);
  clock_.AdvanceMs(60'000);
  EXPECT_THAT(Receive("queue"), IsEmpty());
  EXPECT_THAT(Counts("queue"), ElementsAre(0, 0, 0));
}

TEST_F(QueueStoreTest, HandlesAreOpaqueAndChecked) {
  const ReceiptHandle handle{7, 8, 9};
  const std::string text = FormatReceiptHandle(handle);
  ReceiptHandle parsed;
  ASSERT_TRUE(ParseReceiptHandle(text, &parsed));
  EXPECT_EQ(parsed.queue_id, 7u);
  EXPECT_EQ(parsed.number, 8u);
  EXPECT_EQ(parsed.receipt, 9u);
  for (size_t index = 0; index < text.size(); ++index) {
    std::string damaged = text;
    damaged[index] = damaged[index] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ParseReceiptHandle(damaged, &parsed)) << index;
  }
  EXPECT_FALSE(ParseReceiptHandle("", &parsed));
  EXPECT_FALSE(ParseReceiptHandle(text + text, &parsed));
}

TEST_F(QueueStoreTest, DelayedMessagesComeLater) {
  Create("queue");
  Send("queue", {Entry("later", "", 10), Entry("now")});
  EXPECT_THAT(Counts("queue"), ElementsAre(1, 0, 1));
  EXPECT_THAT(Bodies(Receive("queue")), ElementsAre("now"));
  clock_.AdvanceMs(10'000);
  EXPECT_THAT(Bodies(Receive("queue")), ElementsAre("later"));
}

TEST_F(QueueStoreTest, EverythingIsThereAfterReopening) {
  QueueSettings settings;
  settings.visibility_timeout_s = 7;
  const QueuePointer created = Create("queue", settings);
  Create("order.fifo");
  SendEntry rich = Entry("a");
  rich.message.attributes = {{"k", "String", "v"}, {"b", "Binary", std::string("\0\1", 2)}};
  Send("queue", {rich, Entry("b"), Entry("c", "", 100)});
  const uint64_t number = Send("order.fifo", {Entry("x", "g")})[0].number;
  const ReceiptHandle handle = HandleOf("queue", Receive("queue", 1)[0]);
  Reopen();
  EXPECT_EQ(store_->Find("queue")->descriptor, created->descriptor);
  EXPECT_EQ(store_->FindByArn("arn:aws:sqs:us-east-1:000000000000:queue"), store_->Find("queue"));
  EXPECT_THAT(Counts("queue"), ElementsAre(1, 1, 1));
  // A handle and a deduplication id from before still count.
  EXPECT_EQ(Hide("queue", handle, 0), HandleOutcome::kDone);
  const std::vector<QueueMessage> received = Receive("queue");
  EXPECT_THAT(Bodies(received), ElementsAre("a", "b"));
  EXPECT_EQ(received[0].attributes, rich.message.attributes);
  EXPECT_EQ(Send("order.fifo", {Entry("x", "g")})[0].number, number);
  EXPECT_THAT(Bodies(Receive("order.fifo")), ElementsAre("x"));
}

TEST_F(QueueStoreTest, TooOftenReceivedMessagesGoToTheDeadLetterQueue) {
  Create("dead");
  QueueSettings settings;
  settings.redrive_target_arn = store_->ArnOf("dead");
  settings.receive_count_max = 2;
  Create("queue", settings);
  const std::string id = Send("queue", {Entry("a")})[0].message_id;
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(Bodies(Receive("queue")), ElementsAre("a"));
    clock_.AdvanceMs(30'000);
  }
  EXPECT_THAT(Receive("queue"), IsEmpty());
  EXPECT_THAT(Counts("queue"), ElementsAre(0, 0, 0));
  const std::vector<QueueMessage> dead = Receive("dead");
  ASSERT_THAT(Bodies(dead), ElementsAre("a"));
  EXPECT_EQ(dead[0].message_id, id);
  EXPECT_EQ(dead[0].source_arn, store_->ArnOf("queue"));
  EXPECT_EQ(dead[0].sent_ms, 1'700'000'000'000);
  ASSERT_EQ(store_->SourcesOf(store_->ArnOf("dead")).size(), 1u);
}

TEST_F(QueueStoreTest, DeadLettersOfAQueueDoNotGoToItself) {
  QueueSettings settings;
  settings.redrive_target_arn = store_->ArnOf("queue");
  settings.receive_count_max = 1;
  Create("queue", settings);
  Send("queue", {Entry("a")});
  for (int time = 0; time < 3; ++time) {
    EXPECT_THAT(Bodies(Receive("queue", 1, 0)), ElementsAre("a"));
  }
}

TEST_F(QueueStoreTest, WithoutTheDeadLetterQueueMessagesStay) {
  QueueSettings settings;
  settings.redrive_target_arn = store_->ArnOf("missing");
  settings.receive_count_max = 1;
  Create("queue", settings);
  Send("queue", {Entry("a")});
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(Bodies(Receive("queue")), ElementsAre("a"));
    clock_.AdvanceMs(30'000);
  }
}

TEST_F(QueueStoreTest, FifoQueuesKeepTheOrderOfEachGroup) {
  Create("q.fifo");
  Send("q.fifo", {Entry("a1", "a"), Entry("b1", "b"), Entry("a2", "a"), Entry("b2", "b")});
  const std::vector<QueueMessage> first = Receive("q.fifo", 1);
  EXPECT_THAT(Bodies(first), ElementsAre("a1"));
  // Group a is held back by what is in flight.
  const std::vector<QueueMessage> second = Receive("q.fifo", 10);
  EXPECT_THAT(Bodies(second), ElementsAre("b1", "b2"));
  EXPECT_THAT(Receive("q.fifo"), IsEmpty());
  EXPECT_EQ(Delete("q.fifo", HandleOf("q.fifo", first[0])), HandleOutcome::kDone);
  EXPECT_THAT(Bodies(Receive("q.fifo")), ElementsAre("a2"));
  // Given back, a group's messages come again in order.
  clock_.AdvanceMs(30'000);
  EXPECT_THAT(Bodies(Receive("q.fifo")), ElementsAre("b1", "a2", "b2"));
}

TEST_F(QueueStoreTest, FifoQueuesTakeTheSameIdOnceInFiveMinutes) {
  Create("q.fifo");
  const std::vector<SendOutcome> both = Send("q.fifo", {Entry("a", "g"), Entry("a", "g")});
  EXPECT_EQ(both[0].number, both[1].number);
  EXPECT_EQ(Send("q.fifo", {Entry("a", "other")})[0].message_id, both[0].message_id);
  EXPECT_THAT(Counts("q.fifo"), ElementsAre(1, 0, 0));
  clock_.AdvanceMs(kDeduplicationMs);
  EXPECT_GT(Send("q.fifo", {Entry("a", "g")})[0].number, both[0].number);
  EXPECT_THAT(Counts("q.fifo"), ElementsAre(2, 0, 0));
  // Sweeping old ids does not forget the new one.
  Maintain();
  Send("q.fifo", {Entry("a", "g")});
  EXPECT_THAT(Counts("q.fifo"), ElementsAre(2, 0, 0));
}

TEST_F(QueueStoreTest, ALongPollEndsWithTheFirstMessage) {
  Create("queue");
  std::promise<std::vector<std::string>> received;
  store_->Receive({store_->Find("queue"), 10, 30, 60'000}, nullptr,
                  [&](auto messages) { received.set_value(Bodies(messages.value())); });
  Send("queue", {Entry("a")});
  EXPECT_THAT(received.get_future().get(), ElementsAre("a"));
}

TEST_F(QueueStoreTest, ALongPollSeesWhatBecomesVisible) {
  Create("queue");
  Send("queue", {Entry("a", "", 20)});
  std::promise<std::vector<std::string>> received;
  store_->Receive({store_->Find("queue"), 10, 30, 600'000}, nullptr,
                  [&](auto messages) { received.set_value(Bodies(messages.value())); });
  clock_.AdvanceMs(20'000);
  store_->Wake();
  EXPECT_THAT(received.get_future().get(), ElementsAre("a"));
}

TEST_F(QueueStoreTest, ALongPollEndsEmptyWhenItsTimeIsOverOrTheStoreStops) {
  Create("queue");
  std::promise<size_t> late;
  std::promise<size_t> stopped;
  store_->Receive({store_->Find("queue"), 10, 30, 1'000}, nullptr,
                  [&](auto messages) { late.set_value(messages.value().size()); });
  clock_.AdvanceMs(1'001);
  store_->Wake();
  EXPECT_EQ(late.get_future().get(), 0u);
  store_->Receive({store_->Find("queue"), 10, 30, 1'000'000}, nullptr,
                  [&](auto messages) { stopped.set_value(messages.value().size()); });
  store_->Stop();
  EXPECT_EQ(stopped.get_future().get(), 0u);
}

TEST_F(QueueStoreTest, RetentionRemovesOldMessages) {
  QueueSettings settings;
  settings.retention_s = 60;
  Create("queue", settings);
  Send("queue", {Entry("a"), Entry("b")});
  clock_.AdvanceMs(59'999);
  Send("queue", {Entry("c")});
  Maintain();
  EXPECT_THAT(Counts("queue"), ElementsAre(3, 0, 0));
  clock_.AdvanceMs(1);
  // Not handed out even before they are removed.
  EXPECT_THAT(Bodies(Receive("queue", 10, 0)), ElementsAre("c"));
  Maintain();
  EXPECT_THAT(Counts("queue"), ElementsAre(1, 0, 0));
}

TEST_F(QueueStoreTest, PurgingRemovesEverythingAndSendsGoOn) {
  Create("queue");
  const QueuePointer before = store_->Find("queue");
  Send("queue", {Entry("a"), Entry("b")});
  const ReceiptHandle handle = HandleOf("queue", Receive("queue", 1)[0]);
  ASSERT_TRUE(Wait<Result<QueuePointer>>([&](auto done) {
                store_->Purge("queue", nullptr, std::move(done));
              }).ok());
  EXPECT_THAT(Receive("queue"), IsEmpty());
  EXPECT_EQ(Delete("queue", handle), HandleOutcome::kDone);
  // Who looked the queue up before the purge sends to it as it is now.
  auto sent = Wait<Result<std::vector<SendOutcome>>>(
      [&](auto done) { store_->Send(before, {Entry("c")}, nullptr, std::move(done)); });
  EXPECT_TRUE(sent.ok());
  Maintain();
  EXPECT_THAT(Bodies(Receive("queue")), ElementsAre("c"));
}

TEST_F(QueueStoreTest, DeletedQueuesAreGone) {
  Create("queue");
  const QueuePointer before = store_->Find("queue");
  Send("queue", {Entry("a")});
  ASSERT_TRUE(Wait<Result<QueuePointer>>([&](auto done) {
                store_->Delete("queue", nullptr, std::move(done));
              }).ok());
  EXPECT_EQ(store_->Find("queue"), nullptr);
  auto sent = Wait<Result<std::vector<SendOutcome>>>(
      [&](auto done) { store_->Send(before, {Entry("b")}, nullptr, std::move(done)); });
  EXPECT_EQ(sent.status().code(), StatusCode::kNotFound);
  Maintain();
  Create("queue");
  EXPECT_THAT(Receive("queue"), IsEmpty());
  bool more = true;
  EXPECT_THAT(store_->List("q", "", 10, &more), ElementsAre("queue"));
  EXPECT_FALSE(more);
}

TEST_F(QueueStoreTest, ConcurrentReceiversNeverShareAMessage) {
  Create("queue");
  constexpr int kMessages = 2000;
  constexpr int kThreads = 4;
  for (int index = 0; index < kMessages; index += 10) {
    std::vector<SendEntry> entries;
    for (int offset = 0; offset < 10; ++offset) {
      entries.push_back(Entry(std::to_string(index + offset)));
    }
    Send("queue", std::move(entries));
  }
  std::vector<std::vector<std::string>> received(kThreads);
  std::vector<std::thread> threads;
  for (int index = 0; index < kThreads; ++index) {
    threads.emplace_back([&, index] {
      while (true) {
        const std::vector<std::string> bodies = Bodies(Receive("queue", 7));
        if (bodies.empty()) {
          return;
        }
        received[index].insert(received[index].end(), bodies.begin(), bodies.end());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::set<std::string> all;
  size_t count = 0;
  for (const std::vector<std::string>& bodies : received) {
    all.insert(bodies.begin(), bodies.end());
    count += bodies.size();
  }
  // A receiver may give up while the last messages are reserved for others, so all that is certain
  // is that nothing came twice; what is left is there.
  EXPECT_EQ(all.size(), count);
  EXPECT_EQ(Counts("queue")[0] + static_cast<int64_t>(count), kMessages);
}

TEST_F(QueueStoreTest, ACancelledReceiveIsAnsweredAndTakesNothing) {
  Create("queue");
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  std::promise<size_t> answer;
  ReceiveRequest request;
  request.queue = store_->Find("queue");
  request.wait_ms = 20'000;
  request.cancelled = cancelled;
  store_->Receive(request, nullptr, [&](Result<std::vector<QueueMessage>> messages) {
    answer.set_value(messages.value().size());
  });
  cancelled->store(true);
  Send("queue", {Entry("a")});
  store_->Wake();
  EXPECT_EQ(answer.get_future().get(), 0u);
  EXPECT_EQ(Bodies(Receive("queue")), (std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace millrace::streams
