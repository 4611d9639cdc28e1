"""Invocations and event source mappings through boto3 and the AWS CLI, as their users use them."""

import base64
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.server import (  # noqa: E402
    Server, cli_path, client_environment, enter_client_environment)

enter_client_environment()  # before boto3 reads the caller's credentials

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/smoke"

# Writes what it gets into a file, one record a line.
HANDLER = """
import json, os

def run(event, context):
    print("called by", event.get("who", "a mapping"))
    if event.get("fail"):
        raise ValueError("it went wrong")
    with open(os.environ["FILE"], "a") as file:
        for record in event.get("Records", []):
            file.write(json.dumps(record["dynamodb"]["Keys"]) + "\\n")
    return {"who": event.get("who")}
"""


def eventually(probe):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        answer = probe()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError("gave up waiting")


class MappingsTest(unittest.TestCase):
    """One server, one function and one table for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.addClassCleanup(cls.server.close)
        directory = tempfile.TemporaryDirectory(prefix="millrace-smoke-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.records = cls.directory / "records"
        endpoint = {"endpoint_url": cls.server.endpoint}
        cls.client = boto3.client("lambda", **endpoint)
        cls.tables = boto3.client("dynamodb", **endpoint)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", HANDLER)
        cls.client.create_function(
            FunctionName="handler", Runtime="python3.12", Role=ROLE, Handler="app.run",
            Code={"ZipFile": packed.getvalue()}, Timeout=20,
            Environment={"Variables": {"FILE": str(cls.records)}})
        cls.stream = cls.tables.create_table(
            TableName="orders", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )["TableDescription"]["LatestStreamArn"]
        cls.tables.get_waiter("table_exists").wait(TableName="orders",
                                                   WaiterConfig={"Delay": 1})

    def run_cli(self, *arguments):
        """Runs `aws lambda ...` and returns the finished process."""
        return subprocess.run(
            [cli_path(), "lambda", *arguments, "--endpoint-url", self.server.endpoint,
             "--output", "json"],
            env=client_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False)

    def aws(self, *arguments):
        """A command that must succeed; returns its JSON, None if it prints nothing."""
        done = self.run_cli(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def settled(self, uuid):
        """The mapping, once no change of it is under way."""
        def probe():
            mapping = self.client.get_event_source_mapping(UUID=uuid)
            return mapping if mapping["State"] in ("Enabled", "Disabled") else None
        return eventually(probe)

    def test_invocations_with_boto3(self):
        answer = self.client.invoke(FunctionName="handler", LogType="Tail",
                                    Payload=json.dumps({"who": "boto3"}))
        self.assertEqual((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
        self.assertEqual(json.load(answer["Payload"]), {"who": "boto3"})
        self.assertIn("called by boto3", base64.b64decode(answer["LogResult"]).decode())
        failed = self.client.invoke(FunctionName="handler", Payload=json.dumps({"fail": True}))
        self.assertEqual(failed["FunctionError"], "Unhandled")
        self.assertEqual(json.load(failed["Payload"])["errorMessage"], "it went wrong")
        for kind, status in (("Event", 202), ("DryRun", 204)):
            answer = self.client.invoke(FunctionName="handler", InvocationType=kind)
            self.assertEqual(answer["StatusCode"], status)
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
            self.client.invoke(FunctionName="absent")
        with self.assertRaises(self.client.exceptions.InvalidRequestContentException):
            self.client.invoke(FunctionName="handler", Payload=b"{")

    def test_invocations_with_the_cli(self):
        out = self.directory / "out"
        payload = self.directory / "payload"
        payload.write_text('{"who": "cli"}', encoding="utf-8")
        answer = self.aws("invoke", "--function-name", "handler", "--payload", f"fileb://{payload}",
                          "--log-type", "Tail", str(out))
        self.assertEqual((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
        self.assertIn("called by cli", base64.b64decode(answer["LogResult"]).decode())
        self.assertEqual(json.loads(out.read_text(encoding="utf-8")), {"who": "cli"})
        for kind, status in (("Event", 202), ("DryRun", 204)):
            answer = self.aws("invoke", "--function-name", "handler", "--invocation-type", kind,
                              str(out))
            self.assertEqual(answer["StatusCode"], status)

    def test_mappings(self):
        created = self.aws(
            "create-event-source-mapping", "--function-name", "handler", "--event-source-arn",
            self.stream, "--starting-position", "TRIM_HORIZON", "--batch-size", "5",
            "--filter-criteria",
            json.dumps({"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]}))
        self.assertEqual(created["State"], "Creating")
        uuid = created["UUID"]
        self.assertEqual(self.settled(uuid)["State"], "Enabled")
        for number in range(3):
            self.tables.put_item(TableName="orders", Item={"pk": {"S": f"order-{number}"}})
        eventually(lambda: self.records.exists()
                   and self.records.read_text(encoding="utf-8").count("order-") == 3)
        eventually(lambda: self.client.get_event_source_mapping(
            UUID=uuid)["LastProcessingResult"] == "OK")
        with self.assertRaises(self.client.exceptions.ResourceConflictException) as caught:
            self.client.create_event_source_mapping(
                FunctionName="handler", EventSourceArn=self.stream, StartingPosition="LATEST")
        self.assertIn(uuid, str(caught.exception))
        listed = self.client.get_paginator("list_event_source_mappings").paginate(
            EventSourceArn=self.stream)
        self.assertEqual([mapping["UUID"] for page in listed
                          for mapping in page["EventSourceMappings"]], [uuid])
        updated = self.aws("update-event-source-mapping", "--uuid", uuid, "--no-enabled")
        self.assertEqual(updated["State"], "Disabling")
        self.assertEqual(self.settled(uuid)["State"], "Disabled")
        self.assertEqual(self.client.delete_event_source_mapping(UUID=uuid)["State"], "Deleting")
        with self.assertRaises(ClientError) as missing:
            self.client.get_event_source_mapping(UUID=uuid)
        self.assertEqual(missing.exception.response["Error"]["Message"],
                         "The resource you requested does not exist.")

    def test_account(self):
        settings = self.client.get_account_settings()
        self.assertEqual(settings["AccountLimit"]["CodeSizeZipped"], 52428800)
        self.assertEqual(settings["AccountLimit"]["ConcurrentExecutions"], 1000)
        self.assertEqual(settings["AccountUsage"]["FunctionCount"], 1)


if __name__ == "__main__":
    unittest.main()
