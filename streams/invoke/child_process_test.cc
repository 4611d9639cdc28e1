// Real processes: output, ends, groups, what they inherit.
#include "streams/invoke/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <string>

namespace millrace::streams {
namespace {

struct Outcome {
  std::string output;
  ProcessEnd end;
};

class ChildProcessTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(watcher_.Start().ok()); }

  static ProcessDescription Shell(const std::string& script) {
    ProcessDescription description;
    description.arguments = {"sh", "-c", script};
    description.environment = {"PATH=/usr/bin:/bin", "GREETING=hello"};
    description.directory = "/";
    description.search_path = "/usr/bin:/bin";
    return description;
  }
  // Runs a script to its end; `started` is called with the process id.
  Outcome Run(const std::string& script, const std::function<void(pid_t)>& started = nullptr) {
    Outcome outcome;
    std::promise<void> ended;
    const Result<pid_t> process = watcher_.Run(
        Shell(script), [&](std::string_view bytes) { outcome.output.append(bytes); },
        [&](const ProcessEnd& end) {
          outcome.end = end;
          ended.set_value();
        });
    EXPECT_TRUE(process.ok()) << process.status().ToString();
    if (started != nullptr) {
      started(process.value());
    }
    ended.get_future().wait();
    return outcome;
  }

  ProcessWatcher watcher_;
};

TEST_F(ChildProcessTest, OutputAndStatus) {
  const Outcome outcome = Run("echo out; echo error >&2; exit 3");
  EXPECT_EQ(outcome.output, "out\nerror\n");
  EXPECT_FALSE(outcome.end.signaled);
  EXPECT_EQ(outcome.end.code, 3);
  EXPECT_EQ(outcome.end.ToString(), "exit status 3");
}

TEST_F(ChildProcessTest, InheritsOnlyWhatIsSaid) {
  const int descriptor = dup(STDIN_FILENO);  // without close-on-exec
  const Outcome outcome = Run("echo $GREETING; env | wc -l; pwd; ls /proc/self/fd | wc -l; cat");
  close(descriptor);
  // PATH, GREETING and PWD, which the shell sets; ls has its three descriptors and the folder's.
  EXPECT_EQ(outcome.output, "hello\n3\n/\n4\n");
}

TEST_F(ChildProcessTest, SignalsEndTheWholeGroup) {
  std::promise<std::string> child;
  const Outcome outcome = Run("sleep 1000 & echo $!; wait",
                              [&](pid_t process) { watcher_.SignalGroup(process, SIGKILL); });
  EXPECT_TRUE(outcome.end.signaled);
  EXPECT_EQ(outcome.end.ToString(), "signal: killed");
}

TEST_F(ChildProcessTest, WhatAProcessLeavesBehindGoesWithIt) {
  const Outcome outcome = Run("sleep 1000 & echo $!");
  const pid_t left_behind = std::stoi(outcome.output);
  // It was killed with its group; until somebody waits for it there may be a zombie of it, which
  // has no program any more.
  const auto runs = [&] {
    std::error_code error;
    return !std::filesystem::read_symlink("/proc/" + std::to_string(left_behind) + "/exe", error)
                .empty();
  };
  for (int attempt = 0; attempt < 5000 && runs(); ++attempt) {
    usleep(1000);
  }
  EXPECT_FALSE(runs());
}

TEST_F(ChildProcessTest, SomebodyWhoLeftTheGroupGoesOnWriting) {
  // It ends when nobody reads any more.
  const Outcome outcome =
      Run("mark=$(mktemp); setsid sh -c \"echo y; rm $mark; while :; do echo x; done\" & "
          "while [ -e $mark ]; do sleep 0.01; done");
  EXPECT_FALSE(outcome.end.signaled);
  EXPECT_EQ(outcome.output.substr(0, 2), "y\n");
}

TEST_F(ChildProcessTest, LargeOutputIsComplete) {
  const Outcome outcome = Run("head -c 3000000 /dev/zero");
  EXPECT_EQ(outcome.output.size(), 3000000u);
}

TEST_F(ChildProcessTest, MissingPrograms) {
  ProcessDescription description = Shell("");
  description.arguments = {"no-such-program"};
  const Result<pid_t> process = watcher_.Run(description, nullptr, nullptr);
  EXPECT_EQ(process.status().code(), StatusCode::kNotFound);
  const std::string program =
      (std::filesystem::temp_directory_path() / ("program_test_" + std::to_string(getpid())))
          .string();
  std::ofstream(program) << "neither a script nor a binary";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  description.arguments = {program};
  EXPECT_EQ(watcher_.Run(description, nullptr, nullptr).status().code(),
            StatusCode::kFailedPrecondition);
  std::filesystem::remove(program);
  EXPECT_EQ(FindProgram("sh", "/nowhere:/bin"), "/bin/sh");
  EXPECT_EQ(FindProgram("/bin/sh", ""), "/bin/sh");
  EXPECT_EQ(FindProgram("sh", ""), "");
}

TEST_F(ChildProcessTest, StopEndsWhatIsRunning) {
  std::promise<ProcessEnd> ended;
  ASSERT_TRUE(watcher_
                  .Run(
                      Shell("sleep 1000"), [](std::string_view) {},
                      [&](const ProcessEnd& end) { ended.set_value(end); })
                  .ok());
  watcher_.Stop();
  EXPECT_TRUE(ended.get_future().get().signaled);
}

TEST_F(ChildProcessTest, DrainPassesOnWhatWasWritten) {
  // The reader of the first process's output is held up, so only Drain can pass on the second's.
  std::promise<void> held;
  std::promise<void> release;
  std::promise<void> first_ended;
  ASSERT_TRUE(watcher_
                  .Run(
                      Shell("echo; exec sleep 1000"),
                      [&](std::string_view) {
                        held.set_value();
                        release.get_future().wait();
                      },
                      [&](const ProcessEnd&) { first_ended.set_value(); })
                  .ok());
  held.get_future().wait();
  const std::filesystem::path mark =
      std::filesystem::temp_directory_path() / ("drain_test_" + std::to_string(getpid()));
  std::string output;
  std::promise<void> second_ended;
  const Result<pid_t> second = watcher_.Run(
      Shell("echo said; : > " + mark.string() + "; exec sleep 1000"),
      [&](std::string_view bytes) { output += bytes; },
      [&](const ProcessEnd&) { second_ended.set_value(); });
  ASSERT_TRUE(second.ok());
  while (!std::filesystem::exists(mark)) {
    usleep(1000);
  }
  watcher_.Drain(second.value());
  EXPECT_EQ(output, "said\n");
  std::filesystem::remove(mark);
  release.set_value();
  watcher_.Stop();
  first_ended.get_future().wait();
  second_ended.get_future().wait();
  watcher_.Drain(second.value());
}

}  // namespace
}  // namespace millrace::streams
