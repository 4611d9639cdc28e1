// Tokens come back as they were, and only for what they were made for.
#include "api/partiql/page_token.h"

#include <string>
#include <vector>

#include "api/partiql/test_support.h"
#include "gtest/gtest.h"
#include "storage/base/base64.h"

namespace millrace::api::partiql {
namespace {

constexpr std::string_view kInvalid = "Invalid NextToken";
constexpr std::string_view kMismatch = "NextToken does not match request";

// The key in the token as JSON, or the error.
std::string Decode(std::string_view token, const PageQuestion& question) {
  std::string storage;
  ItemView key;
  const ApiStatus status = DecodePageToken(token, question, &storage, &key);
  return status.ok() ? ToJson(key) : status.error().message;
}

class PageTokenTest : public testing::Test {
 protected:
  TestValues values_;
  std::vector<ValueView> parameters_ = {values_.Value("N 1"), values_.Value("S \"x\"")};
  PageQuestion question_ = {"SELECT * FROM T WHERE a = ? AND b = ?", parameters_, 7};
  ItemView key_ = values_.Item(R"(M {"pk": S "x", "sk": N 12})");
  std::string token_ = EncodePageToken(question_, key_);
};

TEST_F(PageTokenTest, ComesBack) {
  EXPECT_EQ(Decode(token_, question_), R"({"pk":{"S":"x"},"sk":{"N":"12"}})");
}

TEST_F(PageTokenTest, BelongsToOneQuestion) {
  PageQuestion other = question_;
  other.table_id = 8;
  EXPECT_EQ(Decode(token_, other), kMismatch);
  other = question_;
  other.statement = "SELECT * FROM T WHERE a = ? AND c = ?";
  EXPECT_EQ(Decode(token_, other), kMismatch);
  const std::vector<std::vector<ValueView>> other_parameters = {
      {},
      {parameters_[0]},
      {parameters_[1], parameters_[0]},
      {values_.Value("N 2"), parameters_[1]},
      {values_.Value("S \"1\""), parameters_[1]},
  };
  for (const std::vector<ValueView>& parameters : other_parameters) {
    other = question_;
    other.parameters = parameters;
    EXPECT_EQ(Decode(token_, other), kMismatch);
  }
}

TEST_F(PageTokenTest, RefusesWhatIsNoToken) {
  EXPECT_EQ(Decode("", question_), kInvalid);
  EXPECT_EQ(Decode("x", question_), kInvalid);
  EXPECT_EQ(Decode("not base64!!", question_), kInvalid);
  EXPECT_EQ(Decode("AAAA", question_), kInvalid);
  std::string bytes;
  ASSERT_EQ(DecodeBase64(token_, &bytes), Base64Error::kNone);
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string token;
    EncodeBase64(std::string_view(bytes).substr(0, size), &token);
    EXPECT_EQ(Decode(token, question_), kInvalid) << size;
  }
  // Damage anywhere never passes as the same key; nothing reads outside the bytes.
  for (size_t index = 0; index < bytes.size(); ++index) {
    std::string damaged = bytes;
    damaged[index] = static_cast<char>(damaged[index] ^ 0x40);
    std::string token;
    EncodeBase64(damaged, &token);
    EXPECT_NE(Decode(token, question_), ToJson(key_)) << index;
  }
}

}  // namespace
}  // namespace millrace::api::partiql
