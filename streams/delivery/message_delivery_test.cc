// Outgoing messages: what destinations and dead-letter queues get, targets that are not there, the
// order within a target, and chains of functions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/delivery/test_support.h"
#include "streams/invoke/trace_header.h"
#include "streams/mappings/outgoing.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MessageDeliveryTest : public DelivererTest {
 protected:
  // As the engine of mappings does.
  void WriteMessages(const std::string& target_arn, const std::vector<std::string>& bodies) {
    engine::TestMutation write(
        {}, [&](std::span<const engine::PinnedValue>, engine::WriteSet* writes) {
          for (const std::string& body : bodies) {
            OutgoingMessage message;
            message.id = writes->TakeSequence();
            message.target_arn = target_arn;
            message.body = body;
            message.source = "mapping";
            message.creation_ms = writes->now_ms();
            std::string value;
            EncodeOutgoing(message, &value);
            writes->Put(engine::Space::kFunctions, OutgoingKey(target_arn, message.id), value);
          }
          return Status::Ok();
        });
    ASSERT_TRUE(engine_->SubmitAndWait(&write).ok());
  }
  static std::vector<std::string> Bodies(const std::vector<QueueMessage>& messages) {
    std::vector<std::string> bodies;
    for (const QueueMessage& message : messages) {
      bodies.push_back(message.body);
    }
    return bodies;
  }
  static AsynchronousSettings NoRetries() {
    AsynchronousSettings settings;
    settings.retry_attempts_max = 0;
    return settings;
  }
};

TEST_F(MessageDeliveryTest, SuccessIsTold) {
  CreateQueue("good");
  AsynchronousSettings settings;
  settings.on_success_arn = std::string(kQueueArn) + "good";
  functions_.Set("f", settings);
  invoker_.Use([](const InvokeRequest&) { return FakeInvoker::Success("[1]"); });
  const std::string request_id = Enqueue(R"({"a":1})", "f", "live");
  Settle();
  const std::vector<QueueMessage> messages = Receive("good");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].body,
            R"({"version":"1.0","timestamp":"2026-11-21T04:05:06.123Z",)"
            R"("requestContext":{"requestId":")" +
                request_id + R"(","functionArn":")" + kFunctionArn +
                R"(f:live","condition":"Success","approximateInvokeCount":1},)"
                R"("requestPayload":{"a":1},)"
                R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST"},)"
                R"("responsePayload":[1]})");
  EXPECT_THAT(messages[0].attributes, IsEmpty());
  EXPECT_EQ(TraceHops(messages[0].trace_header), 1);
  EXPECT_EQ(StoredRows(), 0u);
}

TEST_F(MessageDeliveryTest, FailureIsToldAndTheEventIsADeadLetter) {
  CreateQueue("bad");
  CreateQueue("dead");
  AsynchronousSettings settings = NoRetries();
  settings.on_failure_arn = std::string(kQueueArn) + "bad";
  settings.dead_letter_arn = std::string(kQueueArn) + "dead";
  functions_.Set("f", settings);
  invoker_.Use([](const InvokeRequest&) { return FakeInvoker::Failure(); });
  const std::string request_id = Enqueue(R"({"a":1})");
  Settle();
  const std::vector<QueueMessage> told = Receive("bad");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0].body,
              HasSubstr(R"("condition":"RetriesExhausted","approximateInvokeCount":1},)"
                        R"("requestPayload":{"a":1},"responseContext":)"
                        R"({"statusCode":200,"executedVersion":"$LATEST",)"
                        R"("functionError":"Unhandled"},"responsePayload":)"
                        R"({"errorMessage":"no","errorType":"E"}})"));
  const std::vector<QueueMessage> letters = Receive("dead");
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].body, R"({"a":1})");
  const std::vector<MessageAttribute> expected = {{"RequestID", "String", request_id},
                                                  {"ErrorCode", "Number", "200"},
                                                  {"ErrorMessage", "String", "no"}};
  EXPECT_EQ(letters[0].attributes, expected);
  EXPECT_EQ(Discards().size(), 1u);
}

TEST_F(MessageDeliveryTest, AnEventThatWasNeverRunHasNoResponse) {
  CreateQueue("bad");
  CreateQueue("dead");
  AsynchronousSettings settings;
  settings.event_age_max_s = 60;
  settings.on_failure_arn = std::string(kQueueArn) + "bad";
  settings.dead_letter_arn = std::string(kQueueArn) + "dead";
  functions_.Set("f", settings);
  invoker_.Use(
      [](const InvokeRequest&) { return FakeInvoker::Failure(InvokeOutcome::kThrottled); });
  Enqueue("1");
  Settle();
  Advance(61'000);
  const std::vector<QueueMessage> told = Receive("bad");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0].body, testing::EndsWith(R"("condition":"EventAgeExceeded",)"
                                              R"("approximateInvokeCount":0},)"
                                              R"("requestPayload":1})"));
  EXPECT_EQ(Receive("dead")[0].attributes[1].value, "429");
}

TEST_F(MessageDeliveryTest, ADestinationThatComesLateGetsEverything) {
  AsynchronousSettings settings = NoRetries();
  settings.on_failure_arn = std::string(kQueueArn) + "late";
  settings.dead_letter_arn = std::string(kQueueArn) + "later";
  functions_.Set("f", settings);
  invoker_.Use([](const InvokeRequest&) { return FakeInvoker::Failure(); });
  Enqueue("1");
  Settle();
  PendingDeliveries pending = Pending();
  ASSERT_EQ(pending.messages.size(), 2u);
  EXPECT_EQ(pending.messages[0].target_arn, settings.on_failure_arn);
  EXPECT_EQ(pending.messages[0].count, 1);
  EXPECT_EQ(pending.messages[0].attempts, 1);
  EXPECT_EQ(pending.messages[0].problem, "there is no such queue");
  const int64_t delay_ms = pending.messages[0].next_try_ms - clock_.NowMs();
  EXPECT_GE(delay_ms, 1000);
  EXPECT_LE(delay_ms, 2000);
  // The function goes on meanwhile, and a restart forgets nothing.
  Enqueue("2");
  Settle();
  Restart();
  Settle();
  pending = Pending();
  EXPECT_EQ(pending.messages[0].attempts, 1);
  EXPECT_EQ(pending.messages[0].count, 2);
  for (int hour = 0; hour < 24; ++hour) {
    Advance(3'600'000);
  }
  EXPECT_EQ(Pending().messages[0].attempts, 25);
  EXPECT_LE(Pending().messages[0].next_try_ms - clock_.NowMs(), 300'000);
  CreateQueue("late");
  CreateQueue("later");
  Advance(300'000);
  EXPECT_THAT(Pending().messages, IsEmpty());
  EXPECT_EQ(Receive("late").size(), 2u);
  EXPECT_THAT(Bodies(Receive("later")), ElementsAre("1", "2"));
  const DeliveryFigures figures = deliverer_->Figures().at("f");
  EXPECT_EQ(figures.destination_failures, 24);  // since the restart
  EXPECT_EQ(figures.dead_letter_errors, 24);
}

TEST_F(MessageDeliveryTest, OthersMessagesAreDelivered) {
  CreateQueue("q");
  WriteMessages(std::string(kQueueArn) + "q", {"1", "2"});
  WriteMessages(std::string(kQueueArn) + "missing", {"3"});
  deliverer_->OutgoingWritten(std::string(kQueueArn) + "missing");
  deliverer_->OutgoingWritten(std::string(kQueueArn) + "q");
  Settle();
  EXPECT_THAT(Bodies(Receive("q")), ElementsAre("1", "2"));
  EXPECT_EQ(Pending().messages.size(), 1u);
  EXPECT_EQ(deliverer_->Figures().at("mapping").destination_failures, 1);
}

TEST_F(MessageDeliveryTest, WhatWasWrittenBeforeACrashIsDelivered) {
  CreateQueue("q");
  // Nobody says that they were written: the process ends before.
  WriteMessages(std::string(kQueueArn) + "q", {"1"});
  WriteMessages(std::string(kFunctionArn) + "f:live", {"2"});
  Restart();
  Settle();
  EXPECT_THAT(Bodies(Receive("q")), ElementsAre("1"));
  EXPECT_THAT(invoker_.Payloads(), ElementsAre("2"));
  EXPECT_EQ(invoker_.Requests()[0].qualifier, "live");
}

TEST_F(MessageDeliveryTest, TargetsGetTheirMessagesInOrder) {
  CreateQueue("q.fifo");
  std::vector<std::string> bodies;
  for (int index = 0; index < 200; ++index) {
    bodies.push_back(std::to_string(index));
  }
  const std::string arn = std::string(kQueueArn) + "q.fifo";
  WriteMessages(arn, {bodies.begin(), bodies.begin() + 150});
  deliverer_->OutgoingWritten(arn);
  WriteMessages(arn, {bodies.begin() + 150, bodies.end()});
  deliverer_->OutgoingWritten(arn);
  Settle();
  std::vector<std::string> received;
  while (received.size() < bodies.size()) {
    const std::vector<QueueMessage> messages = Receive("q.fifo");
    ASSERT_FALSE(messages.empty());
    std::vector<ReceiptHandle> handles;
    for (const QueueMessage& message : messages) {
      received.push_back(message.body);
      EXPECT_EQ(message.group_id, "mapping");
      handles.push_back(
          {queues_->Find("q.fifo")->descriptor.queue_id, message.number, message.receipt});
    }
    std::promise<void> deleted;
    queues_->DeleteMessages(queues_->Find("q.fifo"), handles, nullptr,
                            [&](const auto&) { deleted.set_value(); });
    deleted.get_future().wait();
  }
  EXPECT_EQ(received, bodies);
}

TEST_F(MessageDeliveryTest, AFifoQueueKnowsWhatItHasGotBeforeACrash) {
  CreateQueue("q.fifo");
  const std::string arn = std::string(kQueueArn) + "q.fifo";
  OutgoingMessage message;
  message.target_arn = arn;
  message.body = "1";
  message.id = 77;
  // Sent, and not yet removed, when the process ended; so it is there again.
  for (int start = 0; start < 2; ++start) {
    engine::TestMutation write(
        {}, [&](std::span<const engine::PinnedValue>, engine::WriteSet* writes) {
          std::string value;
          EncodeOutgoing(message, &value);
          writes->Put(engine::Space::kFunctions, OutgoingKey(arn, message.id), value);
          return Status::Ok();
        });
    ASSERT_TRUE(engine_->SubmitAndWait(&write).ok());
    Restart();
    Settle();
    EXPECT_EQ(StoredRows(), 0u);
  }
  EXPECT_EQ(queues_->Counts(*queues_->Find("q.fifo")).value().visible, 1);
}

TEST_F(MessageDeliveryTest, OtherTargetsAreAProblem) {
  AsynchronousSettings settings;
  settings.on_success_arn = "arn:aws:sns:us-east-1:000000000000:topic";
  functions_.Set("f", settings);
  Enqueue("1");
  Settle();
  ASSERT_EQ(Pending().messages.size(), 1u);
  EXPECT_EQ(Pending().messages[0].problem, "the target is neither a queue nor a function");
}

TEST_F(MessageDeliveryTest, FunctionsAreDestinations) {
  AsynchronousSettings settings;
  settings.on_success_arn = std::string(kFunctionArn) + "g";
  functions_.Set("f", settings);
  Enqueue("1");
  Settle();
  EXPECT_EQ(invoker_.count(), 1u);
  EXPECT_EQ(Pending().messages[0].problem, "there is no such function");
  functions_.Set("g", {});
  Advance(2000);
  const std::vector<InvokeRequest> requests = invoker_.Requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].function_name, "g");
  EXPECT_THAT(*requests[1].payload, HasSubstr(R"("condition":"Success")"));
  EXPECT_NE(requests[1].request_id, requests[0].request_id);
  EXPECT_EQ(TraceHops(requests[1].trace_id), 2);
  EXPECT_EQ(requests[1].trace_id.substr(0, 39), requests[0].trace_id.substr(0, 39));  // the root
  EXPECT_EQ(StoredRows(), 0u);
}

TEST_F(MessageDeliveryTest, ChainsAreEndedAfterSixteenHops) {
  AsynchronousSettings settings;
  settings.on_success_arn = std::string(kFunctionArn) + "g:live";
  settings.on_failure_arn = std::string(kFunctionArn) + "f";
  functions_.Set("f", settings);
  settings.on_success_arn = std::string(kFunctionArn) + "f";
  functions_.Set("g", settings);
  Enqueue("1");
  Settle();
  EXPECT_EQ(invoker_.count(), 16u);
  EXPECT_EQ(deliverer_->Figures().at("f").recursive, 1);
  const std::vector<EventDiscard> discards = Discards();
  ASSERT_EQ(discards.size(), 1u);
  EXPECT_EQ(discards[0].condition, kEventRecursion);
  EXPECT_THAT(Pending().messages, IsEmpty());
}

TEST_F(MessageDeliveryTest, ChainsGoOnWhereThatIsAllowed) {
  AsynchronousSettings settings;
  settings.on_success_arn = std::string(kFunctionArn) + "f";
  settings.recursion_allowed = true;
  functions_.Set("f", settings);
  invoker_.Hold();
  Enqueue("1");
  invoker_.Requests(1);
  invoker_.Release(FakeInvoker::Success());
  invoker_.Requests(40);
  functions_.Set("f", {});  // ends it
  Settle();
  EXPECT_GE(invoker_.count(), 40u);
}

}  // namespace
}  // namespace millrace::streams
