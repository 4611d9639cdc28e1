// Faults as text, and which operations they hit.
#include "storage/engine/fault_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Which of `count` writes of 100 bytes to `path` go wrong.
std::vector<int> HitsOf(std::string_view plan, int count, std::string_view path = "/d/1.log") {
  FaultCounter counter;
  Result<std::vector<Fault>> faults = ParseFaults(plan);
  EXPECT_TRUE(faults.ok()) << faults.status().ToString();
  counter.Set(std::move(faults).value());
  std::vector<int> hits;
  for (int number = 1; number <= count; ++number) {
    if (counter.Count(FileOperation::kWrite, path, 100).hit) {
      hits.push_back(number);
    }
  }
  EXPECT_EQ(counter.hits(), hits.size());
  return hits;
}

TEST(FaultPlanTest, HitsTheOperationsThatAreNamed) {
  EXPECT_THAT(HitsOf("fail", 4), ElementsAre(1));
  EXPECT_THAT(HitsOf("# nothing\n\n", 4), ElementsAre());
  EXPECT_THAT(HitsOf("fail write first=2 count=2 # two of them", 5), ElementsAre(2, 3));
  EXPECT_THAT(HitsOf("fail first=3 count=0", 5), ElementsAre(3, 4, 5));
  EXPECT_THAT(HitsOf("fail file=.sst", 3), ElementsAre());
  EXPECT_THAT(HitsOf("fail file=.log", 3), ElementsAre(1));
  EXPECT_THAT(HitsOf("fail read\nfail sync", 3), ElementsAre());
  EXPECT_THAT(HitsOf("fail\nfail first=3", 5), ElementsAre(1, 3));
}

TEST(FaultPlanTest, CreatingAFileIsNoWrite) {
  FaultCounter counter;
  counter.Set(ParseFaults("no_space create file=.log first=2").value());
  EXPECT_FALSE(counter.Count(FileOperation::kCreate, "/d/1.log", 0).hit);
  EXPECT_FALSE(counter.Count(FileOperation::kWrite, "/d/1.log", 100).hit);
  EXPECT_FALSE(counter.Count(FileOperation::kCreate, "/d/2.sst", 0).hit);
  const FaultDecision decision = counter.Count(FileOperation::kCreate, "/d/2.log", 0);
  EXPECT_TRUE(decision.hit);
  EXPECT_EQ(decision.effect, Fault::Effect::kNoSpace);
  EXPECT_FALSE(ParseFaults("flip create").ok());
  EXPECT_FALSE(ParseFaults("short create").ok());
}

TEST(FaultPlanTest, AFullDiskTakesWhatStillFits) {
  FaultCounter counter;
  counter.Set(ParseFaults("no_space bytes=250").value());
  EXPECT_FALSE(counter.Count(FileOperation::kWrite, "a", 100).hit);
  EXPECT_FALSE(counter.Count(FileOperation::kWrite, "a", 100).hit);
  const FaultDecision full = counter.Count(FileOperation::kWrite, "a", 100);
  EXPECT_TRUE(full.hit);
  EXPECT_EQ(full.effect, Fault::Effect::kNoSpace);
  EXPECT_EQ(full.bytes_allowed, 50u);
  EXPECT_EQ(counter.Count(FileOperation::kWrite, "a", 100).bytes_allowed, 0u);
}

TEST(FaultPlanTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* const text :
       {"explode", "fail file", "fail first=x", "fail first=1x", "short read", "flip write",
        "power_cut write", "fail colour=red"}) {
    const Status status = ParseFaults(std::string("fail\n") + text).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

}  // namespace
}  // namespace millrace::engine
