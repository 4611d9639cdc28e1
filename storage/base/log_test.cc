// Log lines: their form, the level filter, and one line per event whatever the text holds.
#include "storage/base/log.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace millrace {
namespace {

std::vector<std::string> LinesOf(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

class LogTest : public testing::Test {
 protected:
  LogTest() {
    std::string name = std::filesystem::temp_directory_path() / "millrace_log_test_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~LogTest() override {
    StartLogging(LogLevel::kWarning, "");
    std::filesystem::remove_all(directory_);
  }

  std::filesystem::path directory_;
};

TEST(LogBudget, BoundsLinesPerSecondAndCountsTheRest) {
  LogBudget budget;
  int64_t left_out = 0;
  for (int64_t line = 0; line < LogBudget::kLinesPerSecond; ++line) {
    EXPECT_TRUE(budget.Take(5'000'000 + line, &left_out));
  }
  EXPECT_FALSE(budget.Take(5'999'998, &left_out));
  EXPECT_FALSE(budget.Take(5'999'999, &left_out));
  EXPECT_EQ(left_out, 0);
  EXPECT_TRUE(budget.Take(6'000'000, &left_out));
  EXPECT_EQ(left_out, 2);
  left_out = 0;
  EXPECT_TRUE(budget.Take(7'000'000, &left_out));
  EXPECT_EQ(left_out, 0);
}

TEST_F(LogTest, WritesLinesAtTheLevelAndAbove) {
  const auto file = directory_ / "log";
  StartLogging(LogLevel::kInfo, file);
  EXPECT_FALSE(LogEnabled(LogLevel::kDebug));
  EXPECT_TRUE(LogEnabled(LogLevel::kInfo));
  Log(LogLevel::kDebug, "not written");
  Log(LogLevel::kInfo, "table created name=orders {}");
  Log(LogLevel::kError, "quoted \"a\nb\x7F\"");
  FlushLog();
  const auto lines = LinesOf(file);
  ASSERT_EQ(lines.size(), 2u);
  const std::string time = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)";
  EXPECT_TRUE(
      std::regex_match(lines[0], std::regex(time + R"( info table created name=orders \{\})")))
      << lines[0];
  EXPECT_TRUE(std::regex_match(lines[1], std::regex(time + R"( error quoted "a\\x0ab\\x7f")")))
      << lines[1];
}

TEST_F(LogTest, FallsBackToStderr) {
  testing::internal::CaptureStderr();
  StartLogging(LogLevel::kInfo, directory_);
  Log(LogLevel::kInfo, "still here");
  FlushLog();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("log file cannot be opened"), std::string::npos) << text;
  EXPECT_NE(text.find("still here"), std::string::npos) << text;
}

}  // namespace
}  // namespace millrace
