// Replays: what they hand over, that they stop at their ends, survive a restart, count without
// invoking, keep to their rate and can be cancelled; and how they are stored.
#include "streams/mappings/replay_jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "streams/mappings/test_support.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;

constexpr char kJob[] = "6d9c1f0e-0000-4000-8000-0000000000aa";

class ReplayJobsTest : public MappingEngineTest {
 protected:
  void StartJobs() {
    const StreamSource source = {store_.engine(), store_.streams(), store_.change_log(),
                                 "us-east-1"};
    earlier_.push_back(std::move(jobs_));
    jobs_ = std::make_unique<ReplayJobs>(source, &invoker_, &store_.clock());
    ASSERT_TRUE(jobs_->Load().ok());
    jobs_->Start();
  }
  void TearDown() override {
    jobs_->Stop();
    MappingEngineTest::TearDown();
  }
  ReplayJob NewJob() {
    ReplayJob job;
    job.id = kJob;
    job.stream_arn = "arn";
    job.stream_id = table_->stream()->stream_id;
    job.function_name = "f";
    job.from = 1;
    job.to = store_.change_log()->last_sequence();
    return job;
  }
  Status Create(const ReplayJob& job) {
    std::promise<Status> status;
    jobs_->Create(job, [&](const Result<ReplayJob>& r) { status.set_value(r.status()); });
    return status.get_future().get();
  }
  Status Cancel() {
    std::promise<Status> status;
    jobs_->Cancel(kJob, [&](const Result<ReplayJob>& r) { status.set_value(r.status()); });
    return status.get_future().get();
  }
  ReplayJob WaitForEnd() {
    while (jobs_->Find(kJob)->state == ReplayState::kRunning) {
      store_.clock().AdvanceMs(100);
      jobs_->Wake();
      std::this_thread::yield();
    }
    return *jobs_->Find(kJob);
  }

  std::unique_ptr<ReplayJobs> jobs_;
  std::vector<std::unique_ptr<ReplayJobs>> earlier_;  // until the engine has stopped
};

TEST_F(ReplayJobsTest, HandsOverWhatMatchesUpToItsEnd) {
  PutMany(12, 4);
  const ReplayJob job = [&] {
    ReplayJob made = NewJob();
    made.filter = R"({"dynamodb":{"Keys":{"p":{"S":["k2"]}}}})";
    return made;
  }();
  Put("k2", "later");
  StartJobs();
  ASSERT_TRUE(Create(job).ok());
  const ReplayJob ended = WaitForEnd();
  EXPECT_EQ(ended.state, ReplayState::kDone);
  EXPECT_EQ(ended.read_records, 12);
  EXPECT_EQ(ended.matched_records, 3);
  EXPECT_EQ(ended.invocations, 1);
  const std::vector<Event> events = invoker_.Events(1);
  EXPECT_THAT(events[0].records, ElementsAre("k2=2", "k2=6", "k2=10"));
  EXPECT_EQ(events[0].replay_id, kJob);
  EXPECT_THAT(mappings_->List(), testing::IsEmpty());
  // What has ended goes away when it is cancelled.
  EXPECT_TRUE(Cancel().ok());
  EXPECT_FALSE(jobs_->Find(kJob).has_value());
  EXPECT_EQ(Cancel().code(), StatusCode::kNotFound);
}

TEST_F(ReplayJobsTest, CountsFailuresAndWaitsForRoom) {
  PutMany(150, 10);
  int calls = 0;
  invoker_.Use([&](const Event&) {
    ++calls;
    return calls < 4    ? FakeInvoker::Failure(InvokeOutcome::kThrottled)
           : calls == 4 ? FakeInvoker::Failure()
                        : FakeInvoker::Success();
  });
  StartJobs();
  ASSERT_TRUE(Create(NewJob()).ok());
  const ReplayJob ended = WaitForEnd();
  EXPECT_EQ(ended.invocations, 2);
  EXPECT_EQ(ended.failed_invocations, 1);
  EXPECT_EQ(ended.failed_records, 100);
  EXPECT_EQ(ended.message, R"({"errorMessage":"no"})");
}

TEST_F(ReplayJobsTest, ADryRunInvokesNothing) {
  PutMany(5, 5);
  StartJobs();
  ReplayJob job = NewJob();
  job.dry_run = true;
  ASSERT_TRUE(Create(job).ok());
  const ReplayJob ended = WaitForEnd();
  EXPECT_EQ(ended.matched_records, 5);
  EXPECT_EQ(ended.invocations, 0);
}

TEST_F(ReplayJobsTest, KeepsToItsRateAndGoesOnAfterARestart) {
  PutMany(6, 6);
  StartJobs();
  ReplayJob job = NewJob();
  job.rate_per_second = 2;
  ASSERT_TRUE(Create(job).ok());
  invoker_.Events(1);
  while (jobs_->Find(kJob)->invocations < 1) {
    std::this_thread::yield();
  }
  jobs_->Wake();
  // The clock stands still, so nothing more comes, and the job is stored as it is.
  jobs_->Stop();
  Restart();
  EXPECT_EQ(invoker_.Events(1).size(), 1u);
  StartJobs();
  EXPECT_EQ(jobs_->Find(kJob)->matched_records, 2);
  const ReplayJob ended = WaitForEnd();
  EXPECT_EQ(ended.invocations, 3);
  EXPECT_THAT(invoker_.Events(3)[2].records, ElementsAre("k4=4", "k5=5"));
}

TEST_F(ReplayJobsTest, CanBeCancelled) {
  PutMany(6, 6);
  StartJobs();
  ReplayJob job = NewJob();
  job.rate_per_second = 1;
  ASSERT_TRUE(Create(job).ok());
  invoker_.Events(1);
  ASSERT_TRUE(Cancel().ok());
  store_.clock().AdvanceMs(100'000);
  jobs_->Wake();
  EXPECT_EQ(jobs_->Find(kJob)->state, ReplayState::kCancelled);
  jobs_->Stop();
  StartJobs();
  EXPECT_EQ(jobs_->Find(kJob)->state, ReplayState::kCancelled);
  EXPECT_EQ(invoker_.Events(1).size(), 1u);
}

TEST(ReplayCodec, WhatIsWrittenIsReadBack) {
  ReplayJob job;
  job.id = kJob;
  job.stream_arn = "a";
  job.stream_id = 7;
  job.function_name = "f";
  job.filter = R"({"a":["b"]})";
  job.from = 1;
  job.to = 9;
  job.position = 3;
  job.rate_per_second = 4;
  job.dry_run = true;
  job.state = ReplayState::kCancelled;
  job.read_records = 2;
  job.creation_ms = 5;
  std::string bytes;
  EncodeReplay(job, &bytes);
  EXPECT_EQ(DecodeReplay(bytes).value(), job);
  EXPECT_EQ(bytes,
            std::string("\x01") +
                R"({"id":"6d9c1f0e-0000-4000-8000-0000000000aa","streamArn":"a",)"
                R"("functionName":"f","qualifier":"","filter":"{\"a\":[\"b\"]}","message":"",)"
                R"("ratePerSecond":4,"readRecords":2,"matchedRecords":0,"invocations":0,)"
                R"("failedInvocations":0,"failedRecords":0,"createdMs":5,"endedMs":0,)"
                R"("from":"100000000000000000001","to":"100000000000000000009",)"
                R"("position":"100000000000000000003","streamId":7,"dryRun":true,)"
                R"("state":"cancelled"})");
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeReplay(bytes.substr(0, size)).ok());
  }
}

}  // namespace
}  // namespace millrace::streams
