"""The stock AWS CLI against the server, as a person at a shell would use it.

One test, in the order of a first session; every answer is compared in full where it is fixed.
"""

import json
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.server import Server, cli_path, client_environment  # noqa: E402


class AwsCliTest(unittest.TestCase):
    """One server for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.addClassCleanup(cls.server.close)

    def run_cli(self, *arguments, service="dynamodb"):
        """Runs `aws <service> ...` and returns the finished process."""
        return subprocess.run(
            [cli_path(), service, *arguments, "--endpoint-url", self.server.endpoint,
             "--output", "json"],
            env=client_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False)

    def aws(self, *arguments, service="dynamodb"):
        """A command that must succeed; returns its JSON, None if it prints nothing."""
        done = self.run_cli(*arguments, service=service)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def test_first_session(self):
        # Tables.
        created = self.aws(
            "create-table", "--table-name", "Music", "--billing-mode", "PAY_PER_REQUEST",
            "--attribute-definitions", "AttributeName=Artist,AttributeType=S",
            "AttributeName=SongTitle,AttributeType=S", "--key-schema",
            "AttributeName=Artist,KeyType=HASH", "AttributeName=SongTitle,KeyType=RANGE")
        self.assertEqual(created["TableDescription"]["TableName"], "Music")
        self.aws("wait", "table-exists", "--table-name", "Music")
        self.assertEqual(self.aws("list-tables"), {"TableNames": ["Music"]})
        table = self.aws("describe-table", "--table-name", "Music")["Table"]
        self.assertEqual(table["TableStatus"], "ACTIVE")

        # Items.
        song = {"Artist": {"S": "No One You Know"}, "SongTitle": {"S": "Call Me Today"},
                "Awards": {"N": "1"}, "Cover": {"B": "AAH/"}}
        key = json.dumps({name: song[name] for name in ("Artist", "SongTitle")})
        self.assertIsNone(self.aws("put-item", "--table-name", "Music", "--item", json.dumps(song)))
        got = self.aws("get-item", "--table-name", "Music", "--key", key, "--consistent-read")
        self.assertEqual(got, {"Item": song})
        updated = self.aws(
            "update-item", "--table-name", "Music", "--key", key, "--update-expression",
            "SET Awards = Awards + :n", "--expression-attribute-values", '{":n":{"N":"41"}}',
            "--return-values", "UPDATED_NEW")
        self.assertEqual(updated, {"Attributes": {"Awards": {"N": "42"}}})

        # Reads of many.
        song["Awards"] = {"N": "42"}
        queried = self.aws(
            "query", "--table-name", "Music", "--key-condition-expression", "Artist = :a",
            "--expression-attribute-values", '{":a":{"S":"No One You Know"}}')
        self.assertEqual(queried, {"Items": [song], "Count": 1, "ScannedCount": 1,
                                   "ConsumedCapacity": None})
        scanned = self.aws("scan", "--table-name", "Music", "--filter-expression", "Awards > :n",
                           "--expression-attribute-values", '{":n":{"N":"100"}}')
        self.assertEqual((scanned["Count"], scanned["ScannedCount"]), (0, 1))

        # Tags, deletion.
        arn = table["TableArn"]
        self.assertIsNone(self.aws("tag-resource", "--resource-arn", arn, "--tags",
                                   "Key=team,Value=blue"))
        self.assertEqual(self.aws("list-tags-of-resource", "--resource-arn", arn),
                         {"Tags": [{"Key": "team", "Value": "blue"}]})
        deleted = self.aws("delete-item", "--table-name", "Music", "--key", key,
                           "--return-values", "ALL_OLD")
        self.assertEqual(deleted, {"Attributes": song})
        self.aws("delete-table", "--table-name", "Music")
        self.aws("wait", "table-not-exists", "--table-name", "Music")

    def test_streams(self):
        def streams(*arguments):
            return self.aws(*arguments, service="dynamodbstreams")

        created = self.aws(
            "create-table", "--table-name", "Watched", "--billing-mode", "PAY_PER_REQUEST",
            "--attribute-definitions", "AttributeName=id,AttributeType=S", "--key-schema",
            "AttributeName=id,KeyType=HASH", "--stream-specification",
            "StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES")["TableDescription"]
        arn = created["LatestStreamArn"]
        self.aws("wait", "table-exists", "--table-name", "Watched")
        self.assertEqual(streams("list-streams", "--table-name", "Watched"), {"Streams": [{
            "StreamArn": arn, "TableName": "Watched",
            "StreamLabel": created["LatestStreamLabel"]}]})
        item = {"id": {"S": "a"}, "bytes": {"B": "AAH/"}}
        self.aws("put-item", "--table-name", "Watched", "--item", json.dumps(item))
        shard = streams("describe-stream", "--stream-arn", arn)["StreamDescription"]["Shards"][0]
        iterator = streams(
            "get-shard-iterator", "--stream-arn", arn, "--shard-id", shard["ShardId"],
            "--shard-iterator-type", "TRIM_HORIZON")["ShardIterator"]
        answer = streams("get-records", "--shard-iterator", iterator, "--limit", "10")
        record = answer["Records"][0]
        self.assertEqual((record["eventName"], record["dynamodb"]["NewImage"]), ("INSERT", item))
        self.assertEqual(len(answer["Records"]), 1)
        self.assertIn("NextShardIterator", answer)

    def test_queues(self):
        def sqs(*arguments):
            return self.aws(*arguments, service="sqs")

        url = sqs("create-queue", "--queue-name", "cli", "--attributes",
                  "VisibilityTimeout=7")["QueueUrl"]
        self.assertEqual(url, self.server.endpoint + "/000000000000/cli")
        self.assertEqual(sqs("list-queues")["QueueUrls"], [url])
        body = 'caf\u00e9 <&> "quoted"'
        sent = sqs("send-message", "--queue-url", url, "--message-body", body,
                   "--message-attributes",
                   '{"name":{"DataType":"String","StringValue":"value"}}')
        message = sqs("receive-message", "--queue-url", url, "--message-attribute-names", "All",
                      "--attribute-names", "All")["Messages"][0]
        self.assertEqual((message["Body"], message["MessageId"]), (body, sent["MessageId"]))
        self.assertEqual(message["MessageAttributes"],
                         {"name": {"StringValue": "value", "DataType": "String"}})
        self.assertEqual(message["Attributes"]["ApproximateReceiveCount"], "1")
        sqs("delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
        attributes = sqs("get-queue-attributes", "--queue-url", url, "--attribute-names",
                         "All")["Attributes"]
        self.assertEqual((attributes["VisibilityTimeout"],
                          attributes["ApproximateNumberOfMessages"],
                          attributes["ApproximateNumberOfMessagesNotVisible"]), ("7", "0", "0"))
        sqs("delete-queue", "--queue-url", url)
        done = self.run_cli("get-queue-url", "--queue-name", "cli", service="sqs")
        self.assertEqual(done.returncode, 254)
        self.assertRegex(done.stderr, r"AWS\.SimpleQueueService\.NonExistentQueue")

    def test_logs(self):
        def logs(*arguments):
            return self.aws(*arguments, service="logs")

        group = "/aws/lambda/cli"
        logs("create-log-group", "--log-group-name", group)
        logs("create-log-stream", "--log-group-name", group, "--log-stream-name", "one")
        now = int(time.time() * 1000)
        logs("put-log-events", "--log-group-name", group, "--log-stream-name", "one",
             "--log-events", json.dumps([
                 {"timestamp": now - 1000, "message": "ERROR first"},
                 {"timestamp": now, "message": "caf\u00e9"}]))
        found = logs("filter-log-events", "--log-group-name", group, "--filter-pattern", "ERROR")
        self.assertEqual([event["message"] for event in found["events"]], ["ERROR first"])
        self.assertEqual(found["events"][0]["logStreamName"], "one")
        tailed = self.run_cli("tail", group, "--format", "short", service="logs")
        self.assertEqual(tailed.returncode, 0, tailed.stderr)
        self.assertEqual([line.split(" ", 1)[1] for line in tailed.stdout.splitlines()],
                         ["ERROR first", "caf\u00e9"])
        done = self.run_cli("tail", "/missing", service="logs")
        self.assertRegex(done.stderr, r"ResourceNotFoundException.*The specified log group does")

    def test_following_a_log(self):
        # What is written while somebody follows is shown, once.
        group = "/aws/lambda/followed"
        for name in ("create-log-group", "create-log-stream"):
            stream = ("--log-stream-name", "one") if name == "create-log-stream" else ()
            self.aws(name, "--log-group-name", group, *stream, service="logs")

        def put(message):
            self.aws("put-log-events", "--log-group-name", group, "--log-stream-name", "one",
                     "--log-events", json.dumps([
                         {"timestamp": int(time.time() * 1000), "message": message}]),
                     service="logs")

        put("before")
        follower = subprocess.Popen(
            [cli_path(), "logs", "tail", group, "--follow", "--format", "short",
             "--endpoint-url", self.server.endpoint],
            env={**client_environment(), "PYTHONUNBUFFERED": "1"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True)
        try:
            self.assertTrue(follower.stdout.readline().endswith(" before\n"))
            put("after")
            self.assertTrue(follower.stdout.readline().endswith(" after\n"))
        finally:
            follower.kill()
            follower.communicate()

    def test_an_error_reads_like_the_service(self):
        done = self.run_cli("describe-table", "--table-name", "Missing")
        self.assertEqual(done.returncode, 254)
        self.assertRegex(
            done.stderr, r"An error occurred \(ResourceNotFoundException\) when calling the "
            r"DescribeTable operation.*: Requested resource not found: Table: Missing not found\n")


if __name__ == "__main__":
    unittest.main()
