// Requests of the older protocol as JSON, and answers as XML.
#include "api/queues/query_form.h"

#include <gtest/gtest.h>

namespace millrace::api {
namespace {

std::string Translate(std::string_view form) {
  std::string operation;
  std::string input;
  return TranslateQueueForm(form, &operation, &input) ? operation + input : "no";
}

std::string Xml(std::string_view operation, std::string_view body, int status = 200,
                std::string_view code = "") {
  std::string xml;
  AppendQueueXml({operation, status, body, code, "id"}, &xml);
  return xml.substr(xml.find("?>") + 2);
}

TEST(QueryForm, NamesTheOperation) {
  EXPECT_EQ(QueueFormOperation("Version=2012-11-05&Action=Send%4Dessage&x=%00"), "SendMessage");
  EXPECT_EQ(QueueFormOperation("Action=A&Version=2012-11-05&Action=B"), "B");
  EXPECT_EQ(QueueFormOperation("Action=A&Version=2011-01-01"), "");
  EXPECT_EQ(QueueFormOperation("Version=2012-11-05"), "");
  EXPECT_EQ(QueueFormOperation("Action=A&Version=2012-11-05" + std::string(3000, '&')), "");
  const std::string name(2000, 'n');
  EXPECT_EQ(QueueFormOperation("Action=A&Version=2012-11-05&" + name + "=1"), "");
  EXPECT_EQ(QueueFormOperation("Version=2012-11-05&Action=" + name), "");
}

TEST(QueryForm, TranslatesRequests) {
  const std::string version = "&Version=2012-11-05";
  EXPECT_EQ(Translate("Action=GetQueueUrl&QueueName=a%20b%2Bc+d" + version),
            R"(GetQueueUrl{"QueueName":"a b+c d"})");
  EXPECT_EQ(Translate("Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&"
                      "Attribute.1.Value=5&Attribute.2.Name=Policy&Attribute.2.Value=%7B%7D&"
                      "Tag.1.Key=k&Tag.1.Value=v" +
                      version),
            R"(CreateQueue{"QueueName":"q","Attributes":{"DelaySeconds":"5","Policy":"{}"},)"
            R"("tags":{"k":"v"}})");
  EXPECT_EQ(Translate("Action=ReceiveMessage&QueueUrl=u&MaxNumberOfMessages=10&"
                      "AttributeName.1=All&WaitTimeSeconds=x" +
                      version),
            R"(ReceiveMessage{"QueueUrl":"u","MaxNumberOfMessages":10,"WaitTimeSeconds":"x",)"
            R"("AttributeNames":["All"]})");
  EXPECT_EQ(Translate("Action=SendMessageBatch&QueueUrl=u&SendMessageBatchRequestEntry.10.Id=j&"
                      "SendMessageBatchRequestEntry.2.Id=b&"
                      "SendMessageBatchRequestEntry.2.MessageBody=x&"
                      "SendMessageBatchRequestEntry.2.MessageAttribute.1.Name=n&"
                      "SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.DataType=String&"
                      "SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.StringValue=v" +
                      version),
            R"(SendMessageBatch{"QueueUrl":"u","Entries":[{"MessageBody":"x","Id":"b",)"
            R"("MessageAttributes":{"n":{"DataType":"String","StringValue":"v"}}},{"Id":"j"}]})");
}

TEST(QueryForm, LeavesOthersAlone) {
  EXPECT_EQ(Translate(""), "no");
  EXPECT_EQ(Translate("Action=GetCallerIdentity&Version=2011-06-15"), "no");
  EXPECT_EQ(Translate("Version=2012-11-05"), "no");
  std::string many = "Action=X&Version=2012-11-05";
  for (int index = 0; index < 3000; ++index) {
    many += "&a=1";
  }
  EXPECT_EQ(Translate(many), "no");
  // Broken escapes are letters; nothing is read outside.
  EXPECT_EQ(Translate("Action=X&Version=2012-11-05&QueueName=%zz%4"), R"(X{"QueueName":"%zz%4"})");
  EXPECT_EQ(Translate("Action=X&Version=2012-11-05&QueueName=%41"), R"(X{"QueueName":"A"})");
}

TEST(QueryForm, TranslatesAnswers) {
  const std::string space = R"( xmlns="http://queue.amazonaws.com/doc/2012-11-05/")";
  const std::string end = "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>";
  EXPECT_EQ(Xml("DeleteQueue", ""),
            "<DeleteQueueResponse" + space + ">" + end + "</DeleteQueueResponse>");
  EXPECT_EQ(Xml("ListQueues", R"({"QueueUrls":["a","b&<"]})"),
            "<ListQueuesResponse" + space +
                "><ListQueuesResult><QueueUrl>a</QueueUrl><QueueUrl>b&amp;&lt;</QueueUrl>"
                "</ListQueuesResult>" +
                end + "</ListQueuesResponse>");
  EXPECT_EQ(Xml("ReceiveMessage",
                R"({"Messages":[{"Body":"x","Attributes":{"SenderId":"s"},"MessageAttributes":)"
                R"({"n":{"DataType":"String","StringValue":"v"}}}]})"),
            "<ReceiveMessageResponse" + space +
                "><ReceiveMessageResult><Message><Body>x</Body><Attribute><Name>SenderId</Name>"
                "<Value>s</Value></Attribute><MessageAttribute><Name>n</Name><Value>"
                "<DataType>String</DataType><StringValue>v</StringValue></Value>"
                "</MessageAttribute></Message></ReceiveMessageResult>" +
                end + "</ReceiveMessageResponse>");
  EXPECT_EQ(Xml("DeleteMessageBatch",
                R"({"Successful":[{"Id":"a"}],"Failed":[{"Id":"b","SenderFault":true}]})"),
            "<DeleteMessageBatchResponse" + space +
                "><DeleteMessageBatchResult><DeleteMessageBatchResultEntry><Id>a</Id>"
                "</DeleteMessageBatchResultEntry><BatchResultErrorEntry><Id>b</Id>"
                "<SenderFault>true</SenderFault></BatchResultErrorEntry>"
                "</DeleteMessageBatchResult>" +
                end + "</DeleteMessageBatchResponse>");
  EXPECT_EQ(Xml("X", R"({"__type":"com.amazonaws.sqs#OverLimit","message":"m"})", 400, "OverLimit"),
            "<ErrorResponse" + space +
                "><Error><Type>Sender</Type><Code>OverLimit</Code><Message>m</Message><Detail/>"
                "</Error><RequestId>id</RequestId></ErrorResponse>");
}

}  // namespace
}  // namespace millrace::api
