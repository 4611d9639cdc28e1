// What belongs to functions (versions, aliases, concurrency, settings, permissions), and layers,
// through the REST protocol.
#include <gmock/gmock.h>

#include "api/functions/function_test_support.h"

namespace millrace::api {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kArn[] = "arn:aws:lambda:us-east-1:000000000000:function:f";

class FunctionSettingsTest : public FunctionOperationsTest {
 protected:
  void SetUp() override {
    FunctionOperationsTest::SetUp();
    ASSERT_EQ(Create("f", R"("Publish":true)").status, 201);
    ASSERT_EQ(Ask("PUT", "/2015-03-31/functions/f/configuration", R"({"Timeout":8})").status, 200);
  }
  RestAnswer Version(std::string_view members = "{}") {
    return Ask("POST", "/2015-03-31/functions/f/versions", std::string(members));
  }
  RestAnswer Alias(const std::string& members) {
    return Ask("POST", "/2015-03-31/functions/f/aliases", "{" + members + "}");
  }
};

TEST_F(FunctionSettingsTest, Versions) {
  const RestAnswer second = Version(R"({"Description":"second"})");
  EXPECT_EQ(second.status, 201);
  EXPECT_THAT(second.text, HasSubstr(R"("Description":"second")"));
  EXPECT_THAT(second.text, HasSubstr(R"("Version":"2")"));
  EXPECT_THAT(Version().text, HasSubstr(R"("Version":"2")"));
  EXPECT_EQ(Version(R"({"CodeSha256":"no"})").error, "InvalidParameterValueException");
  EXPECT_EQ(Version(R"({"RevisionId":"no"})").error, "PreconditionFailedException");
  const std::string first = Ask("GET", "/2015-03-31/functions/f/versions?MaxItems=2").text;
  EXPECT_THAT(first, HasSubstr(R"("Version":"$LATEST")"));
  EXPECT_THAT(first, HasSubstr(R"("Version":"1")"));
  EXPECT_THAT(first, HasSubstr("\"NextMarker\":\"" + ToBase64("1") + "\""));
  const std::string rest =
      Ask("GET", "/2015-03-31/functions/f/versions?Marker=" + ToBase64("1")).text;
  EXPECT_THAT(rest, HasSubstr(std::string(R"({"Versions":[{"FunctionName":"f","FunctionArn":")") +
                              kArn + ":2\""));
  EXPECT_THAT(rest, Not(HasSubstr("NextMarker")));
}

TEST_F(FunctionSettingsTest, Aliases) {
  ASSERT_EQ(Version().status, 201);
  const RestAnswer created = Alias(R"("Name":"prod","FunctionVersion":"1","Description":"d",)"
                                   R"("RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}})");
  EXPECT_EQ(created.status, 201) << created.text;
  EXPECT_THAT(
      created.text,
      HasSubstr(std::string(R"({"AliasArn":")") + kArn +
                R"(:prod","Name":"prod","FunctionVersion":"1","Description":"d",)"
                R"("RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}},"RevisionId":)"));
  const char* const path = "/2015-03-31/functions/f/aliases/prod";
  EXPECT_EQ(Ask("GET", path).text, created.text);
  EXPECT_EQ(Alias(R"("Name":"prod","FunctionVersion":"1")").error, "ResourceConflictException");
  const RestAnswer updated = Ask(
      "PUT", path, R"({"FunctionVersion":"2","RoutingConfig":{"AdditionalVersionWeights":{}}})");
  EXPECT_THAT(updated.text, HasSubstr(R"("FunctionVersion":"2","Description":"d","RevisionId")"));
  EXPECT_EQ(Ask("PUT", path, R"({"RevisionId":"x"})").error, "PreconditionFailedException");
  EXPECT_EQ(Ask("PUT", "/2015-03-31/functions/f/aliases/none", "{}").error,
            "ResourceNotFoundException");
  EXPECT_THAT(Ask("GET", "/2015-03-31/functions/f/aliases/none").text,
              HasSubstr(std::string("Cannot find alias arn: ") + kArn + ":none"));
  EXPECT_THAT(Ask("GET", "/2015-03-31/functions/f:prod/configuration").text,
              HasSubstr(R"(:prod","Runtime")"));
  ASSERT_EQ(Alias(R"("Name":"beta","FunctionVersion":"1")").status, 201);
  EXPECT_THAT(Ask("GET", "/2015-03-31/functions/f/aliases?MaxItems=1").text,
              HasSubstr("\"NextMarker\":\"" + ToBase64("beta")));
  const std::string of_two = Ask("GET", "/2015-03-31/functions/f/aliases?FunctionVersion=2").text;
  EXPECT_THAT(of_two, HasSubstr("prod"));
  EXPECT_THAT(of_two, Not(HasSubstr("beta")));
  EXPECT_EQ(Ask("DELETE", path).status, 204);
  EXPECT_EQ(Ask("GET", path).status, 404);
}

TEST_F(FunctionSettingsTest, AliasesThatAreRefused) {
  ASSERT_EQ(Version().status, 201);
  EXPECT_EQ(Alias(R"("Name":"12","FunctionVersion":"1")").error, "ValidationException");
  EXPECT_EQ(Alias(R"("Name":"a")").error, "ValidationException");
  EXPECT_EQ(Alias(R"("Name":"a","FunctionVersion":"one")").error, "ValidationException");
  EXPECT_EQ(Alias(R"("Name":"a","FunctionVersion":"9")").error, "ResourceNotFoundException");
  const auto weights = [&](const char* version, const char* map) {
    return Alias(std::string(R"("Name":"a","FunctionVersion":")") + version +
                 R"(","RoutingConfig":{"AdditionalVersionWeights":)" + map + "}")
        .error;
  };
  EXPECT_EQ(weights("1", R"({"2":1.5})"), "ValidationException");
  EXPECT_EQ(weights("1", R"({"x":0.5})"), "ValidationException");
  EXPECT_EQ(weights("1", R"({"2":0.1,"3":0.1})"), "InvalidParameterValueException");
  EXPECT_EQ(weights("1", R"({"1":0.1})"), "InvalidParameterValueException");
  EXPECT_EQ(weights("$LATEST", R"({"1":0.1})"), "InvalidParameterValueException");
  EXPECT_EQ(weights("1", R"({"2":"0.1"})"), "SerializationException");
}

TEST_F(FunctionSettingsTest, ReservedConcurrency) {
  const char* const write = "/2017-10-31/functions/f/concurrency";
  const char* const read = "/2019-09-30/functions/f/concurrency";
  EXPECT_EQ(Ask("GET", read).text, "{}");
  EXPECT_EQ(Ask("PUT", write, R"({"ReservedConcurrentExecutions":0})").text,
            R"({"ReservedConcurrentExecutions":0})");
  EXPECT_EQ(Ask("GET", read).text, R"({"ReservedConcurrentExecutions":0})");
  EXPECT_EQ(Ask("PUT", write, "{}").error, "ValidationException");
  EXPECT_EQ(Ask("PUT", write, R"({"ReservedConcurrentExecutions":-1})").error,
            "ValidationException");
  EXPECT_EQ(Ask("PUT", write, R"({"ReservedConcurrentExecutions":901})").error,
            "InvalidParameterValueException");
  EXPECT_EQ(Ask("DELETE", write).status, 204);
  EXPECT_EQ(Ask("GET", read).text, "{}");
  EXPECT_EQ(
      Ask("PUT", "/2017-10-31/functions/g/concurrency", R"({"ReservedConcurrentExecutions":1})")
          .error,
      "ResourceNotFoundException");
}

TEST_F(FunctionSettingsTest, ProvisionedConcurrency) {
  const std::string path = "/2019-09-30/functions/f/provisioned-concurrency";
  const char* const body = R"({"ProvisionedConcurrentExecutions":2})";
  EXPECT_EQ(Ask("PUT", path, body).error, "ValidationException");
  EXPECT_EQ(Ask("PUT", path + "?Qualifier=$LATEST", body).error, "InvalidParameterValueException");
  EXPECT_EQ(Ask("GET", path + "?Qualifier=1").error,
            "ProvisionedConcurrencyConfigNotFoundException");
  const RestAnswer put = Ask("PUT", path + "?Qualifier=1", body);
  EXPECT_EQ(put.status, 202);
  EXPECT_THAT(put.text, HasSubstr(R"({"RequestedProvisionedConcurrentExecutions":2,)"));
  EXPECT_EQ(Ask("GET", path + "?Qualifier=1").text, put.text);
  EXPECT_THAT(Ask("GET", path + "?List=ALL").text,
              HasSubstr(std::string(R"([{"FunctionArn":")") + kArn + ":1\""));
  EXPECT_EQ(Ask("DELETE", path + "?Qualifier=1").status, 204);
  EXPECT_EQ(Ask("GET", path + "?List=ALL").text, R"({"ProvisionedConcurrencyConfigs":[]})");
}

TEST_F(FunctionSettingsTest, EventInvokeConfig) {
  const std::string path = "/2019-09-25/functions/f/event-invoke-config";
  EXPECT_THAT(Ask("GET", path).text, HasSubstr(std::string("The function ") + kArn +
                                               ":$LATEST doesn't have an EventInvokeConfig"));
  EXPECT_EQ(Ask("POST", path, R"({"MaximumRetryAttempts":1})").error, "ResourceNotFoundException");
  EXPECT_EQ(Ask("PUT", path, "{}").error, "InvalidParameterValueException");
  EXPECT_EQ(Ask("PUT", path, R"({"MaximumRetryAttempts":3})").error, "ValidationException");
  EXPECT_EQ(Ask("PUT", path, R"({"MaximumEventAgeInSeconds":59})").error, "ValidationException");
  const auto destination = [&](const std::string& arn) {
    return Ask("PUT", path,
               R"({"DestinationConfig":{"OnFailure":{"Destination":")" + arn + "\"}}}");
  };
  EXPECT_EQ(destination("queue").error, "ValidationException");
  EXPECT_EQ(destination("arn:aws:sns:us-east-1:000000000000:t").error,
            "InvalidParameterValueException");
  EXPECT_EQ(destination(kArn).error, "InvalidParameterValueException");
  const RestAnswer put = destination("arn:aws:sqs:us-east-1:000000000000:q");
  EXPECT_EQ(put.text, std::string(R"({"LastModified":1763674446.123,"FunctionArn":")") + kArn +
                          R"(:$LATEST","DestinationConfig":{"OnSuccess":{},"OnFailure":)"
                          R"({"Destination":"arn:aws:sqs:us-east-1:000000000000:q"}}})");
  const std::string updated = Ask("POST", path, R"({"MaximumRetryAttempts":0})").text;
  EXPECT_THAT(updated, HasSubstr(R"("MaximumRetryAttempts":0)"));
  EXPECT_THAT(updated, HasSubstr("000:q"));
  EXPECT_THAT(Ask("PUT", path, R"({"MaximumEventAgeInSeconds":60})").text, Not(HasSubstr("000:q")));
  EXPECT_EQ(Ask("PUT", path + "?Qualifier=1", R"({"MaximumRetryAttempts":1})").status, 200);
  EXPECT_EQ(Ask("PUT", path + "?Qualifier=9", R"({"MaximumRetryAttempts":1})").error,
            "ResourceNotFoundException");
  const std::string listed = Ask("GET", path + "/list?MaxItems=1").text;
  EXPECT_THAT(listed, HasSubstr("\"NextMarker\":\""));
  EXPECT_EQ(Ask("DELETE", path).status, 204);
  EXPECT_EQ(Ask("DELETE", path).error, "ResourceNotFoundException");
}

TEST_F(FunctionSettingsTest, Urls) {
  const std::string path = "/2021-10-31/functions/f/url";
  EXPECT_EQ(Ask("POST", path, "{}").error, "ValidationException");
  EXPECT_EQ(Ask("POST", path + "?Qualifier=1", R"({"AuthType":"NONE"})").error,
            "ValidationException");
  EXPECT_EQ(Ask("GET", path).error, "ResourceNotFoundException");
  const RestAnswer created =
      Ask("POST", path, R"({"AuthType":"NONE","Cors":{"AllowOrigins":["*"],"MaxAge":5,"X":1}})");
  EXPECT_EQ(created.status, 201);
  EXPECT_THAT(created.text,
              testing::ContainsRegex(R"(^.\"FunctionUrl\":\"http://[a-z0-9]{32}\.lambda-url\.)"
                                     R"(us-east-1\.localhost:8000/\",)"));
  EXPECT_THAT(created.text, HasSubstr(R"("Cors":{"AllowOrigins":["*"],"MaxAge":5})"));
  EXPECT_THAT(created.text, HasSubstr(R"("InvokeMode":"BUFFERED")"));
  EXPECT_EQ(Ask("POST", path, R"({"AuthType":"NONE"})").error, "ResourceConflictException");
  EXPECT_EQ(Ask("PUT", path, R"({"Cors":{"MaxAge":86401}})").error, "ValidationException");
  // They are sent as headers.
  for (const char* const list : {"AllowHeaders", "AllowOrigins", "ExposeHeaders"}) {
    EXPECT_EQ(Ask("PUT", path, std::string(R"({"Cors":{")") + list + R"(":["a\r\nb: c"]}})").error,
              "ValidationException");
  }
  const RestAnswer updated = Ask("PUT", path, R"({"AuthType":"AWS_IAM","Cors":{}})");
  EXPECT_THAT(updated.text, HasSubstr(R"("AuthType":"AWS_IAM","CreationTime")"));
  EXPECT_EQ(Ask("GET", path).text, updated.text);
  EXPECT_EQ(Ask("GET", "/2021-10-31/functions/f/urls").text,
            "{\"FunctionUrlConfigs\":[" + updated.text + "]}");
  EXPECT_EQ(Ask("DELETE", path).status, 204);
  EXPECT_EQ(Ask("DELETE", path).error, "ResourceNotFoundException");
}

TEST_F(FunctionSettingsTest, Permissions) {
  const std::string path = "/2015-03-31/functions/f/policy";
  EXPECT_EQ(Ask("GET", path).error, "ResourceNotFoundException");
  const auto add = [&](const std::string& id, const std::string& members) {
    return Ask(
        "POST", path,
        R"({"StatementId":")" + id + R"(","Action":"lambda:InvokeFunction",)" + members + "}");
  };
  const RestAnswer added = add("a", R"("Principal":"s3.amazonaws.com","SourceAccount":)"
                                    R"("123456789012","SourceArn":"arn:aws:s3:::b")");
  EXPECT_EQ(added.status, 201);
  EXPECT_THAT(added.text,
              HasSubstr(R"({"Statement":"{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Principal\":)"
                        R"({\"Service\":\"s3.amazonaws.com\"},\"Action\":)"
                        R"(\"lambda:InvokeFunction\",\"Resource\":)"));
  EXPECT_THAT(
      added.text,
      HasSubstr(R"(\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":)"
                R"(\"123456789012\"},\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:s3:::b\"}}})"));
  EXPECT_EQ(add("a", R"("Principal":"*")").error, "ResourceConflictException");
  EXPECT_EQ(add("b", R"("Principal":"nobody")").error, "InvalidParameterValueException");
  EXPECT_EQ(add("b", R"("Principal":"*","FunctionUrlAuthType":"NONE")").error,
            "InvalidParameterValueException");
  EXPECT_EQ(add("b c", R"("Principal":"*")").error, "ValidationException");
  EXPECT_THAT(add("b", R"("Principal":"123456789012")").text,
              HasSubstr(R"(\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:root\"})"));
  EXPECT_EQ(Ask("POST", path + "?Qualifier=$LATEST",
                R"({"StatementId":"l","Action":"*","Principal":"*"})")
                .error,
            "InvalidParameterValueException");
  EXPECT_THAT(Ask("GET", path).text,
              HasSubstr(R"({"Policy":"{\"Version\":\"2012-10-17\",\"Id\":\"default\",)"
                        R"(\"Statement\":[{\"Sid\":\"a\")"));
  EXPECT_EQ(Ask("DELETE", path + "/a").status, 204);
  EXPECT_EQ(Ask("DELETE", path + "/a").error, "ResourceNotFoundException");
  EXPECT_EQ(Ask("DELETE", path + "/b?RevisionId=x").error, "PreconditionFailedException");
  EXPECT_EQ(Ask("DELETE", path + "/b").status, 204);
  EXPECT_EQ(Ask("GET", path).status, 404);
  for (int i = 0; i < 200; ++i) {
    const RestAnswer answer = add("s" + std::to_string(i), R"("Principal":"*")");
    if (answer.status != 201) {
      EXPECT_EQ(answer.error, "PolicyLengthExceededException");
      return;
    }
  }
  FAIL() << "a policy may be as long as it likes";
}

TEST_F(FunctionSettingsTest, Layers) {
  const std::string path = "/2018-10-31/layers/l/versions";
  const auto publish = [&](const std::string& members) {
    return Ask("POST", path,
               "{" + members + R"("Content":{"ZipFile":")" + ToBase64(MakeZip("a", "b")) + "\"}}");
  };
  const RestAnswer first = publish(R"("Description":"d","CompatibleRuntimes":["python3.12"],)");
  EXPECT_EQ(first.status, 201) << first.text;
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:layer:l";
  EXPECT_THAT(first.text, HasSubstr("\"LayerArn\":\"" + arn + "\",\"LayerVersionArn\":\"" + arn +
                                    R"(:1","Version":1,"Description":"d","CreatedDate":)"
                                    R"("2025-11-20T21:34:06.123+0000","CompatibleRuntimes":)"
                                    R"(["python3.12"]})"));
  ASSERT_EQ(publish("").status, 201);
  EXPECT_EQ(publish(R"("CompatibleRuntimes":["cobol"],)").error, "ValidationException");
  EXPECT_EQ(Ask("POST", path, "{}").error, "ValidationException");
  EXPECT_EQ(Ask("POST", "/2018-10-31/layers/a.b/versions", "{}").error, "ValidationException");
  EXPECT_THAT(Ask("GET", path + "/1").text, HasSubstr("\"LayerVersionArn\":\"" + arn + ":1\""));
  EXPECT_EQ(Ask("GET", path + "/9").error, "ResourceNotFoundException");
  EXPECT_EQ(Ask("GET", "/2018-10-31/layers?find=LayerVersion&Arn=" + arn + ":2").status, 200);
  EXPECT_EQ(Ask("GET", "/2018-10-31/layers?find=LayerVersion&Arn=" + arn).error,
            "ValidationException");
  const std::string page = Ask("GET", path + "?MaxItems=1").text;
  EXPECT_THAT(page, HasSubstr(":layer:l:2\""));
  EXPECT_THAT(page, HasSubstr("\"NextMarker\":\"" + ToBase64("2") + "\""));
  const std::string last = Ask("GET", path + "?Marker=" + ToBase64("2")).text;
  EXPECT_THAT(last, HasSubstr(":layer:l:1\""));
  EXPECT_THAT(last, HasSubstr("\"NextMarker\":null"));
  const std::string layers = Ask("GET", "/2018-10-31/layers?CompatibleRuntime=python3.12").text;
  EXPECT_THAT(layers, HasSubstr("\"LatestMatchingVersion\":{\"LayerVersionArn\":\"" + arn + ":1"));
  EXPECT_THAT(Ask("GET", "/2018-10-31/layers?CompatibleRuntime=python3.9").text,
              HasSubstr(R"({"Layers":[],"NextMarker":null})"));
  const RestAnswer used = Create("user", "\"Layers\":[\"" + arn + ":1\"]");
  EXPECT_EQ(used.status, 201) << used.text;
  EXPECT_THAT(used.text, HasSubstr("\"Layers\":[{\"Arn\":\"" + arn + ":1\",\"CodeSize\":"));
  EXPECT_EQ(Ask("DELETE", path + "/1").status, 204);
  EXPECT_EQ(Ask("DELETE", path + "/1").status, 204);
  EXPECT_EQ(Ask("GET", path + "/1").status, 404);
}

}  // namespace
}  // namespace millrace::api
