// What happens when the disk fails, the process is killed, or the log is damaged.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "storage/engine/engine.h"
#include "storage/engine/test_support.h"

namespace millrace::engine {
namespace {

using ::testing::HasSubstr;

Result<std::unique_ptr<Engine>> OpenAt(const std::string& path) {
  Options options;
  options.data_dir = path;
  return Engine::Open(options);
}

// The newest write-ahead log in `path`.
std::string LogFile(const std::string& path) {
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() == ".log") {
      newest = std::max(newest, entry.path().string());
    }
  }
  return newest;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// No file may grow past `bytes`, for as long as the object lives: the next write of the log fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &old_);
    old_handler_ = signal(SIGXFSZ, SIG_IGN);
    const rlimit limited = {bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_;
  sighandler_t old_handler_;
};

TEST(EngineFailureTest, FailedWriteFailsItsGroupAndStopsWrites) {
  TemporaryDirectory directory;
  Result<std::unique_ptr<Engine>> opened = OpenAt(directory.path());
  ASSERT_TRUE(opened.ok());
  Engine* const engine = opened->get();
  ManualQueue queue;
  TestMutation first = PutMutation("first", "1");
  TestMutation depends(
      {"first"}, [](auto, WriteSet*) { return Status(StatusCode::kRefused, "no"); }, &queue);
  TestMutation refused(
      {"none"}, [](auto, WriteSet*) { return Status(StatusCode::kRefused, "no"); }, &queue);
  ASSERT_TRUE(engine->Submit(&first).ok());
  ASSERT_TRUE(engine->Submit(&depends).ok());
  ASSERT_TRUE(engine->Submit(&refused).ok());
  {
    const FileSizeLimit limit(std::filesystem::file_size(LogFile(directory.path())) + 10);
    engine->Start();
    queue.RunTasks(2);
  }
  EXPECT_EQ(first.status().code(), StatusCode::kIoError);
  EXPECT_EQ(depends.status().code(), StatusCode::kIoError);
  EXPECT_EQ(refused.status().code(), StatusCode::kRefused);
  // The disk is well again, the engine stays read-only all the same.
  TestMutation later = PutMutation("later", "1");
  EXPECT_EQ(engine->SubmitAndWait(&later).code(), StatusCode::kReadOnly);
  EXPECT_FALSE(later.completed());
  EXPECT_EQ(engine->health().code(), StatusCode::kReadOnly);
  EXPECT_THAT(std::string(engine->health().message()), HasSubstr("failed write"));
  PinnedValue value;
  EXPECT_TRUE(engine->Get(Space::kItems, "later", &value).ok());
  EXPECT_FALSE(value.found());
  // A new process starts from what is on disk and writes again.
  opened->reset();
  opened = OpenAt(directory.path());
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  opened.value()->Start();
  TestMutation again = PutMutation("again", "1");
  EXPECT_TRUE(opened.value()->SubmitAndWait(&again).ok());
}

// The child of the next test: writes into the folder named in its environment and acknowledges each
// durable write on the descriptor named there, until it is killed. A program of its own, because a
// fork of a process that has threads must not start any.
TEST(EngineFailureTest, DISABLED_WriteUntilKilled) {
  const char* const path = std::getenv("MILLRACE_TEST_FOLDER");
  const char* const descriptor = std::getenv("MILLRACE_TEST_DESCRIPTOR");
  ASSERT_TRUE(path != nullptr && descriptor != nullptr);
  Result<std::unique_ptr<Engine>> engine = OpenAt(path);
  ASSERT_TRUE(engine.ok());
  engine.value()->Start();
  for (uint32_t index = 0;; ++index) {
    const std::string key = "key" + std::to_string(index);
    TestMutation put({}, [&key](auto, WriteSet* writes) {
      writes->Put(Space::kItems, key, key + "value");
      writes->AddToCounters(1, 1, 5);
      return Status::Ok();
    });
    ASSERT_TRUE(engine.value()->SubmitAndWait(&put).ok());
    ASSERT_EQ(write(std::atoi(descriptor), &index, sizeof(index)),
              static_cast<ssize_t>(sizeof(index)));
  }
}

// Starts the child of AcknowledgedWritesSurviveAKill; `acknowledgements` is the end of the pipe it
// writes to.
pid_t StartWriter(const std::string& path, int acknowledgements) {
  const std::string descriptor = std::to_string(acknowledgements);
  const pid_t child = fork();
  if (child == 0) {
    setenv("MILLRACE_TEST_FOLDER", path.c_str(), 1);
    setenv("MILLRACE_TEST_DESCRIPTOR", descriptor.c_str(), 1);
    fcntl(acknowledgements, F_SETFD, 0);
    execl("/proc/self/exe", "writer", "--gtest_also_run_disabled_tests",
          "--gtest_filter=*DISABLED_WriteUntilKilled", nullptr);
    _exit(1);
  }
  return child;
}

// Killed at an arbitrary moment, everything acknowledged must be there, and the counter must be
// what the items say.
TEST(EngineFailureTest, AcknowledgedWritesSurviveAKill) {
  for (int round = 0; round < 3; ++round) {
    TemporaryDirectory directory;
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = StartWriter(directory.path(), ends[1]);
    ASSERT_GE(child, 0);
    close(ends[1]);
    uint32_t acknowledged = 0;
    while (acknowledged < 50u + static_cast<uint32_t>(round) * 37) {
      ASSERT_EQ(read(ends[0], &acknowledged, sizeof(acknowledged)),
                static_cast<ssize_t>(sizeof(acknowledged)));
    }
    kill(child, SIGKILL);
    int exit_status = 0;
    ASSERT_EQ(waitpid(child, &exit_status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(exit_status));
    while (read(ends[0], &acknowledged, sizeof(acknowledged)) == sizeof(acknowledged)) {
    }
    close(ends[0]);
    Result<std::unique_ptr<Engine>> engine = OpenAt(directory.path());
    ASSERT_TRUE(engine.ok()) << engine.status().ToString();
    int64_t found = 0;
    const std::unique_ptr<Scanner> scanner = engine.value()->Scan(ScanRange());
    for (; scanner->Valid(); scanner->Next()) {
      EXPECT_EQ(std::string(scanner->value()), std::string(scanner->key()) + "value");
      ++found;
    }
    // One write may have been durable without its acknowledgement having left.
    EXPECT_GE(found, static_cast<int64_t>(acknowledged) + 1);
    EXPECT_LE(found, static_cast<int64_t>(acknowledged) + 2);
    EXPECT_EQ(engine.value()->Counters(1).item_count, found);
    EXPECT_EQ(engine.value()->statistics().last_sequence, static_cast<uint64_t>(found));
  }
}

class DamagedLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Engine>> engine = OpenAt(directory_.path());
    ASSERT_TRUE(engine.ok());
    engine.value()->Start();
    for (int index = 0; index < 20; ++index) {
      TestMutation put = PutMutation("key" + std::to_string(index), std::string(100, 'v'));
      ASSERT_TRUE(engine.value()->SubmitAndWait(&put).ok());
    }
    engine->reset();
    log_path_ = LogFile(directory_.path());
    log_ = ReadFile(log_path_);
    ASSERT_GT(log_.size(), 2000u);
  }

  TemporaryDirectory directory_;
  std::string log_path_;
  std::string log_;
};

// A record cut short at the end was never acknowledged: it is dropped, all before it is kept.
TEST_F(DamagedLogTest, CutTailIsAccepted) {
  WriteFile(log_path_, log_.substr(0, log_.size() - 7));
  Result<std::unique_ptr<Engine>> engine = OpenAt(directory_.path());
  ASSERT_TRUE(engine.ok()) << engine.status().ToString();
  PinnedValue value;
  ASSERT_TRUE(engine.value()->Get(Space::kItems, "key18", &value).ok());
  EXPECT_TRUE(value.found());
  ASSERT_TRUE(engine.value()->Get(Space::kItems, "key19", &value).ok());
  EXPECT_FALSE(value.found());
  EXPECT_EQ(engine.value()->statistics().last_sequence, 19u);
}

// Damage in the middle would lose acknowledged writes: the database does not open.
TEST_F(DamagedLogTest, DamageInTheMiddleIsAnError) {
  const size_t place = log_.find("key10");
  ASSERT_NE(place, std::string::npos);
  log_[place + 20] ^= 1;
  WriteFile(log_path_, log_);
  const Status status = OpenAt(directory_.path()).status();
  EXPECT_EQ(status.code(), StatusCode::kCorruption) << status.ToString();
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory_.path()));
}

}  // namespace
}  // namespace millrace::engine
