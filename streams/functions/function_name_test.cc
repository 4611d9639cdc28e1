// Every form in which a client may name a function or layer, and texts that are none of them.
#include "streams/functions/function_name.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::streams {
namespace {

constexpr char kRegion[] = "us-east-1";
constexpr char kAccount[] = "000000000000";

TEST(FunctionName, EveryFormIsRead) {
  EXPECT_EQ(ParseFunctionName("orders"), (FunctionName{"", "", "orders", ""}));
  EXPECT_EQ(ParseFunctionName("orders:live"), (FunctionName{"", "", "orders", "live"}));
  EXPECT_EQ(ParseFunctionName("orders:$LATEST"), (FunctionName{"", "", "orders", "$LATEST"}));
  EXPECT_EQ(ParseFunctionName("000000000000:function:orders"),
            (FunctionName{"", kAccount, "orders", ""}));
  EXPECT_EQ(ParseFunctionName("000000000000:function:orders:7"),
            (FunctionName{"", kAccount, "orders", "7"}));
  const std::string arn = FormatFunctionArn(kRegion, kAccount, "orders");
  EXPECT_EQ(arn, "arn:aws:lambda:us-east-1:000000000000:function:orders");
  EXPECT_EQ(ParseFunctionName(arn), (FunctionName{kRegion, kAccount, "orders", ""}));
  EXPECT_EQ(ParseFunctionName(FormatFunctionArn(kRegion, kAccount, "orders", "7")),
            (FunctionName{kRegion, kAccount, "orders", "7"}));
  // "function" is a name like any other.
  EXPECT_EQ(ParseFunctionName("function:orders"), (FunctionName{"", "", "function", "orders"}));
}

TEST(FunctionName, OtherTextsAreRefused) {
  for (const std::string text :
       {"", ":", "a b", "orders:", ":live", "orders:live:2", "orders:live!", "orders:$latest",
        "12345:function:orders", "arn:aws:lambda:us-east-1:000000000000:function",
        "arn:aws:lambda:us-east-1:000000000000:function:",
        "arn:aws:lambda:us-east-1:000000000000:layer:orders",
        "arn:aws:sqs:us-east-1:000000000000:function:orders",
        "arn:aws:lambda::000000000000:function:orders",
        "arn:aws:lambda:us-east-1:1:function:orders",
        "arn:aws:lambda:us-east-1:000000000000:function:orders:1:2"}) {
    EXPECT_FALSE(ParseFunctionName(text).has_value()) << text;
  }
  EXPECT_TRUE(ParseFunctionName(std::string(64, 'a')).has_value());
  EXPECT_FALSE(ParseFunctionName(std::string(65, 'a')).has_value());
}

TEST(FunctionName, QualifiersAreToldApart) {
  EXPECT_TRUE(IsVersionNumber("12"));
  EXPECT_FALSE(IsVersionNumber("v12"));
  EXPECT_TRUE(IsAliasName("v12"));
  EXPECT_FALSE(IsAliasName("12"));
  EXPECT_FALSE(IsAliasName("$LATEST"));
  EXPECT_TRUE(IsAliasName(std::string(128, 'a')));
  EXPECT_FALSE(IsAliasName(std::string(129, 'a')));
  EXPECT_EQ(ParseVersionNumber("18446744073709551615"), UINT64_MAX);
  EXPECT_FALSE(ParseVersionNumber("18446744073709551616").has_value());
  EXPECT_FALSE(ParseVersionNumber("").has_value());
}

TEST(FunctionName, WhatIsSaidTwiceMustAgree) {
  FunctionName name = *ParseFunctionName("orders:live");
  EXPECT_EQ(CompleteFunctionName(kRegion, kAccount, "test", &name).code(),
            StatusCode::kInvalidArgument);
  EXPECT_TRUE(CompleteFunctionName(kRegion, kAccount, "live", &name).ok());
  EXPECT_EQ(name, (FunctionName{kRegion, kAccount, "orders", "live"}));
  name = *ParseFunctionName("orders");
  EXPECT_TRUE(CompleteFunctionName(kRegion, kAccount, "3", &name).ok());
  EXPECT_EQ(name.qualifier, "3");

  name = *ParseFunctionName("111111111111:function:orders");
  EXPECT_EQ(CompleteFunctionName(kRegion, kAccount, "", &name).code(), StatusCode::kNotFound);
  name = *ParseFunctionName(FormatFunctionArn("eu-west-1", kAccount, "orders"));
  const Status status = CompleteFunctionName(kRegion, kAccount, "", &name);
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:orders");
}

TEST(LayerName, EveryFormIsRead) {
  EXPECT_EQ(ParseLayerName("tools"), (LayerName{"", "", "tools", 0}));
  EXPECT_EQ(FormatLayerArn(kRegion, kAccount, "tools", 3),
            "arn:aws:lambda:us-east-1:000000000000:layer:tools:3");
  EXPECT_EQ(ParseLayerName(FormatLayerArn(kRegion, kAccount, "tools", 3)),
            (LayerName{kRegion, kAccount, "tools", 3}));
  EXPECT_EQ(ParseLayerName(FormatLayerArn(kRegion, kAccount, "tools")),
            (LayerName{kRegion, kAccount, "tools", 0}));
  for (const std::string text :
       {"", "a:b", "tools:3", "arn:aws:lambda:us-east-1:000000000000:layer:tools:0",
        "arn:aws:lambda:us-east-1:000000000000:layer:tools:x",
        "arn:aws:lambda:us-east-1:000000000000:layer:tools:3:4",
        "arn:aws:lambda:us-east-1:000000000000:function:tools"}) {
    EXPECT_FALSE(ParseLayerName(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millrace::streams
