// Logs over a database of their own: what is written, in which order it is read, what retention
// removes, and that handlers' lines never wait.
#include "streams/logs/log_store.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/engine/test_support.h"

namespace millrace::streams {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;
constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;

class LogStoreTest : public testing::Test {
 protected:
  LogStoreTest() { Open(); }
  ~LogStoreTest() override { Close(); }

  void Open() {
    engine::Options options;
    options.data_dir = directory_.path();
    options.clock = &clock_;
    auto opened = engine::Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    engine_ = std::move(opened).value();
    engine_->Start();
    store_ = std::make_unique<LogStore>(engine_.get(), &clock_, options_);
    store_->Start();
  }
  void Close() {
    store_->Stop();
    engine_->Stop();
    store_.reset();
    engine_.reset();
  }
  // Everything that was handed over is written before it is opened again.
  void Reopen() {
    Close();
    Open();
  }

  Status Wait(const std::function<void(LogStore::Done)>& call) {
    std::promise<Status> promise;
    call([&](const Status& status) { promise.set_value(status); });
    return promise.get_future().get();
  }
  Status CreateGroup(const std::string& name, int64_t retention_days = kLogRetentionOfServer) {
    LogGroup group;
    group.name = name;
    group.retention_days = retention_days;
    return Wait([&](auto done) { store_->CreateGroup(group, nullptr, std::move(done)); });
  }
  Status DeleteGroup(const std::string& name) {
    return Wait([&](auto done) { store_->DeleteGroup(name, nullptr, std::move(done)); });
  }
  Status CreateStream(const std::string& group, const std::string& name) {
    return Wait([&](auto done) { store_->CreateStream(group, name, nullptr, std::move(done)); });
  }
  Status DeleteStream(const std::string& group, const std::string& name) {
    return Wait([&](auto done) { store_->DeleteStream(group, name, nullptr, std::move(done)); });
  }
  Status SetRetention(const std::string& name, int64_t days) {
    return Wait([&](auto done) {
      store_->UpdateGroup(
          name,
          [days](LogGroup* group) {
            group->retention_days = days;
            return Status::Ok();
          },
          nullptr, std::move(done));
    });
  }
  Result<LogPutOutcome> Put(const std::string& group, const std::string& stream,
                            std::vector<LogInput> events) {
    std::promise<Result<LogPutOutcome>> promise;
    store_->Put(group, stream, std::move(events), nullptr,
                [&](const Result<LogPutOutcome>& result) { promise.set_value(result); });
    return promise.get_future().get();
  }
  void Maintain() {
    const std::atomic<bool> stop{false};
    const Status status = store_->RunMaintenance(stop);
    EXPECT_TRUE(status.ok()) << status.ToString();
  }

  LogQuery QueryOf(const std::string& group) {
    LogQuery query;
    query.group_id = store_->FindGroup(group).value().group_id;
    const auto streams = store_->ListStreams(query.group_id, "", "", SIZE_MAX).value();
    for (const LogStream& stream : streams) {
      query.streams[stream.stream_id] = stream.name;
    }
    return query;
  }
  static std::vector<std::string> Messages(const LogPage& page) {
    std::vector<std::string> messages;
    for (const LogEvent& event : page.events) {
      messages.push_back(event.message);
    }
    return messages;
  }
  std::vector<std::string> ReadAll(const std::string& group) {
    return Messages(store_->Read(QueryOf(group)).value());
  }

  using Strings = std::vector<std::string>;
  engine::TemporaryDirectory directory_;
  ManualClock clock_{kStartMs};
  LogStoreOptions options_{7, 1 << 20, 0};
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<LogStore> store_;
};

TEST_F(LogStoreTest, EventsOfAllStreamsLieInTheOrderOfTime) {
  ASSERT_TRUE(CreateGroup("g").ok());
  EXPECT_EQ(CreateGroup("g").code(), StatusCode::kAlreadyExists);
  ASSERT_TRUE(CreateStream("g", "a").ok());
  ASSERT_TRUE(CreateStream("g", "b").ok());
  EXPECT_EQ(CreateStream("g", "b").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(CreateStream("none", "b").code(), StatusCode::kNotFound);
  ASSERT_TRUE(Put("g", "a", {{kStartMs + 1, "1"}, {kStartMs + 3, "3"}, {kStartMs + 3, "3b"}}).ok());
  ASSERT_TRUE(Put("g", "b", {{kStartMs, "0"}, {kStartMs + 2, "2"}}).ok());
  EXPECT_EQ(Put("g", "c", {{kStartMs, "x"}}).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Put("none", "c", {{kStartMs, "x"}}).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ReadAll("g"), (Strings{"0", "1", "2", "3", "3b"}));
  Reopen();
  EXPECT_EQ(ReadAll("g"), (Strings{"0", "1", "2", "3", "3b"}));
  const uint64_t group_id = store_->FindGroup("g").value().group_id;
  const LogStream stream = store_->FindStream(group_id, "a").value();
  EXPECT_EQ(stream.first_event_ms, kStartMs + 1);
  EXPECT_EQ(stream.last_event_ms, kStartMs + 3);
  EXPECT_EQ(stream.last_ingestion_ms, kStartMs);
}

TEST_F(LogStoreTest, PagesMeetInBothDirections) {
  ASSERT_TRUE(CreateGroup("g").ok());
  ASSERT_TRUE(CreateStream("g", "s").ok());
  std::vector<LogInput> events;
  Strings expected;
  for (int index = 0; index < 25; ++index) {
    expected.push_back(std::to_string(index));
    events.push_back({kStartMs + index / 3, expected.back()});
  }
  ASSERT_TRUE(Put("g", "s", events).ok());
  LogQuery query = QueryOf("g");
  query.count_max = 7;
  Strings forward;
  for (bool more = true; more;) {
    const LogPage page = store_->Read(query).value();
    const Strings messages = Messages(page);
    forward.insert(forward.end(), messages.begin(), messages.end());
    query.from = page.to;
    more = page.more;
  }
  EXPECT_EQ(forward, expected);
  query = QueryOf("g");
  query.count_max = 7;
  query.backward = true;
  Strings backward;
  for (bool more = true; more;) {
    const LogPage page = store_->Read(query).value();
    const Strings messages = Messages(page);
    backward.insert(backward.begin(), messages.begin(), messages.end());
    query.to = page.from;
    more = page.more;
  }
  EXPECT_EQ(backward, expected);
  // Bounded by bytes and by what is looked at, too; one event always fits.
  query = QueryOf("g");
  query.size_max = 1;
  EXPECT_EQ(Messages(store_->Read(query).value()), (Strings{"0"}));
  query = QueryOf("g");
  query.looked_at_max = 3;
  query.accepts = [](std::string_view message) { return message == "9"; };
  const LogPage page = store_->Read(query).value();
  EXPECT_TRUE(page.events.empty());
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.to.time_ms, kStartMs + 1);
}

TEST_F(LogStoreTest, EventsOutsideTheTimesThatAreTakenAreLeftOut) {
  ASSERT_TRUE(CreateGroup("g", 1).ok());
  ASSERT_TRUE(CreateStream("g", "s").ok());
  const auto outcome = Put("g", "s",
                           {{kStartMs - 15 * kDayMs, "old"},
                            {kStartMs - 2 * kDayMs, "expired"},
                            {kStartMs, "taken"},
                            {kStartMs + 3 * 3600 * 1000, "new"}});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.value().too_old_to, 1u);
  EXPECT_EQ(outcome.value().expired_to, 2u);
  EXPECT_EQ(outcome.value().too_new_from, 3u);
  EXPECT_EQ(ReadAll("g"), (Strings{"taken"}));
}

TEST_F(LogStoreTest, RetentionRemovesWhatIsTooOldAndStreamsThatAreEmptyThen) {
  ASSERT_TRUE(CreateGroup("server").ok());
  ASSERT_TRUE(CreateGroup("forever", kLogRetentionForever).ok());
  for (const char* const group : {"server", "forever"}) {
    ASSERT_TRUE(CreateStream(group, "old").ok());
    ASSERT_TRUE(CreateStream(group, "new").ok());
    ASSERT_TRUE(Put(group, "old", {{kStartMs, "old"}}).ok());
  }
  clock_.AdvanceMs(6 * kDayMs);
  for (const char* const group : {"server", "forever"}) {
    ASSERT_TRUE(Put(group, "new", {{clock_.NowMs(), "new"}}).ok());
  }
  Maintain();
  EXPECT_EQ(ReadAll("server"), (Strings{"old", "new"}));
  clock_.AdvanceMs(2 * kDayMs);
  Maintain();
  EXPECT_EQ(ReadAll("server"), (Strings{"new"}));
  EXPECT_EQ(ReadAll("forever"), (Strings{"old", "new"}));
  EXPECT_EQ(QueryOf("server").streams.size(), 1u);
  EXPECT_EQ(QueryOf("forever").streams.size(), 2u);
  // A longer retention does not open again what was swept.
  ASSERT_TRUE(SetRetention("server", kLogRetentionForever).ok());
  EXPECT_EQ(Put("server", "new", {{kStartMs, "late"}, {clock_.NowMs(), "now"}}).value().expired_to,
            1u);
  EXPECT_EQ(ReadAll("server"), (Strings{"new", "now"}));
}

TEST_F(LogStoreTest, WhatIsDeletedIsGoneAndMayBeMadeAgain) {
  ASSERT_TRUE(CreateGroup("g").ok());
  ASSERT_TRUE(CreateStream("g", "a").ok());
  ASSERT_TRUE(CreateStream("g", "b").ok());
  ASSERT_TRUE(Put("g", "a", {{kStartMs, "a"}}).ok());
  ASSERT_TRUE(Put("g", "b", {{kStartMs, "b"}}).ok());
  const uint64_t old_id = store_->FindGroup("g").value().group_id;
  ASSERT_TRUE(DeleteStream("g", "a").ok());
  EXPECT_EQ(DeleteStream("g", "a").code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadAll("g"), (Strings{"b"}));
  ASSERT_TRUE(CreateStream("g", "a").ok());
  EXPECT_EQ(ReadAll("g"), (Strings{"b"}));
  Maintain();
  EXPECT_EQ(ReadAll("g"), (Strings{"b"}));

  ASSERT_TRUE(DeleteGroup("g").ok());
  EXPECT_EQ(DeleteGroup("g").code(), StatusCode::kNotFound);
  EXPECT_FALSE(store_->FindGroup("g").ok());
  ASSERT_TRUE(CreateGroup("g").ok());
  ASSERT_TRUE(CreateStream("g", "a").ok());
  ASSERT_TRUE(Put("g", "a", {{kStartMs, "again"}}).ok());
  Maintain();
  EXPECT_EQ(ReadAll("g"), (Strings{"again"}));
  LogQuery query = QueryOf("g");
  query.group_id = old_id;
  EXPECT_TRUE(store_->Read(query).value().events.empty());
  EXPECT_TRUE(store_->ListStreams(old_id, "", "", 10).value().empty());
}

TEST_F(LogStoreTest, LinesMakeTheirGroupAndStream) {
  store_->Append("/aws/lambda/f", "s1",
                 {{kStartMs, "one"}, {kStartMs, ""}, {kStartMs, "\xff\xc3\xa9"}});
  store_->Append("/aws/lambda/f", "s2", {{kStartMs + 1, "two"}});
  store_->Append("/aws/lambda/g", "s1", {{kStartMs, "other"}});
  Reopen();
  EXPECT_EQ(ReadAll("/aws/lambda/f"), (Strings{"one", "", "?\xc3\xa9", "two"}));
  EXPECT_EQ(ReadAll("/aws/lambda/g"), (Strings{"other"}));
  EXPECT_EQ(store_->ListGroups("/aws/", "", 1, nullptr).value().size(), 2u);
  EXPECT_EQ(store_->ListGroups("/aws/", "/aws/lambda/f", 5, nullptr).value().size(), 1u);
  EXPECT_EQ(store_->ListGroups("/b", "", 5, nullptr).value().size(), 0u);
}

TEST_F(LogStoreTest, LinesThatFindNoRoomAreCountedInOneLine) {
  Close();
  options_.buffered_bytes_max = 1000;
  // Nothing is written before the store is stopped.
  options_.gathering_ms = 3'600'000;
  Open();
  std::vector<LogLine> lines(20, LogLine{kStartMs, std::string(136, 'x')});
  lines.push_back({kStartMs, std::string(136, 'y')});
  lines.push_back({kStartMs, "10 lines were dropped", 10});
  lines.push_back({kStartMs, "END", 0, true});
  store_->Append("g", "s", lines);
  Reopen();
  const Strings messages = ReadAll("g");
  ASSERT_EQ(messages.size(), 7u);
  EXPECT_EQ(messages[4], std::string(136, 'x'));
  EXPECT_EQ(messages[5], "END");
  EXPECT_EQ(messages[6], "26 lines were dropped: they came faster than they could be written");
}

}  // namespace
}  // namespace millrace::streams
