// Precedence of the sources, and the errors.
#include "server/flags/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <vector>

#include "storage/model/stream_descriptor.h"

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
  EXPECT_TRUE(outcome.flags.huge_pages);
  EXPECT_FALSE(Parse({"--in_memory", "--huge_pages=false"}).flags.huge_pages);
  EXPECT_TRUE(Parse({"--in_memory", "--throttle"}).flags.throttle);
}

TEST_F(FlagsTest, StreamsAndTime) {
  constexpr int64_t kHourMs = 3'600'000;
  const Flags defaults = Parse({"--in_memory"}).flags;
  EXPECT_EQ(defaults.stream_retention_ms, 24 * kHourMs);
  EXPECT_EQ(defaults.stream_shards, 1);
  EXPECT_EQ(defaults.shard_rollover_ms, 4 * kHourMs);
  EXPECT_EQ(defaults.ttl_interval_ms, 1000);
  EXPECT_FALSE(defaults.virtual_clock);

  environment_ = {{"MILLRACE_STREAM_SHARDS", "64"}};
  const FlagOutcome outcome =
      Parse({"--in_memory", "--stream_retention=forever", "--shard_rollover=0",
             "--ttl_interval=20ms", "--clock=virtual"});
  ASSERT_EQ(outcome.action, Action::kRun) << outcome.text;
  EXPECT_EQ(outcome.flags.stream_retention_ms, kRetentionForever);
  EXPECT_EQ(outcome.flags.stream_shards, 64);
  EXPECT_EQ(outcome.flags.shard_rollover_ms, 0);
  EXPECT_EQ(outcome.flags.ttl_interval_ms, 20);
  EXPECT_TRUE(outcome.flags.virtual_clock);
}

TEST_F(FlagsTest, Credentials) {
  for (const char* flag : {"--auth=verify", "--credentials_file=/keys"}) {
    EXPECT_THAT(Parse({"--in_memory", flag}).text, HasSubstr("go together"));
  }
  const Flags flags = Parse({"--in_memory", "--auth=verify", "--credentials_file=/keys"}).flags;
  EXPECT_EQ(flags.authentication, AuthenticationMode::kVerify);
  EXPECT_EQ(flags.credentials_file, "/keys");
  EXPECT_FALSE(flags.open_to_everybody);
  EXPECT_THAT(Parse({"--in_memory", "--policies_file=/policies"}).text,
              HasSubstr("--policies_file needs --auth=verify"));
}

TEST_F(FlagsTest, Functions) {
  const FunctionFlags defaults = Parse({"--in_memory"}).flags.functions;
  EXPECT_EQ(defaults.executor, streams::Executor::kProcess);
  EXPECT_EQ(defaults.idle_timeout_ms, 300'000);
  EXPECT_EQ(defaults.mapping_retry_ms, 500);
  EXPECT_TRUE(defaults.inject_endpoint);
  const FlagOutcome outcome =
      Parse({"--in_memory", "--functions_dir_bucket=local-dir", "--functions_dir_roots=/a:/b",
             "--nofunctions_inject_endpoint", "--async_retry_base=0s"});
  ASSERT_EQ(outcome.action, Action::kRun) << outcome.text;
  EXPECT_EQ(outcome.flags.functions.directory_roots, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_FALSE(outcome.flags.functions.inject_endpoint);
  EXPECT_EQ(outcome.flags.functions.asynchronous_retry_ms, 0);
  EXPECT_THAT(Parse({"--in_memory", "--functions_dir_bucket=b"}).text,
              HasSubstr("needs --functions_dir_roots"));
  EXPECT_THAT(Parse({"--in_memory", "--functions_executor=docker"}).text,
              HasSubstr("--functions_executor must be one of process, attach"));
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
      {"--auth=closed", "--auth must be one of open, shape, verify, not 'closed'"},
      {"--durability=maybe", "--durability must be one of sync, interval, none"},
      {"--tls_certificate=a", "--tls_certificate and --tls_key go together"},
      {"--tls_key=a", "--tls_certificate and --tls_key go together"},
      {"--tls_client_ca=a", "--tls_client_ca needs --tls_certificate and --tls_key"},
      {"--account=12", "--account must be 12 digits"},
      {"--region=US", "--region must be a region name"},
      {"--stream_retention=1", "--stream_retention must be a whole number followed by ms, s, m"},
      {"--stream_retention=0s", "--stream_retention must be at least 1s, not '0s'"},
      {"--stream_retention=never", "not 'never'"},
      {"--shard_rollover=4", "--shard_rollover must be a whole number followed by"},
      {"--ttl_interval=0s", "--ttl_interval must be at least 1ms"},
      {"--stream_shards=0", "--stream_shards must be between 1 and 64, not 0"},
      {"--stream_shards=65", "--stream_shards must be between 1 and 64, not 65"},
      {"--clock=wall", "--clock must be one of system, virtual, not 'wall'"},
      {"--log_level=loud", "--log_level must be one of"},
      {"--flagfile=/nowhere/at/all", "cannot read the flag file"},
  };
  for (const auto& [argument, message] : cases) {
    const FlagOutcome outcome = Parse({"--in_memory", argument});
    EXPECT_EQ(outcome.action, Action::kUsageError) << argument;
    EXPECT_THAT(outcome.text, HasSubstr(message)) << argument;
  }
}

TEST_F(FlagsTest, SecretsAreKeysOfUsersAndOfCertificates) {
  EXPECT_FALSE(HoldsSecrets(Parse({"--in_memory"}).flags));
  EXPECT_FALSE(HoldsSecrets(Parse({"--in_memory", "--auth=shape"}).flags));
  EXPECT_TRUE(HoldsSecrets(Parse({"--in_memory", "--auth=verify", "--credentials_file=a"}).flags));
  EXPECT_TRUE(HoldsSecrets(Parse({"--in_memory", "--tls_certificate=a", "--tls_key=b"}).flags));
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
