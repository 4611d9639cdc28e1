// Functions themselves through the REST protocol: what answers look like, what is refused, and what
// stays as it was.
#include <gmock/gmock.h>

#include "api/functions/function_test_support.h"

namespace millrace::api {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kFunctions[] = "/2015-03-31/functions";

class FunctionsTest : public FunctionOperationsTest {};

TEST_F(FunctionsTest, ConfigurationOfANewFunction) {
  const RestAnswer created = Create("f");
  ASSERT_EQ(created.status, 201) << created.text;
  for (const char* const part :
       {R"("FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f",)",
        R"("Runtime":"nodejs20.x","Role":"arn:aws:iam::000000000000:role/r")",
        R"("Handler":"index.handler")", R"("Description":"","Timeout":3,"MemorySize":128,)",
        R"("LastModified":"2025-11-20T21:34:06.123+0000")", R"("Version":"$LATEST")",
        R"("TracingConfig":{"Mode":"PassThrough"})", R"("State":"Active")",
        R"("LastUpdateStatus":"Successful")", R"("PackageType":"Zip")",
        R"("EphemeralStorage":{"Size":512})",
        R"("SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"})",
        R"("RuntimeVersionConfig":{"RuntimeVersionArn":"arn:aws:lambda:us-east-1::runtime:)",
        R"("LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"})"}) {
    EXPECT_THAT(created.text, HasSubstr(part));
  }
  for (const char* const part : {"Environment", "DeadLetterConfig", "KMSKeyArn", "\"Layers",
                                 "VpcConfig", "StateReason", "null"}) {
    EXPECT_THAT(created.text, Not(HasSubstr(part)));
  }
  const RestAnswer read = Ask("GET", "/2015-03-31/functions/f/configuration");
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.text, created.text);
}

TEST_F(FunctionsTest, MembersComeBackInTheFormOfAnswers) {
  const RestAnswer created = Create(
      "f", R"("Timeout":900,"Environment":{"Variables":{"AA":"1","BB":"\u00e9"}},"KMSKeyArn":"",)"
           R"("VpcConfig":{"SubnetIds":["s"]},"ImageConfig":{"Command":["c"]},"Unknown":{"x":[]},)"
           R"("SnapStart":{"ApplyOn":"PublishedVersions"},"LoggingConfig":{"LogFormat":"JSON"},)"
           R"("DeadLetterConfig":{"TargetArn":"arn:aws:sqs:us-east-1:000000000000:q"},)"
           R"("Architectures":["arm64"],"TracingConfig":{"Mode":"Active"},"Publish":true)");
  ASSERT_EQ(created.status, 201) << created.text;
  for (const char* const part :
       {R"("FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:1")", R"("Version":"1")",
        "\"Environment\":{\"Variables\":{\"AA\":\"1\",\"BB\":\"\xc3\xa9\"}}",
        R"("VpcConfig":{"SubnetIds":["s"],"SecurityGroupIds":[],"VpcId":"",)",
        R"("ImageConfigResponse":{"ImageConfig":{"Command":["c"]}})",
        R"("SnapStart":{"ApplyOn":"PublishedVersions","OptimizationStatus":"Off"})",
        R"("LoggingConfig":{"LogFormat":"JSON","ApplicationLogLevel":"INFO",)",
        R"("DeadLetterConfig":{"TargetArn":"arn:aws:sqs:us-east-1:000000000000:q"})",
        R"("Architectures":["arm64"])", R"("TracingConfig":{"Mode":"Active"})"}) {
    EXPECT_THAT(created.text, HasSubstr(part));
  }
  EXPECT_THAT(created.text, Not(HasSubstr("Unknown")));
}

TEST_F(FunctionsTest, ViolationsAreReportedTogether) {
  const RestAnswer answer =
      Ask("POST", kFunctions,
          R"({"Timeout":0,"MemorySize":1,"Role":"r","Environment":{"Variables":{"A":"1"}}})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error, "ValidationException");
  for (const char* const part :
       {"6 validation errors detected: ",
        "Value null at 'functionName' failed to satisfy constraint: Member must not be null",
        "Value null at 'code' failed",
        "Value 'r' at 'role' failed to satisfy constraint: Member must satisfy regular expression",
        "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than "
        "or equal to 1",
        "Value '1' at 'memorySize' failed",
        "at 'environment.variables' failed to satisfy constraint: Map keys must satisfy"}) {
    EXPECT_THAT(answer.text, HasSubstr(part));
  }
  EXPECT_EQ(catalog_->Find("f"), nullptr);
}

TEST_F(FunctionsTest, TypesAreCheckedFirst) {
  for (const char* const body :
       {R"({"FunctionName":1})", R"({"FunctionName":"f","Environment":[]})",
        R"({"Code":{"ZipFile":"?"}})", R"({"Layers":"l"})", "[]", "{"}) {
    const RestAnswer answer = Ask("POST", kFunctions, body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.error, "SerializationException") << body;
  }
}

TEST_F(FunctionsTest, ParametersThatAreRefused) {
  struct Row {
    const char* members;
    const char* message;
  };
  const std::string large =
      R"("Environment":{"Variables":{"AA":")" + std::string(4090, 'x') + R"("}})";
  const Row rows[] = {
      {R"("PackageType":"Image")", "Container images are not supported"},
      {R"("Environment":{"Variables":{"AWS_REGION":"x","LAMBDA_TASK_ROOT":"y"}})",
       "Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT"},
      {large.c_str(), "exceeded the 4KB limit"},
      {R"("LoggingConfig":{"SystemLogLevel":"WARN"})", "you must set LogFormat to JSON"},
      {R"("DeadLetterConfig":{"TargetArn":"arn:aws:sns:us-east-1:000000000000:t"})",
       "queues (SQS) only"},
      {R"("Layers":["arn:aws:lambda:us-east-1:000000000000:layer:l:1"])",
       "Layer version arn:aws:lambda:us-east-1:000000000000:layer:l:1 does not exist."},
  };
  for (const Row& row : rows) {
    const RestAnswer answer = Create("f", row.members);
    EXPECT_EQ(answer.status, 400) << row.members;
    EXPECT_EQ(answer.error, "InvalidParameterValueException") << row.members;
    EXPECT_THAT(answer.text, HasSubstr(row.message));
  }
  std::string unknown = FunctionBody("f");
  unknown.replace(unknown.find("nodejs20.x"), 10, "cobol1");
  EXPECT_THAT(Ask("POST", kFunctions, unknown).text,
              HasSubstr("Value cobol1 at 'runtime' failed to satisfy constraint: Member must "
                        "satisfy enum value set: [nodejs, "));
  EXPECT_EQ(catalog_->Find("f"), nullptr);
}

TEST_F(FunctionsTest, CodeMustBeGivenOnce) {
  const auto code = [&](const char* text) {
    std::string body = FunctionBody("f");
    const size_t at = body.find("{\"ZipFile\"");
    return Ask("POST", kFunctions, body.substr(0, at) + text + "}");
  };
  EXPECT_THAT(code("{}").text, HasSubstr("Please provide a source for function code."));
  EXPECT_THAT(code(R"({"S3Bucket":"bucket"})").text, HasSubstr("Please provide a source"));
  EXPECT_THAT(code(R"({"ZipFile":"","S3Key":"k"})").text,
              HasSubstr("Please do not provide other FunctionCode parameters"));
  EXPECT_THAT(code(R"({"ZipFile":""})").text, HasSubstr("non-empty zip"));
  EXPECT_THAT(code(R"({"ZipFile":"bm8gemlw"})").text, HasSubstr("Could not unzip uploaded file."));
  EXPECT_THAT(code(R"({"ImageUri":"i"})").text, HasSubstr("Container images"));
  EXPECT_EQ(code(R"({"S3Bucket":"other","S3Key":"k"})").error, "InvalidParameterValueException");
}

TEST_F(FunctionsTest, NamesAreChecked) {
  const auto error = [&](const std::string& name) {
    return Ask("POST", kFunctions, FunctionBody(name)).error;
  };
  EXPECT_EQ(error("a b"), "ValidationException");
  EXPECT_EQ(error(std::string(65, 'x')), "ValidationException");
  EXPECT_EQ(error("f:1"), "InvalidParameterValueException");
  EXPECT_EQ(error("arn:aws:lambda:eu-west-1:000000000000:function:f"), "ResourceNotFoundException");
  EXPECT_EQ(error("arn:aws:lambda:us-east-1:000000000000:function:f"), "");
  EXPECT_EQ(error("f"), "ResourceConflictException");
  EXPECT_EQ(Ask("GET", "/2015-03-31/functions/000000000000%3Afunction%3Af").status, 200);
  const RestAnswer other = Ask("GET", "/2015-03-31/functions/f:1?Qualifier=2");
  EXPECT_EQ(other.error, "InvalidParameterValueException");
  EXPECT_EQ(Ask("GET", "/2015-03-31/functions/f?Qualifier=a.b").error, "ValidationException");
  EXPECT_THAT(Ask("GET", "/2015-03-31/functions/f?Qualifier=7").text,
              HasSubstr("Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7"));
}

TEST_F(FunctionsTest, GetFunctionShowsWhatIsAroundIt) {
  ASSERT_EQ(Create("f", R"("Tags":{"k":"v"},"Publish":true)").status, 201);
  ASSERT_EQ(
      Ask("PUT", "/2017-10-31/functions/f/concurrency", R"({"ReservedConcurrentExecutions":5})")
          .status,
      200);
  const std::string text = Ask("GET", "/2015-03-31/functions/f").text;
  EXPECT_THAT(text, HasSubstr(R"("Tags":{"k":"v"})"));
  EXPECT_THAT(text, HasSubstr(R"("Concurrency":{"ReservedConcurrentExecutions":5})"));
  const std::string before = R"("Code":{"RepositoryType":"S3","Location":"http://localhost:8000)";
  const size_t at = text.find(before);
  ASSERT_NE(at, std::string::npos) << text;
  const size_t begin = at + before.size();
  const std::string link = text.substr(begin, text.find('"', begin) - begin);
  EXPECT_EQ(links_->Check(link), catalog_->Find("f")->latest->code.sha256_hex);
  const std::string qualified = Ask("GET", "/2015-03-31/functions/f?Qualifier=1").text;
  EXPECT_THAT(qualified, Not(HasSubstr("Concurrency\":")));
  EXPECT_THAT(qualified, HasSubstr(":function:f:1\""));
}

TEST_F(FunctionsTest, UpdatesLeaveTheRestAlone) {
  ASSERT_EQ(
      Create("f", R"("Description":"d","Timeout":7,"Environment":{"Variables":{"AA":"1"}})").status,
      201);
  const char* const path = "/2015-03-31/functions/f/configuration";
  const RestAnswer updated =
      Ask("PUT", path, R"({"MemorySize":256,"Environment":{"Variables":{"BB":"2"}}})");
  EXPECT_EQ(updated.status, 200);
  EXPECT_THAT(updated.text, HasSubstr(R"("Description":"d","Timeout":7,"MemorySize":256)"));
  EXPECT_THAT(updated.text, HasSubstr(R"("Environment":{"Variables":{"BB":"2"}})"));
  EXPECT_EQ(Ask("PUT", path, R"({"Timeout":901})").error, "ValidationException");
  EXPECT_EQ(Ask("PUT", path, R"({"RevisionId":"other","Timeout":1})").error,
            "PreconditionFailedException");
  EXPECT_EQ(Ask("PUT", path, R"({"Runtime":"none"})").error, "InvalidParameterValueException");
  EXPECT_EQ(Ask("PUT", "/2015-03-31/functions/g/configuration", "{}").error,
            "ResourceNotFoundException");
  EXPECT_EQ(Ask("GET", path).text, updated.text);
}

TEST_F(FunctionsTest, CodeIsReplacedUnlessItIsADryRun) {
  const std::string before = Create("f").text;
  const std::string zip = ToBase64(MakeZip("index.js", "// other"));
  const char* const path = "/2015-03-31/functions/f/code";
  const RestAnswer dry = Ask("PUT", path, R"({"DryRun":true,"ZipFile":")" + zip + R"("})");
  EXPECT_EQ(dry.status, 200);
  EXPECT_EQ(Ask("GET", "/2015-03-31/functions/f/configuration").text, before);
  const RestAnswer updated =
      Ask("PUT", path, R"({"Publish":true,"Architectures":["arm64"],"ZipFile":")" + zip + R"("})");
  EXPECT_EQ(updated.status, 200);
  EXPECT_THAT(updated.text, HasSubstr(R"("Version":"1")"));
  EXPECT_THAT(updated.text, HasSubstr(R"("Architectures":["arm64"])"));
  EXPECT_EQ(Ask("PUT", path, "{}").error, "InvalidParameterValueException");
  EXPECT_EQ(Ask("PUT", "/2015-03-31/functions/g/code", "{}").error, "ResourceNotFoundException");
}

TEST_F(FunctionsTest, PagesOfAllVersionsMissNothing) {
  ASSERT_EQ(Create("a", R"("Publish":true)").status, 201);
  ASSERT_EQ(Create("b").status, 201);
  ASSERT_EQ(Create("c", R"("Publish":true)").status, 201);
  ASSERT_EQ(Ask("PUT", "/2015-03-31/functions/c/configuration", R"({"Timeout":9})").status, 200);
  ASSERT_EQ(Ask("POST", "/2015-03-31/functions/c/versions").status, 201);
  for (const int size : {1, 2, 3, 4, 5, 6, 7, 50}) {
    std::vector<std::string> seen;
    std::string marker;
    do {
      const std::string text =
          Ask("GET", "/2015-03-31/functions?FunctionVersion=ALL&MaxItems=" + std::to_string(size) +
                         "&Marker=" + marker)
              .text;
      const std::string key = "\"FunctionArn\":\"arn:aws:lambda:us-east-1:000000000000:function:";
      for (size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
        const size_t begin = at + key.size();
        seen.push_back(text.substr(begin, text.find('"', begin) - begin));
      }
      const size_t next = text.find("\"NextMarker\":\"");
      marker.clear();
      if (next != std::string::npos) {
        marker = text.substr(next + 14, text.find('"', next + 14) - next - 14);
      }
    } while (!marker.empty());
    EXPECT_THAT(seen,
                testing::ElementsAre("a:$LATEST", "a:1", "b:$LATEST", "c:$LATEST", "c:1", "c:2"))
        << size;
  }
}

TEST_F(FunctionsTest, Deleting) {
  ASSERT_EQ(Create("f", R"("Publish":true)").status, 201);
  ASSERT_EQ(
      Ask("POST", "/2015-03-31/functions/f/aliases", R"({"Name":"prod","FunctionVersion":"1"})")
          .status,
      201);
  const auto error = [&](const char* target) { return Ask("DELETE", target).error; };
  EXPECT_EQ(error("/2015-03-31/functions/f?Qualifier=$LATEST"), "InvalidParameterValueException");
  EXPECT_EQ(error("/2015-03-31/functions/f:prod"), "InvalidParameterValueException");
  EXPECT_EQ(error("/2015-03-31/functions/f:1"), "ResourceConflictException");
  EXPECT_EQ(Ask("DELETE", "/2015-03-31/functions/f").status, 204);
  EXPECT_EQ(error("/2015-03-31/functions/f"), "ResourceNotFoundException");
  EXPECT_EQ(Ask("GET", "/2015-03-31/functions/f:1").status, 404);
}

class SlowFunctionsTest : public FunctionOperationsTest {
 protected:
  SlowFunctionsTest() { create_delay_ms_ = 1000; }
};

TEST_F(SlowFunctionsTest, StatesConverge) {
  EXPECT_THAT(Create("f").text, HasSubstr(R"("State":"Pending","StateReason":"The function is )"
                                          R"(being created.","StateReasonCode":"Creating",)"
                                          R"("LastUpdateStatus":"InProgress")"));
  clock_.AdvanceMs(1000);
  const char* const path = "/2015-03-31/functions/f/configuration";
  EXPECT_THAT(Ask("GET", path).text,
              HasSubstr(R"("State":"Active","LastUpdateStatus":"Successful")"));
  EXPECT_THAT(Ask("PUT", path, R"({"Timeout":5})").text,
              HasSubstr(R"("State":"Active","LastUpdateStatus":"InProgress")"));
  EXPECT_EQ(Ask("PUT", path, R"({"Timeout":6})").error, "ResourceConflictException");
  clock_.AdvanceMs(1000);
  EXPECT_THAT(Ask("GET", path).text, HasSubstr(R"("LastUpdateStatus":"Successful")"));
}

}  // namespace
}  // namespace millrace::api
