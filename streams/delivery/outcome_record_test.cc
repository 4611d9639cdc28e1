// What destinations and dead-letter queues are told of events, byte for byte.
#include "streams/delivery/outcome_record.h"

#include <gtest/gtest.h>

namespace millrace::streams {
namespace {

OutcomeRecord SomeRecord() {
  OutcomeRecord record;
  record.condition = "RetriesExhausted";
  record.request_id = "r-1";
  record.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST";
  record.attempts = 3;
  record.time_ms = 1795233906123;
  record.request = R"({"a":1})";
  record.executed_version = "$LATEST";
  record.response = R"({"errorMessage":"no"})";
  record.failed = true;
  return record;
}

TEST(OutcomeRecord, OfAFailure) {
  EXPECT_EQ(FormatOutcomeRecord(SomeRecord()),
            R"({"version":"1.0","timestamp":"2026-11-21T04:05:06.123Z",)"
            R"("requestContext":{"requestId":"r-1",)"
            R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST",)"
            R"("condition":"RetriesExhausted","approximateInvokeCount":3},)"
            R"("requestPayload":{"a":1},)"
            R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST",)"
            R"("functionError":"Unhandled"},)"
            R"("responsePayload":{"errorMessage":"no"}})");
}

TEST(OutcomeRecord, OfSuccess) {
  OutcomeRecord record = SomeRecord();
  record.condition = "Success";
  record.attempts = 1;
  record.failed = false;
  record.response = "not \"JSON\"";
  EXPECT_EQ(FormatOutcomeRecord(record),
            R"({"version":"1.0","timestamp":"2026-11-21T04:05:06.123Z",)"
            R"("requestContext":{"requestId":"r-1",)"
            R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST",)"
            R"("condition":"Success","approximateInvokeCount":1},)"
            R"("requestPayload":{"a":1},)"
            R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST"},)"
            R"("responsePayload":"not \"JSON\""})");
}

TEST(OutcomeRecord, WithoutAResponseWhenItWasNeverRun) {
  OutcomeRecord record = SomeRecord();
  record.condition = "EventAgeExceeded";
  record.attempts = 0;
  record.executed_version = "";
  const std::string text = FormatOutcomeRecord(record);
  EXPECT_EQ(text.find("responseContext"), std::string::npos);
  EXPECT_EQ(text.find("responsePayload"), std::string::npos);
  EXPECT_NE(text.find(R"("approximateInvokeCount":0},"requestPayload":{"a":1}})"),
            std::string::npos);
}

TEST(OutcomeRecord, LeavesOutWhatIsTooLong) {
  const std::string large = "\"" + std::string(600 << 10, 'x') + "\"";
  OutcomeRecord record = SomeRecord();
  record.request = large;
  EXPECT_NE(FormatOutcomeRecord(record).find("responsePayload"), std::string::npos);
  record.response = large;
  EXPECT_EQ(FormatOutcomeRecord(record).find("responsePayload"), std::string::npos);
  EXPECT_NE(FormatOutcomeRecord(record).find("requestPayload"), std::string::npos);
  const std::string huge = "\"" + std::string(1 << 20, 'x') + "\"";
  record.request = huge;
  EXPECT_EQ(FormatOutcomeRecord(record).find("requestPayload"), std::string::npos);
  EXPECT_LE(FormatOutcomeRecord(record).size(), kRecordSizeMax);
}

TEST(DeadLetter, HasThreeAttributes) {
  const std::vector<MessageAttribute> attributes = DeadLetterAttributes("r", 200, "no");
  const std::vector<MessageAttribute> expected = {{"RequestID", "String", "r"},
                                                  {"ErrorCode", "Number", "200"},
                                                  {"ErrorMessage", "String", "no"}};
  EXPECT_EQ(attributes, expected);
}

TEST(DeadLetter, ShortensItsMessageBetweenCharacters) {
  const std::string text = std::string(1023, 'a') + "\xC3\xA4" + "b";
  EXPECT_EQ(DeadLetterAttributes("r", 200, text)[2].value, std::string(1023, 'a'));
  EXPECT_EQ(DeadLetterAttributes("r", 200, std::string(1024, 'a'))[2].value.size(), 1024u);
  EXPECT_EQ(DeadLetterAttributes("r", 200, std::string(2000, 'a'))[2].value.size(), 1024u);
}

TEST(DeadLetter, TakesTheMessageOfTheDocument) {
  EXPECT_EQ(FailureMessage(R"({"errorMessage":"a\nb","errorType":"E"})"), "a\nb");
  EXPECT_EQ(FailureMessage(R"({"errorMessage":5})"), R"({"errorMessage":5})");
  EXPECT_EQ(FailureMessage("no JSON"), "no JSON");
}

}  // namespace
}  // namespace millrace::streams
