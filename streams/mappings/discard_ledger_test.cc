// The ledger of what was given up: shown with its records, handed over once more, cleared; and
// trying patterns on what a stream has.
#include "streams/mappings/discard_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "storage/tables/stream_change.h"
#include "streams/mappings/filter_trial.h"
#include "streams/mappings/test_support.h"

namespace millrace::streams {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DiscardLedgerTest : public MappingEngineTest {
 protected:
  StreamSource Source() {
    return {store_.engine(), store_.streams(), store_.change_log(), "us-east-1"};
  }
  // A mapping with two lanes that has given everything up; keys k0 to k7.
  void GiveUpAll() {
    invoker_.Use([](const Event&) { return FakeInvoker::Failure(); });
    PutMany(8, 8);
    Mapping mapping = NewMapping();
    mapping.settings.parallelization_factor = 2;
    mapping.settings.retry_attempts_max = 0;
    mapping.settings.filters = {R"({"dynamodb":{"Keys":{"p":{"S":[{"anything-but":"k3"}]}}}})"};
    ASSERT_TRUE(Create(mapping).ok());
    Settle();
    invoker_.Forget();
  }
  Result<Discard> Redrive(DiscardLedger* ledger, uint64_t id) {
    std::promise<Result<Discard>> entry;
    RETURN_IF_ERROR(
        ledger->Redrive(*mappings_->Find(kUuid), id,
                        [&](const Result<Discard>& result) { entry.set_value(result); }));
    return entry.get_future().get();
  }
};

TEST_F(DiscardLedgerTest, HandsTheSameRecordsOverOnceMore) {
  GiveUpAll();
  DiscardLedger ledger(Source(), &invoker_);
  const std::vector<Discard> entries = ledger.List(kUuid, 0, 100).value();
  ASSERT_EQ(entries.size(), 2u);  // one of each lane
  EXPECT_EQ(entries[0].record_count + entries[1].record_count, 7);
  EXPECT_EQ(ledger.List(kUuid, entries[0].id, 100).value().size(), 1u);
  EXPECT_EQ(ledger.List(kUuid, 0, 1).value().size(), 1u);
  const DiscardedRecords records = ledger.ReadRecords(*mappings_->Find(kUuid), entries[0]).value();
  EXPECT_EQ(records.count, entries[0].record_count);
  EXPECT_TRUE(records.all_retained);
  EXPECT_THAT(records.event, testing::Not(HasSubstr(R"("S":"k3")")));

  Discard entry = Redrive(&ledger, entries[0].id).value();
  EXPECT_FALSE(entry.redrive_succeeded);
  EXPECT_EQ(entry.redrive_message, R"({"errorMessage":"no"})");
  invoker_.Use(nullptr);
  entry = Redrive(&ledger, entries[0].id).value();
  EXPECT_TRUE(entry.redrive_succeeded);
  EXPECT_EQ(entry.redrive_count, 2);
  EXPECT_EQ(ledger.Find(kUuid, entries[0].id).value(), entry);
  const std::vector<Event> events = invoker_.Events(2);
  EXPECT_EQ(events[1].records.size(), static_cast<size_t>(entries[0].record_count));
  EXPECT_EQ(events[0].numbers, events[1].numbers);

  std::promise<Status> deleted;
  ledger.Delete(kUuid, entry.id,
                [&](const Result<Discard>& result) { deleted.set_value(result.status()); });
  EXPECT_TRUE(deleted.get_future().get().ok());
  EXPECT_EQ(ledger.Find(kUuid, entry.id).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Redrive(&ledger, entry.id).status().code(), StatusCode::kNotFound);
}

TEST_F(DiscardLedgerTest, RecordsThatHaveLeftTheStreamAreGone) {
  GiveUpAll();
  DiscardLedger ledger(Source(), &invoker_);
  const Discard entry = ledger.List(kUuid, 0, 1).value()[0];
  ASSERT_TRUE(tables::MoveHorizon(store_.engine(), store_.streams(), table_->stream()->stream_id, 0,
                                  store_.change_log()->last_sequence() + 1)
                  .ok());
  EXPECT_FALSE(ledger.ReadRecords(*mappings_->Find(kUuid), entry).value().all_retained);
  EXPECT_EQ(Redrive(&ledger, entry.id).status().code(), StatusCode::kFailedPrecondition);
}

TEST_F(DiscardLedgerTest, PatternsAreTriedOnTheNewestRecords) {
  PutMany(20, 4);
  const tables::StreamPointer stream = store_.streams()->All().front();
  const std::string pattern = R"({"dynamodb":{"Keys":{"p":{"S":["k1"]}}}})";
  const FilterTrial trial = TryFilter(Source(), *stream, "arn", pattern, 8).value();
  EXPECT_EQ(trial.matched, 2);
  EXPECT_EQ(trial.unmatched, 6);
  EXPECT_EQ(trial.matched_samples.size(), 2u);
  EXPECT_EQ(trial.unmatched_samples.size(), kTrialSamplesMax);
  EXPECT_THAT(trial.matched_samples[0], HasSubstr(R"("S":"13")"));
  const FilterTrial all = TryFilter(Source(), *stream, "arn", pattern, 1000).value();
  EXPECT_EQ(all.matched + all.unmatched, 20);
  EXPECT_EQ(TryFilter(Source(), *stream, "arn", pattern, 0).value().matched, 0);
  EXPECT_EQ(TryFilter(Source(), *stream, "arn", "{}", 8).status().code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace millrace::streams
