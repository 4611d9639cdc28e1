// The operators of conditions, row by row.
#include "api/access/condition.h"

#include <gtest/gtest.h>

#include <string>

#include "api/access/test_facts.h"

namespace millrace::api::access {
namespace {

const TestFacts& RequestFacts() {
  static const TestFacts facts({
      {"aws:username", {"ada"}},
      {"aws:SourceIp", {"10.1.2.3"}},
      {"aws:CurrentTime", {"2026-11-21T10:00:00Z"}},
      {"aws:EpochTime", {"1795255200"}},
      {"aws:SecureTransport", {"true"}},
      {"aws:PrincipalArn", {"arn:aws:iam::000000000000:user/ada"}},
      {"aws:RequestTag/Colour", {"red"}},
      {"dynamodb:LeadingKeys", {"ada", "ada-2"}},
      {"dynamodb:Attributes", {"id", "name"}},
      {"dynamodb:Select", {"SPECIFIC_ATTRIBUTES"}},
      {"aws:TagKeys", {}},
  });
  return facts;
}

struct ConditionCase {
  const char* block;
  bool holds;
};

const ConditionCase kCases[] = {
    {R"({"StringEquals": {"aws:username": "ada"}})", true},
    {R"({"stringequals": {"AWS:USERNAME": "ada"}})", true},
    {R"({"StringEquals": {"aws:username": "Ada"}})", false},
    {R"({"StringEquals": {"aws:username": ["bob", "ada"]}})", true},
    {R"({"StringEquals": {"aws:username": "a*"}})", false},
    {R"({"StringEquals": {"aws:username": []}})", false},
    {R"({"StringEqualsIgnoreCase": {"aws:username": "ADA"}})", true},
    {R"({"StringNotEquals": {"aws:username": "bob"}})", true},
    {R"({"StringNotEquals": {"aws:username": ["bob", "ada"]}})", false},
    {R"({"StringNotEqualsIgnoreCase": {"aws:username": "ADA"}})", false},
    {R"({"StringLike": {"aws:username": "a?a"}})", true},
    {R"({"StringNotLike": {"aws:username": "a*"}})", false},
    {R"({"StringEquals": {"aws:RequestTag/Colour": "red"}})", true},
    {R"({"StringEquals": {"aws:RequestTag/colour": "red"}})", false},
    {R"({"StringEquals": {"dynamodb:LeadingKeys": "${aws:username}"}})", true},
    // Keys that the request does not have.
    {R"({"StringEquals": {"aws:userid": "x"}})", false},
    {R"({"StringNotEquals": {"aws:userid": "x"}})", true},
    {R"({"StringEqualsIfExists": {"aws:userid": "x"}})", true},
    {R"({"StringEqualsIfExists": {"aws:username": "x"}})", false},
    {R"({"StringLike": {"no:such": "*"}})", false},
    {R"({"NumericEqualsIfExists": {"no:such": "1"}})", true},
    {R"({"Null": {"aws:userid": "true"}})", true},
    {R"({"Null": {"aws:userid": "false"}})", false},
    {R"({"Null": {"aws:username": false}})", true},
    {R"({"Null": {"aws:TagKeys": "true"}})", true},
    // Several values.
    {R"({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ada", "ada-2", "x"]}})", true},
    {R"({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ada"]}})", false},
    {R"({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["${aws:username}*"]}})", true},
    {R"({"ForAllValues:StringEquals": {"aws:TagKeys": "x"}})", true},
    {R"({"ForAllValues:StringEquals": {"aws:userid": "x"}})", true},
    {R"({"ForAllValues:StringNotEquals": {"dynamodb:Attributes": ["secret"]}})", true},
    {R"({"ForAllValues:StringNotEquals": {"dynamodb:Attributes": ["name"]}})", false},
    {R"({"ForAnyValue:StringEquals": {"dynamodb:Attributes": ["name", "secret"]}})", true},
    {R"({"ForAnyValue:StringEquals": {"dynamodb:Attributes": ["secret"]}})", false},
    {R"({"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}})", false},
    {R"({"ForAnyValue:StringNotEquals": {"dynamodb:Attributes": ["name"]}})", true},
    {R"({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["name"]}})", false},
    {R"({"ForAnyValue:StringEqualsIfExists": {"aws:userid": "x"}})", true},
    {R"({"StringNotEquals": {"dynamodb:Attributes": ["name"]}})", false},
    // Numbers, times, booleans.
    {R"({"NumericEquals": {"aws:EpochTime": 1795255200}})", true},
    {R"({"NumericNotEquals": {"aws:EpochTime": "1795255200.0"}})", false},
    {R"({"NumericLessThan": {"aws:EpochTime": "1795255200"}})", false},
    {R"({"NumericLessThanEquals": {"aws:EpochTime": "1795255200"}})", true},
    {R"({"NumericGreaterThan": {"aws:EpochTime": "1.5"}})", true},
    {R"({"NumericGreaterThanEquals": {"aws:EpochTime": "1e12"}})", false},
    {R"({"NumericEquals": {"aws:username": "1"}})", false},
    {R"({"DateGreaterThan": {"aws:CurrentTime": "2026-11-21"}})", true},
    {R"({"DateLessThan": {"aws:CurrentTime": "2026-11-21T09:59:59Z"}})", false},
    {R"({"DateEquals": {"aws:CurrentTime": "2026-11-21T11:00:00+01:00"}})", true},
    {R"({"DateEquals": {"aws:EpochTime": "2026-11-21T10:00:00Z"}})", true},
    {R"({"DateNotEquals": {"aws:CurrentTime": "1795255200"}})", false},
    {R"({"DateLessThanEquals": {"aws:CurrentTime": "1795255200"}})", true},
    {R"({"DateGreaterThanEquals": {"aws:CurrentTime": "1795255201"}})", false},
    {R"({"Bool": {"aws:SecureTransport": "true"}})", true},
    {R"({"Bool": {"aws:SecureTransport": false}})", false},
    {R"({"BoolIfExists": {"aws:ViaAWSService": "false"}})", true},
    // Addresses.
    {R"({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})", true},
    {R"({"IpAddress": {"aws:SourceIp": "10.1.2.3"}})", true},
    {R"({"IpAddress": {"aws:SourceIp": "10.1.2.0/31"}})", false},
    {R"({"IpAddress": {"aws:SourceIp": "10.1.2.2/31"}})", true},
    {R"({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})", true},
    {R"({"IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "2001:db8::/32"]}})", false},
    {R"({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})", false},
    {R"({"NotIpAddress": {"aws:SourceIp": "11.0.0.0/8"}})", true},
    // ARNs: their parts are compared one by one.
    {R"({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:user/ada"}})", true},
    {R"({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/${aws:username}"}})", true},
    {R"({"ArnLike": {"aws:PrincipalArn": "arn:*:*:*:*:user/ada"}})", true},
    {R"({"ArnLike": {"aws:PrincipalArn": "arn:aws:*:::user/ada"}})", false},
    {R"({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::000000000000:user/a*"}})", false},
    {R"({"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::000000000000:user/b"}})", true},
    {R"({"ArnLike": {"aws:username": "arn:aws:iam::*:user/*"}})", false},
    // All of a block must hold.
    {R"({"StringEquals": {"aws:username": "ada", "dynamodb:Select": "COUNT"}})", false},
    {R"({"StringEquals": {"aws:username": "ada"}, "Bool": {"aws:SecureTransport": "true"}})", true},
    {R"({"StringEquals": {"aws:username": "ada"}, "Bool": {"aws:SecureTransport": "false"}})",
     false},
    {R"({})", true},
};

bool AllHold(const std::vector<Condition>& conditions) {
  for (const Condition& condition : conditions) {
    if (!condition.Holds(RequestFacts())) {
      return false;
    }
  }
  return true;
}

Status CompileText(std::string text, std::vector<Condition>* conditions) {
  json::Document document;
  RETURN_IF_ERROR(document.Parse({text.data(), text.size()}));
  return Condition::Compile(document.root(), true, conditions);
}

TEST(ConditionTest, HoldsAsTheOperatorSays) {
  for (const ConditionCase& entry : kCases) {
    std::vector<Condition> conditions;
    const Status status = CompileText(entry.block, &conditions);
    ASSERT_TRUE(status.ok()) << entry.block << ": " << status.ToString();
    EXPECT_EQ(AllHold(conditions), entry.holds) << entry.block;
  }
}

TEST(ConditionTest, RefusesWhatHasNoMeaning) {
  for (const char* const block : {
           R"([])",
           R"({"StringEquals": "ada"})",
           R"({"StringIs": {"aws:username": "ada"}})",
           R"({"NullIfExists": {"aws:username": "true"}})",
           R"({"ForAllValues:Null": {"aws:username": "true"}})",
           R"({"NumericEquals": {"aws:EpochTime": "ten"}})",
           R"({"NumericEquals": {"aws:EpochTime": "1x"}})",
           R"({"DateEquals": {"aws:CurrentTime": "yesterday"}})",
           R"({"Bool": {"aws:SecureTransport": "yes"}})",
           R"({"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}})",
           R"({"IpAddress": {"aws:SourceIp": "10.0.0"}})",
           R"({"IpAddress": {"aws:SourceIp": "10.0.0.0/x"}})",
           R"({"ArnLike": {"aws:PrincipalArn": "user/ada"}})",
           R"({"StringEquals": {"aws:username": {"a": 1}}})",
           R"({"StringEquals": {"aws:username": [["ada"]]}})",
           R"({"StringEquals": {"aws:username": null}})",
       }) {
    std::vector<Condition> conditions;
    EXPECT_FALSE(CompileText(block, &conditions).ok()) << block;
  }
}

TEST(ConditionTest, ReadsRangesOfAddresses) {
  AddressRange range;
  EXPECT_TRUE(ParseAddressRange("10.0.0.0/8", &range));
  EXPECT_EQ(range.bits, 104);
  EXPECT_TRUE(ParseAddressRange("::1", &range));
  EXPECT_EQ(range.bits, 128);
  EXPECT_TRUE(ParseAddressRange("::ffff:10.0.0.1/104", &range));
  EXPECT_FALSE(ParseAddressRange("10.0.0.0/-1", &range));
  EXPECT_FALSE(ParseAddressRange("", &range));
}

}  // namespace
}  // namespace millrace::api::access
