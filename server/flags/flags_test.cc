// Precedence of the sources, and the errors.
#include "server/flags/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <vector>

namespace millrace::server {
namespace {

using Action = FlagOutcome::Action;
using testing::HasSubstr;

class FlagsTest : public testing::Test {
 protected:
  FlagOutcome Parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "millrace");
    return ParseFlags(static_cast<int>(arguments.size()), arguments.data(),
                      [this](const char* name) {
                        const auto found = environment_.find(name);
                        return found == environment_.end() ? nullptr : found->second.c_str();
                      });
  }
  std::string WriteFile(const std::string& content) {
    const std::string path = testing::TempDir() + "flags_test_" + std::to_string(getpid());
    std::ofstream(path) << content;
    return path;
  }

  std::map<std::string, std::string> environment_;
};

TEST_F(FlagsTest, DefaultsNeedADataDirectory) {
  EXPECT_EQ(Parse({}).action, Action::kUsageError);
  EXPECT_THAT(Parse({}).text, HasSubstr("--data_dir is required"));
  const FlagOutcome outcome = Parse({"--in_memory"});
  ASSERT_EQ(outcome.action, Action::kRun) << outcome.text;
  EXPECT_EQ(outcome.flags.port, 8000);
  EXPECT_EQ(outcome.flags.host, "127.0.0.1");
  EXPECT_EQ(outcome.flags.durability, engine::Durability::kSync);
  EXPECT_GT(outcome.flags.io_threads, 0);
  EXPECT_FALSE(outcome.flags.throttle);
  EXPECT_TRUE(Parse({"--in_memory", "--throttle"}).flags.throttle);
}

TEST_F(FlagsTest, CommandLineOverEnvironmentOverFile) {
  const std::string path =
      WriteFile("# comment\n\n--port=1\n  --region=file-1\n--account=111111111111\n");
  environment_ = {{"MILLRACE_PORT", "2"}, {"MILLRACE_REGION", "environment-1"}};
  const FlagOutcome outcome =
      Parse({"--data_dir", "/tmp/x", ("--flagfile=" + path).c_str(), "--port=3"});
  ASSERT_EQ(outcome.action, Action::kRun) << outcome.text;
  EXPECT_EQ(outcome.flags.port, 3);
  EXPECT_EQ(outcome.flags.region, "environment-1");
  EXPECT_EQ(outcome.flags.account, "111111111111");
  EXPECT_EQ(outcome.flags.data_dir, "/tmp/x");
  unlink(path.c_str());
}

TEST_F(FlagsTest, WrongInputIsAUsageError) {
  const std::pair<const char*, const char*> cases[] = {
      {"--port=x", "bad value for --port: 'x'"},
      {"--port=70000", "--port must be between 0 and 65535, not 70000"},
      {"--prot=1", "unknown flag --prot"},
      {"--nonsense", "unknown flag --nonsense"},
      {"--port", "--port needs a value"},
      {"serve", "not a flag: 'serve'"},
      {"--auth=closed", "--auth must be one of open, shape, not 'closed'"},
      {"--durability=maybe", "--durability must be one of sync, interval, none"},
      {"--account=12", "--account must be 12 digits"},
      {"--region=US", "--region must be a region name"},
      {"--log_level=loud", "--log_level must be one of"},
      {"--flagfile=/nowhere/at/all", "cannot read the flag file"},
  };
  for (const auto& [argument, message] : cases) {
    const FlagOutcome outcome = Parse({"--in_memory", argument});
    EXPECT_EQ(outcome.action, Action::kUsageError) << argument;
    EXPECT_THAT(outcome.text, HasSubstr(message)) << argument;
  }
}

TEST_F(FlagsTest, ErrorsOfAFileNameTheLine) {
  const std::string path = WriteFile("--in_memory\n--port=x\n");
  const FlagOutcome outcome = Parse({"--flagfile", path.c_str()});
  EXPECT_EQ(outcome.action, Action::kUsageError);
  EXPECT_THAT(outcome.text, HasSubstr(path + ":2: bad value for --port"));
  unlink(path.c_str());
}

TEST_F(FlagsTest, HelpShowsOurFlagsOnly) {
  const FlagOutcome outcome = Parse({"--help"});
  EXPECT_EQ(outcome.action, Action::kPrintAndExit);
  EXPECT_THAT(outcome.text, HasSubstr("--data_dir"));
  EXPECT_THAT(outcome.text, testing::Not(HasSubstr("tryfromenv")));
  EXPECT_THAT(Parse({"--version"}).text, testing::StartsWith("millrace "));
}

TEST_F(FlagsTest, SwitchesCanBeTurnedOff) {
  environment_ = {{"MILLRACE_IN_MEMORY", "true"}};
  EXPECT_EQ(Parse({"--noin_memory"}).action, Action::kUsageError);
  EXPECT_EQ(Parse({"--in_memory=false"}).action, Action::kUsageError);
  EXPECT_EQ(Parse({}).action, Action::kRun);
}

}  // namespace
}  // namespace millrace::server
