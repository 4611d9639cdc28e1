// Lines, the tail of a log, and the ring.
#include "streams/invoke/log_capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::streams {
namespace {

using testing::ElementsAre;

std::vector<std::string> Split(LineSplitter* splitter, std::string_view bytes) {
  std::vector<LogLine> lines;
  splitter->Add(bytes, 7, &lines);
  std::vector<std::string> texts;
  for (const LogLine& line : lines) {
    EXPECT_EQ(line.time_ms, 7);
    texts.push_back(line.text);
  }
  return texts;
}

TEST(LineSplitter, CutsAtLineBreaksWhereverThePiecesEnd) {
  LineSplitter splitter;
  EXPECT_THAT(Split(&splitter, "a\nb"), ElementsAre("a"));
  EXPECT_THAT(Split(&splitter, "c\n\nd\n"), ElementsAre("bc", "", "d"));
  EXPECT_THAT(Split(&splitter, "rest"), ElementsAre());
  std::vector<LogLine> lines;
  splitter.Finish(8, &lines);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].text, "rest");
  splitter.Finish(8, &lines);
  EXPECT_EQ(lines.size(), 1u);
}

TEST(LineSplitter, CutsLinesThatAreTooLong) {
  LineSplitter splitter;
  const std::string longest(LineSplitter::kLineSizeMax, 'x');
  EXPECT_THAT(Split(&splitter, longest + "\ny\n"), ElementsAre(longest, "y"));
  EXPECT_THAT(Split(&splitter, longest + "z\n"), ElementsAre(longest, "z"));
}

TEST(LogTail, KeepsTheEndAndTheBeginningIfThereIsRoom) {
  LogTail tail;
  tail.Add("START");
  tail.Add("one");
  EXPECT_EQ(tail.Text(), "START\none\n");
  for (int line = 0; line < 1000; ++line) {
    tail.Add("line " + std::to_string(line));
  }
  const std::string text = tail.Text();
  EXPECT_LE(text.size(), LogTail::kSizeMax);
  EXPECT_TRUE(text.ends_with("line 998\nline 999\n"));
  tail.Clear();
  EXPECT_EQ(tail.Text(), "");
}

TEST(LogRing, KeepsTheLastLines) {
  LogRing ring;
  for (size_t line = 0; line < LogRing::kLinesMax + 5; ++line) {
    ring.Add({static_cast<int64_t>(line), std::to_string(line)});
  }
  const std::vector<LogLine> lines = ring.Lines();
  ASSERT_EQ(lines.size(), LogRing::kLinesMax);
  EXPECT_EQ(lines.front().text, "5");
}

}  // namespace
}  // namespace millrace::streams
