// Trace headers: the count of hops survives whatever else is in the header.
#include "streams/invoke/trace_header.h"

#include <gtest/gtest.h>

namespace millrace::streams {
namespace {

TEST(TraceHeader, CountsHops) {
  SeededRandom random(1);
  std::string header = NewTraceHeader(1'700'000'000'000, &random);
  EXPECT_TRUE(header.starts_with("Root=1-6553f100-")) << header;
  EXPECT_EQ(header.size(), std::string("Root=1-6553f100-0123456789abcdef01234567;").size() +
                               std::string("Parent=0123456789abcdef;Sampled=0").size());
  EXPECT_EQ(TraceHops(header), 0);
  const std::string root = header;
  for (int hop = 1; hop <= 17; ++hop) {
    header = NextHop(header, hop % 2 == 0 ? "f" : "g");
    EXPECT_EQ(TraceHops(header), hop);
    EXPECT_TRUE(header.starts_with(root + ";Lineage=")) << header;
  }
}

TEST(TraceHeader, ReadsWhatOthersWrite) {
  EXPECT_EQ(TraceHops(""), 0);
  EXPECT_EQ(TraceHops("Root=1-2-3"), 0);
  EXPECT_EQ(TraceHops("Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2;Root=1-2-3"), 5);
  EXPECT_EQ(TraceHops("Lineage=1:a87bd80c:7"), 7);
  EXPECT_EQ(TraceHops("Lineage=;Lineage=x;Lineage=x:"), 0);
  EXPECT_EQ(TraceHops("Lineage=x:12y"), 0);
  EXPECT_EQ(TraceHops("Lineage=x:-3"), 0);
  EXPECT_EQ(TraceHops("Lineage=x:99999999999999999999999"), 0);
  EXPECT_EQ(TraceHops("Lineage=x:9999999"), 32767);
  EXPECT_TRUE(NextHop("Lineage=x:3;Root=1-2-3;", "f").starts_with("Root=1-2-3;Lineage="));
  EXPECT_EQ(TraceHops(NextHop("Lineage=x:3;Root=1-2-3;", "f")), 4);
}

}  // namespace
}  // namespace millrace::streams
