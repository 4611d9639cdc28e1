"""The stock boto3 library against the server: what Python programs use most.

The wire tests go into every corner; this shows that an unchanged client library works, its
retries, checksum tests and type conversions included.
"""

import pathlib
import sys
import time
import unittest
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.server import Server, enter_client_environment  # noqa: E402

enter_client_environment()  # before boto3 reads the caller's credentials

import boto3  # noqa: E402
from boto3.dynamodb.conditions import Attr, Key  # noqa: E402
from boto3.dynamodb.types import Binary  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

DOCUMENT = {
    "text": "caf\u00e9", "empty": "", "integer": Decimal("42"), "fraction": Decimal("-0.125"),
    "precise": Decimal("1234567890.0987654321098765432109876543"), "yes": True, "no": False,
    "nothing": None, "bytes": Binary(b"\x00\x01\xfe\xff"), "strings": {"a", "b"},
    "numbers": {Decimal("1"), Decimal("2.5")}, "list": [Decimal("1"), "two", [None], {"k": "v"}],
    "map": {"nested": {"deeper": ["x", Decimal("3")]}, "dotted.name": True},
    "binaries": {Binary(b"a"), Binary(b"b")},
}


class Boto3Test(unittest.TestCase):
    """One server and one table for all tests; every test uses its own partition."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.addClassCleanup(cls.server.close)
        cls.resource = boto3.resource("dynamodb", endpoint_url=cls.server.endpoint)
        cls.client = boto3.client("dynamodb", endpoint_url=cls.server.endpoint)
        cls.table = cls.resource.create_table(
            TableName="Smoke", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"},
                       {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                  {"AttributeName": "sk", "AttributeType": "N"}])
        cls.client.get_waiter("table_exists").wait(
            TableName="Smoke", WaiterConfig={"Delay": 1, "MaxAttempts": 20})

    def fill(self, partition, count):
        """Puts items 0..count-1 into a partition."""
        for number in range(count):
            self.table.put_item(Item={"pk": partition, "sk": number, "even": number % 2 == 0})

    def test_document_round_trip(self):
        # Decimal, sets, Binary and nesting go through boto3's serializer both ways.
        key = {"pk": "round", "sk": Decimal("1.5")}
        self.table.put_item(Item={**key, **DOCUMENT})
        self.assertEqual(self.table.get_item(Key=key)["Item"], {**key, **DOCUMENT})
        self.assertNotIn("Item", self.table.get_item(Key={"pk": "round", "sk": 2}))

    def test_update_and_return_values(self):
        key = {"pk": "update", "sk": 1}
        answer = self.table.update_item(
            Key=key, UpdateExpression="SET #n = if_not_exists(#n, :zero) + :one, l = :l ADD s :s",
            ExpressionAttributeNames={"#n": "count"},
            ExpressionAttributeValues={":zero": 0, ":one": 1, ":l": [1], ":s": {"x"}},
            ReturnValues="ALL_NEW")
        self.assertEqual(answer["Attributes"], {
            "pk": "update", "sk": Decimal(1), "count": Decimal(1), "l": [Decimal(1)], "s": {"x"}})
        old = self.table.delete_item(Key=key, ReturnValues="ALL_OLD")["Attributes"]
        self.assertEqual(old, answer["Attributes"])

    def test_condition_builders(self):
        key = {"pk": "condition", "sk": 1}
        self.table.put_item(Item={**key, "v": 1}, ConditionExpression=Attr("pk").not_exists())
        with self.assertRaises(self.client.exceptions.ConditionalCheckFailedException):
            self.table.put_item(Item={**key, "v": 2}, ConditionExpression=Attr("pk").not_exists())
        with self.assertRaises(ClientError) as caught:
            self.table.delete_item(
                Key=key, ConditionExpression=Attr("v").between(2, 3) | Attr("v").is_in([5, 6]))
        self.assertEqual(caught.exception.response["Error"], {
            "Code": "ConditionalCheckFailedException", "Message": "The conditional request failed"})
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 400)
        self.table.delete_item(Key=key, ConditionExpression=~Attr("v").gt(1) & Attr("v").eq(1))

    def test_query_with_key_and_filter_builders(self):
        self.fill("query", 10)
        answer = self.table.query(
            KeyConditionExpression=Key("pk").eq("query") & Key("sk").between(2, 7),
            FilterExpression=Attr("even").eq(True) & Attr("even").attribute_type("BOOL"),
            ScanIndexForward=False, ProjectionExpression="sk")
        self.assertEqual(answer["Items"], [{"sk": Decimal(6)}, {"sk": Decimal(4)},
                                           {"sk": Decimal(2)}])
        self.assertEqual((answer["Count"], answer["ScannedCount"]), (3, 6))

    def test_paginators(self):
        self.fill("pages", 25)
        pages = list(self.client.get_paginator("query").paginate(
            TableName="Smoke", KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "pages"}}, PaginationConfig={"PageSize": 10}))
        self.assertEqual([page["Count"] for page in pages], [10, 10, 5])
        numbers = [item["sk"]["N"] for page in pages for item in page["Items"]]
        self.assertEqual(numbers, [str(number) for number in range(25)])
        scanned = [item for page in self.client.get_paginator("scan").paginate(
            TableName="Smoke", FilterExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "pages"}}, PaginationConfig={"PageSize": 7})
            for item in page["Items"]]
        self.assertEqual(len(scanned), 25)
        names = [name for page in self.client.get_paginator("list_tables").paginate()
                 for name in page["TableNames"]]
        self.assertIn("Smoke", names)

    def test_scan_in_segments(self):
        self.fill("segments", 5)
        found = []
        for segment in range(3):
            found += [item["sk"] for item in self.table.scan(
                Segment=segment, TotalSegments=3,
                FilterExpression=Key("pk").eq("segments"))["Items"]]
        self.assertEqual(sorted(found), [Decimal(number) for number in range(5)])

    def test_errors_have_code_and_message(self):
        with self.assertRaises(ClientError) as caught:
            self.client.get_item(TableName="Missing", Key={"pk": {"S": "x"}})
        self.assertEqual(caught.exception.response["Error"], {
            "Code": "ResourceNotFoundException", "Message": "Requested resource not found"})
        with self.assertRaises(ClientError) as caught:
            self.table.put_item(Item={"sk": 1})
        self.assertEqual(caught.exception.response["Error"], {
            "Code": "ValidationException",
            "Message": "One or more parameter values were invalid: Missing the key pk in the item"})

    def test_table_life_cycle(self):
        created = self.client.create_table(
            TableName="Brief", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "B"}],
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
            Tags=[{"Key": "team", "Value": "blue"}])["TableDescription"]
        self.assertEqual(created["TableStatus"], "CREATING")
        self.client.get_waiter("table_exists").wait(
            TableName="Brief", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        arn = created["TableArn"]
        self.client.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
        self.client.untag_resource(ResourceArn=arn, TagKeys=["team"])
        self.assertEqual(self.client.list_tags_of_resource(ResourceArn=arn)["Tags"],
                         [{"Key": "stage", "Value": "test"}])
        self.client.delete_table(TableName="Brief")
        self.client.get_waiter("table_not_exists").wait(
            TableName="Brief", WaiterConfig={"Delay": 1, "MaxAttempts": 20})

    def test_streams(self):
        """A consumer of a stream: shards, pages of records, and the end of a disabled stream."""
        streams = boto3.client("dynamodbstreams", endpoint_url=self.server.endpoint)
        table = self.resource.create_table(
            TableName="Watched", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        arn = table.latest_stream_arn
        table.wait_until_exists()
        with table.batch_writer() as batch:
            for number in range(30):
                batch.put_item(Item={"id": f"k{number}", "n": number})
        table.delete_item(Key={"id": "k0"})
        table.update(StreamSpecification={"StreamEnabled": False})
        stream = streams.describe_stream(StreamArn=arn)["StreamDescription"]
        self.assertEqual(stream["StreamStatus"], "DISABLED")
        names = []
        for shard in stream["Shards"]:
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            while iterator:
                page = streams.get_records(ShardIterator=iterator, Limit=20)
                names += [record["eventName"] for record in page["Records"]]
                iterator = page.get("NextShardIterator")
        self.assertEqual(names, ["INSERT"] * 30 + ["REMOVE"])
        self.assertEqual([each["StreamArn"] for each in streams.list_streams(
            TableName="Watched")["Streams"]], [arn])
        with self.assertRaises(streams.exceptions.ResourceNotFoundException):
            streams.describe_stream(StreamArn=arn[:-1] + "x")

    def test_limits_and_endpoints(self):
        self.assertEqual(self.client.describe_limits()["TableMaxReadCapacityUnits"], 40000)
        address = self.client.describe_endpoints()["Endpoints"][0]["Address"]
        self.assertEqual(address, f"127.0.0.1:{self.server.port}")

    def test_queues(self):
        queues = boto3.client("sqs", endpoint_url=self.server.endpoint)
        url = queues.create_queue(QueueName="python.fifo", Attributes={
            "FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
        answer = queues.send_message_batch(QueueUrl=url, Entries=[
            {"Id": str(n), "MessageBody": f"message {n}", "MessageGroupId": "group",
             "MessageAttributes": {"bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}}
            for n in range(3)])
        self.assertEqual([entry["Id"] for entry in answer["Successful"]], ["0", "1", "2"])
        messages = queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"],
            WaitTimeSeconds=1)["Messages"]
        self.assertEqual([message["Body"] for message in messages],
                         ["message 0", "message 1", "message 2"])
        self.assertEqual(messages[0]["MessageAttributes"]["bytes"]["BinaryValue"], b"\x00\xff")
        deleted = queues.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "ReceiptHandle": messages[0]["ReceiptHandle"]},
            {"Id": "b", "ReceiptHandle": "no handle"}])
        self.assertEqual([entry["Id"] for entry in deleted["Successful"]], ["a"])
        self.assertEqual(deleted["Failed"][0]["Code"], "ReceiptHandleIsInvalid")
        queues.purge_queue(QueueUrl=url)
        with self.assertRaises(queues.exceptions.QueueDoesNotExist):
            queues.get_queue_url(QueueName="missing")

    def test_logs(self):
        logs = boto3.client("logs", endpoint_url=self.server.endpoint)
        logs.create_log_group(logGroupName="python", tags={"a": "b"})
        logs.create_log_stream(logGroupName="python", logStreamName="s")
        now = int(time.time() * 1000)
        logs.put_log_events(logGroupName="python", logStreamName="s", logEvents=[
            {"timestamp": now + n, "message": f"line {n}"} for n in range(25)])
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName="python", filterPattern="line", PaginationConfig={"PageSize": 10})
        self.assertEqual([event["message"] for page in pages for event in page["events"]],
                         [f"line {n}" for n in range(25)])
        self.assertEqual(logs.list_tags_log_group(logGroupName="python")["tags"], {"a": "b"})
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):
            logs.get_log_events(logGroupName="python", logStreamName="none")
        with self.assertRaises(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName="python")


if __name__ == "__main__":
    unittest.main()
