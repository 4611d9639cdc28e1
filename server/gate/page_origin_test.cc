// Which origins are those of pages from elsewhere.
#include "server/gate/page_origin.h"

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

bool IsForeign(std::string_view origin) {
  RequestHead head;
  head.SetRequestLine("POST", "/", 1);
  EXPECT_TRUE(head.AddField("Origin", origin));
  return IsFromForeignPage(head);
}

TEST(PageOrigin, OwnPages) {
  RequestHead head;
  head.SetRequestLine("POST", "/", 1);
  EXPECT_FALSE(IsFromForeignPage(head));
  for (const char* const origin :
       {"http://localhost", "http://localhost:3000", "https://127.0.0.1:8443", "http://[::1]",
        "http://[::1]:8000", "http://app.localhost:8000"}) {
    EXPECT_FALSE(IsForeign(origin)) << origin;
  }
}

TEST(PageOrigin, ForeignPages) {
  for (const char* const origin :
       {"", "null", "x", "https://example.org", "http://localhost.example.org",
        "http://127.0.0.1.example.org:80", "http://notlocalhost", "http://[::1", "http://[::2]:80",
        "http://", "http://example.org:80/localhost", "http://10.0.0.1"}) {
    EXPECT_TRUE(IsForeign(origin)) << origin;
  }
}

}  // namespace
}  // namespace millrace::server
