// The rows of the authentication table, one by one, in open and shape mode.
#include "server/auth/authenticator.h"

#include <gtest/gtest.h>

#include <optional>

#include "server/auth/credentials.h"

namespace millrace::server {
namespace {

using api::ErrorType;

// 2025-11-21T00:00:00Z.
constexpr int64_t kNowSeconds = 1763683200;
constexpr char kGoodHeader[] =
    "AWS4-HMAC-SHA256 Credential=AKID/20251121/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=abc";
constexpr char kGoodDate[] = "20251121T000000Z";
constexpr char kGoodQuery[] =
    "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20251121%2Fus-east-1%2Fdynamodb"
    "%2Faws4_request&X-Amz-Date=20251121T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=abc";

struct Row {
  const char* what;
  std::optional<std::string> authorization;
  std::optional<std::string> amz_date;
  std::string target = "/";
  ErrorType type;
  std::string message;
};

class AuthenticatorTest : public testing::Test {
 protected:
  api::ApiStatus Check(const Row& row) {
    head_.Clear();
    head_.SetRequestLine("POST", row.target, 1);
    if (row.authorization) {
      EXPECT_TRUE(head_.AddField("Authorization", *row.authorization));
    }
    if (row.amz_date) {
      EXPECT_TRUE(head_.AddField("X-Amz-Date", *row.amz_date));
    }
    return shape_.Authenticate(head_, "", &key_);
  }
  void ExpectRefused(const Row& row) {
    const api::ApiStatus status = Check(row);
    ASSERT_FALSE(status.ok()) << row.what;
    EXPECT_EQ(status.error().type, row.type) << row.what;
    EXPECT_EQ(status.error().message, row.message) << row.what;
    EXPECT_EQ(key_, "") << row.what;
  }

  ManualClock clock_{kNowSeconds * 1000};
  ShapeAuthenticator shape_{&clock_, "us-east-1"};
  OpenAuthenticator open_;
  RequestHead head_;
  std::string key_ = "old";
};

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(AuthenticatorTest, AcceptsCompleteCredentials) {
  EXPECT_TRUE(Check({"header", kGoodHeader, kGoodDate, "/", {}, {}}).ok());
  EXPECT_EQ(key_, "AKID");
  EXPECT_TRUE(Check({"query", {}, {}, kGoodQuery, {}, {}}).ok());
  EXPECT_EQ(key_, "AKID");
}

TEST_F(AuthenticatorTest, AcceptsCommasOnlyAndSpacesOnly) {
  EXPECT_TRUE(Check({"commas",
                     Replaced(Replaced(kGoodHeader, ", S", ",S"), ", S", ",S"),
                     kGoodDate,
                     "/",
                     {},
                     {}})
                  .ok());
  EXPECT_TRUE(Check({"spaces",
                     Replaced(Replaced(kGoodHeader, ", S", " S"), ", S", " S"),
                     kGoodDate,
                     "/",
                     {},
                     {}})
                  .ok());
}

TEST_F(AuthenticatorTest, Rows1And2WhichFormIsUsed) {
  ExpectRefused({"1 both", kGoodHeader, kGoodDate, kGoodQuery, ErrorType::kInvalidSignature,
                 "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
                 "header."});
  ExpectRefused({"2 neither",
                 {},
                 kGoodDate,
                 "/",
                 ErrorType::kMissingAuthenticationToken,
                 "Request is missing Authentication Token"});
  ExpectRefused({"2 other scheme", "Basic AWS4-", kGoodDate, "/",
                 ErrorType::kMissingAuthenticationToken,
                 "Request is missing Authentication Token"});
}

TEST_F(AuthenticatorTest, Row3HeaderParts) {
  ExpectRefused(
      {"all missing",
       "AWS4-",
       {},
       "/",
       ErrorType::kIncompleteSignature,
       "Authorization header requires 'Credential' parameter. "
       "Authorization header requires 'Signature' parameter. "
       "Authorization header requires 'SignedHeaders' parameter. "
       "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
       "Authorization=AWS4-"});
  const std::string no_signature = Replaced(kGoodHeader, ", Signature=abc", "");
  ExpectRefused(
      {"signature missing", no_signature, kGoodDate, "/", ErrorType::kIncompleteSignature,
       "Authorization header requires 'Signature' parameter. Authorization=" + no_signature});
  const std::string empty_signature = Replaced(kGoodHeader, "Signature=abc", "Signature=");
  ExpectRefused(
      {"signature empty", empty_signature, kGoodDate, "/", ErrorType::kIncompleteSignature,
       "Authorization header requires 'Signature' parameter. Authorization=" + empty_signature});
}

TEST_F(AuthenticatorTest, Row4QueryParts) {
  ExpectRefused({"only the algorithm, empty",
                 {},
                 {},
                 "/?X-Amz-Algorithm=",
                 ErrorType::kIncompleteSignature,
                 "AWS query-string parameters must include 'X-Amz-Algorithm'. "
                 "AWS query-string parameters must include 'X-Amz-Credential'. "
                 "AWS query-string parameters must include 'X-Amz-Signature'. "
                 "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                 "AWS query-string parameters must include 'X-Amz-Date'. "
                 "Re-examine the query-string parameters."});
  ExpectRefused({"no date",
                 {},
                 {},
                 Replaced(kGoodQuery, "&X-Amz-Date=20251121T000000Z", ""),
                 ErrorType::kIncompleteSignature,
                 "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the "
                 "query-string parameters."});
}

TEST_F(AuthenticatorTest, Rows5And6Date) {
  for (const char* date : {"2025-11-21T00:00:00Z", "20251121T000000", "20251321T000000Z",
                           "20251121T240000Z", "2025112aT000000Z"}) {
    ExpectRefused({"5 format", kGoodHeader, date, "/", ErrorType::kIncompleteSignature,
                   std::string("Date must be in ISO-8601 'basic format'. Got '") + date +
                       "'. See http://en.wikipedia.org/wiki/ISO_8601"});
  }
  ExpectRefused({"6 old", kGoodHeader, "20251120T234459Z", "/", ErrorType::kInvalidSignature,
                 "Signature expired: 20251120T234459Z is now earlier than 20251120T234500Z "
                 "(20251121T000000Z - 15 min.)"});
  ExpectRefused({"6b early", kGoodHeader, "20251121T001501Z", "/", ErrorType::kInvalidSignature,
                 "Signature not yet current: 20251121T001501Z is still later than "
                 "20251121T001500Z (20251121T000000Z + 15 min.)"});
  EXPECT_TRUE(Check({"edge", kGoodHeader, "20251121T001500Z", "/", {}, {}}).ok());
}

TEST_F(AuthenticatorTest, PresignedRequestsLiveAsLongAsTheyAsk) {
  clock_.AdvanceMs(3600 * 1000);
  EXPECT_FALSE(Check({"15 minutes", {}, {}, kGoodQuery, {}, {}}).ok());
  EXPECT_TRUE(
      Check({"an hour", {}, {}, std::string(kGoodQuery) + "&X-Amz-Expires=3600", {}, {}}).ok());
  clock_.AdvanceMs(1000);
  EXPECT_FALSE(
      Check({"over", {}, {}, std::string(kGoodQuery) + "&X-Amz-Expires=3600", {}, {}}).ok());
}

TEST_F(AuthenticatorTest, Rows7To9) {
  ExpectRefused({"7 host", Replaced(kGoodHeader, "host;x-amz-date", "x-host;x-amz-date"), kGoodDate,
                 "/", ErrorType::kInvalidSignature,
                 "'Host' must be a 'SignedHeader' in the AWS Authorization."});
  ExpectRefused({"8 algorithm", Replaced(kGoodHeader, "AWS4-HMAC-SHA256", "AWS4-X"), kGoodDate, "/",
                 ErrorType::kIncompleteSignature,
                 "Unsupported AWS 'algorithm': 'AWS4-X' (only AWS4-HMAC-SHA256 for now). "});
  ExpectRefused({"9 four parts", Replaced(kGoodHeader, "AKID/", ""), kGoodDate, "/",
                 ErrorType::kIncompleteSignature,
                 "Credential must have exactly 5 slash-delimited elements, e.g. "
                 "keyid/date/region/service/term, got "
                 "'20251121/us-east-1/dynamodb/aws4_request'"});
  ExpectRefused({"9 six parts", Replaced(kGoodHeader, "AKID", "A/B"), kGoodDate, "/",
                 ErrorType::kIncompleteSignature,
                 "Credential must have exactly 5 slash-delimited elements, e.g. "
                 "keyid/date/region/service/term, got "
                 "'A/B/20251121/us-east-1/dynamodb/aws4_request'"});
}

TEST_F(AuthenticatorTest, Row10Scope) {
  ExpectRefused({"all",
                 Replaced(kGoodHeader, "20251121/us-east-1/dynamodb/aws4_request",
                          "20251120/eu-west-1/s3/aws5"),
                 kGoodDate, "/", ErrorType::kInvalidSignature,
                 "Credential should be scoped to a valid region, not 'eu-west-1'. "
                 "Credential should be scoped to correct service: 'dynamodb'. "
                 "Credential should be scoped with a valid terminator: 'aws4_request', not "
                 "'aws5'. "
                 "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                 "from HTTP: '20251120' != '20251121', from '20251121T000000Z'."});
  ExpectRefused({"service", Replaced(kGoodHeader, "/dynamodb/", "/s3/"), kGoodDate, "/",
                 ErrorType::kInvalidSignature,
                 "Credential should be scoped to correct service: 'dynamodb'. "});
}

TEST_F(AuthenticatorTest, OpenModeAcceptsAnythingAndStillNamesTheKey) {
  head_.SetRequestLine("POST", "/", 1);
  EXPECT_TRUE(open_.Authenticate(head_, "", &key_).ok());
  EXPECT_EQ(key_, "");
  ASSERT_TRUE(head_.AddField("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/what"));
  EXPECT_TRUE(open_.Authenticate(head_, "", &key_).ok());
  EXPECT_EQ(key_, "KEY");
  head_.Clear();
  head_.SetRequestLine("POST", kGoodQuery, 1);
  EXPECT_TRUE(open_.Authenticate(head_, "", &key_).ok());
  EXPECT_EQ(key_, "AKID");
}

TEST(BasicDate, RoundTrips) {
  for (const int64_t seconds : {int64_t{0}, kNowSeconds, int64_t{951782400}}) {
    int64_t parsed = -1;
    ASSERT_TRUE(ParseBasicDate(FormatBasicDate(seconds), &parsed));
    EXPECT_EQ(parsed, seconds);
  }
}

}  // namespace
}  // namespace millrace::server
