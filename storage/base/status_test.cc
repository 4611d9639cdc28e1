// Status, Result, their macros, and CHECK.
#include "storage/base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace millrace {
namespace {

TEST(StatusTest, OkIsTheDefault) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.ToString(), "Ok");
  EXPECT_TRUE(Status(StatusCode::kOk, "ignored").ok());
  EXPECT_EQ(sizeof(Status), sizeof(void*));
}

TEST(StatusTest, CopiesAndMovesKeepCodeAndMessage) {
  Status status(StatusCode::kNotFound, "no table");
  Status copy = status;
  EXPECT_EQ(copy.ToString(), "NotFound: no table");
  Status assigned;
  assigned = status;
  assigned = *&assigned;
  EXPECT_EQ(assigned.code(), StatusCode::kNotFound);
  EXPECT_EQ(assigned.message(), "no table");
  const Status moved = std::move(status);
  EXPECT_EQ(moved.message(), "no table");
  assigned = Status::Ok();
  EXPECT_TRUE(assigned.ok());
  EXPECT_EQ(copy.code(), StatusCode::kNotFound);
}

TEST(StatusTest, EveryCodeHasItsName) {
  EXPECT_EQ(StatusCodeName(StatusCode::kSchemaChanged), "SchemaChanged");
  EXPECT_EQ(StatusCodeName(StatusCode::kInternal), "Internal");
  for (int code = 0; code <= static_cast<int>(StatusCode::kInternal); ++code) {
    EXPECT_NE(StatusCodeName(static_cast<StatusCode>(code)), "Unknown");
  }
}

Result<std::unique_ptr<int>> Halve(int value) {
  if (value % 2 != 0) {
    return Status(StatusCode::kInvalidArgument, "odd");
  }
  return std::make_unique<int>(value / 2);
}

Status HalveTwice(int value, int* out) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Halve(value));
  ASSIGN_OR_RETURN(const std::unique_ptr<int> quarter, Halve(*half));
  RETURN_IF_ERROR(Status::Ok());
  *out = *quarter;
  return Status::Ok();
}

TEST(StatusTest, MacrosPassFailuresOn) {
  int out = 0;
  EXPECT_TRUE(HalveTwice(12, &out).ok());
  EXPECT_EQ(out, 3);
  EXPECT_EQ(HalveTwice(6, &out).message(), "odd");
  EXPECT_EQ(out, 3);
}

TEST(StatusDeathTest, ValueOfAFailureIsABug) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(Halve(1).value().reset(), "CHECK failed: ok");
  EXPECT_DEATH(Result<int>(Status::Ok()).ok(), "CHECK failed");
}

}  // namespace
}  // namespace millrace
