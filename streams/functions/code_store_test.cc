// The files of code: what is held or used stays, everything else goes, and a folder is there whole
// or not at all.
#include "streams/functions/code_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "storage/engine/test_support.h"
#include "streams/functions/disk_files.h"
#include "streams/functions/test_support.h"

namespace millrace::streams {
namespace {

std::string HashOf(const std::string& zip) {
  const auto hash = Sha256(zip);
  return ToHex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

class CodeStoreTest : public testing::Test {
 protected:
  CodeStoreTest() { Reopen(); }
  void Reopen() {
    store_ = std::make_unique<CodeStore>(directory_.path(), [this] { ++let_go_; });
    ASSERT_TRUE(store_->Open().ok());
  }
  CodeStore::Hold Add(const std::string& zip) {
    auto hold = store_->Add(HashOf(zip), zip);
    EXPECT_TRUE(hold.ok()) << hold.status().ToString();
    return hold.value();
  }
  size_t CountIn(const std::string& folder) {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(directory_.path() + "/" + folder)) {
      ++count;
    }
    return count;
  }

  engine::TemporaryDirectory directory_;
  std::atomic<int> let_go_{0};
  std::unique_ptr<CodeStore> store_;
};

TEST_F(CodeStoreTest, WhatIsHeldOrUsedStays) {
  const std::string one = MakeZip({{"a", "1"}});
  const std::string two = MakeZip({{"a", "2"}});
  CodeStore::Hold hold_one = Add(one);
  CodeStore::Hold hold_again = Add(one);
  CodeStore::Hold hold_two = Add(two);
  EXPECT_EQ(store_->ReadZip(HashOf(one)).value(), one);
  hold_one = nullptr;
  EXPECT_EQ(let_go_, 0);
  ASSERT_TRUE(store_->RemoveUnused({}, {}).ok());
  EXPECT_EQ(CountIn("zips"), 2u);
  hold_again = nullptr;
  hold_two = nullptr;
  EXPECT_EQ(let_go_, 2);
  ASSERT_TRUE(store_->RemoveUnused({HashOf(two)}, {}).ok());
  EXPECT_EQ(CountIn("zips"), 1u);
  EXPECT_EQ(store_->HoldZip(HashOf(one)), nullptr);
  EXPECT_NE(store_->HoldZip(HashOf(two)), nullptr);
  EXPECT_EQ(store_->ReadZip(HashOf(one)).status().code(), StatusCode::kNotFound);
}

TEST_F(CodeStoreTest, AStartFindsZipsAndClearsTheRest) {
  const std::string zip = MakeZip({{"a", "1"}});
  std::string path;
  Add(zip);
  CodeStore::Hold folder = store_->Unpack({HashOf(zip)}, &path).value();
  std::ofstream(directory_.path() + "/temporary/half") << "x";
  std::ofstream(directory_.path() + "/zips/foreign") << "x";
  store_ = nullptr;
  folder = nullptr;  // outlives the store
  Reopen();
  EXPECT_EQ(CountIn("temporary"), 0u);
  EXPECT_EQ(CountIn("unpacked"), 0u);
  EXPECT_NE(store_->HoldZip(HashOf(zip)), nullptr);
  ASSERT_TRUE(store_->RemoveUnused({}, {}).ok());
  EXPECT_EQ(store_->HoldZip(HashOf(zip)), nullptr);
}

TEST_F(CodeStoreTest, FoldersAreMadeOnceAndKeptWhileTheyAreHeld) {
  const std::string zip = MakeZip({{"lib/a", "1"}});
  const CodeStore::Hold held = Add(zip);
  std::vector<std::thread> threads;
  std::vector<CodeStore::Hold> holds(8);
  std::vector<std::string> paths(8);
  for (size_t index = 0; index < holds.size(); ++index) {
    threads.emplace_back([&, index] {
      auto hold = store_->Unpack({HashOf(zip)}, &paths[index]);
      ASSERT_TRUE(hold.ok()) << hold.status().ToString();
      EXPECT_EQ(ReadFile(paths[index] + "/lib/a").value(), "1");
      holds[index] = hold.value();
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(CountIn("unpacked"), 1u);
  EXPECT_EQ(CountIn("temporary"), 0u);
  holds.resize(1);
  ASSERT_TRUE(store_->RemoveUnused({}, {}).ok());
  EXPECT_EQ(CountIn("unpacked"), 1u);
  holds.clear();
  ASSERT_TRUE(store_->RemoveUnused({}, {CodeStore::FolderKey({HashOf(zip)})}).ok());
  EXPECT_EQ(CountIn("unpacked"), 1u);
  ASSERT_TRUE(store_->RemoveUnused({}, {}).ok());
  EXPECT_EQ(CountIn("unpacked"), 0u);
  EXPECT_EQ(CountIn("temporary"), 0u);
}

TEST_F(CodeStoreTest, LayersAreOneTree) {
  const std::string one = MakeZip({{"python/a", "1"}, {"python/b", "1"}});
  const std::string two = MakeZip({{"python/b", "2"}});
  const CodeStore::Hold hold_one = Add(one);
  const CodeStore::Hold hold_two = Add(two);
  std::string forward;
  std::string backward;
  const auto hold_forward = store_->Unpack({HashOf(one), HashOf(two)}, &forward);
  const auto hold_backward = store_->Unpack({HashOf(two), HashOf(one)}, &backward);
  ASSERT_TRUE(hold_forward.ok() && hold_backward.ok());
  EXPECT_NE(forward, backward);
  EXPECT_EQ(ReadFile(forward + "/python/a").value(), "1");
  EXPECT_EQ(ReadFile(forward + "/python/b").value(), "2");
  EXPECT_EQ(ReadFile(backward + "/python/b").value(), "1");
}

TEST_F(CodeStoreTest, DamageIsNoticedAndLeavesNoFolder) {
  const std::string zip = MakeZip({{"a", "1"}});
  const CodeStore::Hold hold = Add(zip);
  std::ofstream(directory_.path() + "/zips/" + HashOf(zip) + ".zip") << "damaged";
  std::string path;
  EXPECT_EQ(store_->Unpack({HashOf(zip)}, &path).status().code(), StatusCode::kCorruption);
  EXPECT_EQ(CountIn("unpacked"), 0u);
  EXPECT_EQ(CountIn("temporary"), 0u);
  // The next one tries again.
  std::ofstream(directory_.path() + "/zips/" + HashOf(zip) + ".zip") << zip;
  EXPECT_TRUE(store_->Unpack({HashOf(zip)}, &path).ok());
}

}  // namespace
}  // namespace millrace::streams
