"""Functions through boto3 and the AWS CLI, as their users make, look at and change them.

Handlers are run here only to see that new code is what runs; the wire tests know the rest.
"""

import base64
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.request
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.server import (  # noqa: E402
    Server, cli_path, client_environment, enter_client_environment)

enter_client_environment()  # before boto3 reads the caller's credentials

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

ROLE = "arn:aws:iam::000000000000:role/smoke"
WAIT = {"Delay": 1, "MaxAttempts": 20}


def package(text):
    """A zip with a handler whose source is `text`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", text)
    return packed.getvalue()


def handler(answer):
    """The source of a handler that always answers the same."""
    return f"def run(event, context):\n    return {answer!r}\n"


def sha256(code):
    """The hash of a package as the service shows it."""
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


class FunctionsTest(unittest.TestCase):
    """One server for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.addClassCleanup(cls.server.close)
        cls.client = boto3.client("lambda", endpoint_url=cls.server.endpoint)
        directory = tempfile.TemporaryDirectory(prefix="millrace-smoke-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)

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

    def invoke(self, name):
        """What a function answers."""
        return json.load(self.client.invoke(FunctionName=name)["Payload"])

    def test_boto3(self):
        code = package(handler("one"))
        created = self.client.create_function(
            FunctionName="boto", Runtime="python3.12", Role=ROLE, Handler="app.run",
            Code={"ZipFile": code}, Environment={"Variables": {"STAGE": "test"}},
            Tags={"team": "a"}, Timeout=10)
        self.assertEqual(created["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual((created["CodeSize"], created["CodeSha256"]), (len(code), sha256(code)))
        self.client.get_waiter("function_active_v2").wait(FunctionName="boto", WaiterConfig=WAIT)
        got = self.client.get_function(FunctionName="boto")
        self.assertEqual(got["Tags"], {"team": "a"})
        self.assertEqual(got["Configuration"]["Environment"], {"Variables": {"STAGE": "test"}})
        with urllib.request.urlopen(got["Code"]["Location"]) as answer:
            self.assertEqual(answer.read(), code)
        self.assertEqual(self.invoke("boto"), "one")

        self.client.update_function_code(FunctionName="boto", ZipFile=package(handler("two")))
        self.client.get_waiter("function_updated_v2").wait(FunctionName="boto", WaiterConfig=WAIT)
        self.assertEqual(self.invoke("boto"), "two")
        published = self.client.publish_version(FunctionName="boto")
        self.client.create_alias(FunctionName="boto", Name="live",
                                 FunctionVersion=published["Version"])
        self.client.update_function_code(FunctionName="boto", ZipFile=package(handler("three")))
        self.assertEqual(self.invoke("boto:live"), "two")
        self.assertEqual(self.invoke("boto"), "three")

        for number in range(3):
            self.client.create_function(
                FunctionName=f"page-{number}", Runtime="python3.12", Role=ROLE, Handler="app.run",
                Code={"ZipFile": code})
        pages = self.client.get_paginator("list_functions").paginate(
            PaginationConfig={"PageSize": 2})
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        self.assertEqual([name for name in names if name.startswith("page-")],
                         ["page-0", "page-1", "page-2"])
        with self.assertRaises(ClientError) as caught:
            self.client.get_function(FunctionName="absent")
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceNotFoundException")
        with self.assertRaises(self.client.exceptions.ResourceConflictException):
            self.client.create_alias(FunctionName="boto", Name="live", FunctionVersion="1")
        self.client.delete_function(FunctionName="boto")
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
            self.client.get_function_configuration(FunctionName="boto")

    def test_cli(self):
        archive = self.directory / "code.zip"
        archive.write_bytes(package(handler("one")))
        created = self.aws(
            "create-function", "--function-name", "cli", "--runtime", "python3.12", "--role", ROLE,
            "--handler", "app.run", "--zip-file", f"fileb://{archive}", "--environment",
            "Variables={STAGE=test}")
        self.assertEqual((created["State"], created["Version"]), ("Active", "$LATEST"))
        self.aws("wait", "function-active-v2", "--function-name", "cli")
        got = self.aws("get-function", "--function-name", "cli")
        self.assertEqual(got["Configuration"]["FunctionArn"],
                         "arn:aws:lambda:us-east-1:000000000000:function:cli")
        listed = self.aws("list-functions")["Functions"]
        self.assertIn("cli", [function["FunctionName"] for function in listed])

        archive.write_bytes(package(handler("two")))
        updated = self.aws("update-function-code", "--function-name", "cli", "--zip-file",
                           f"fileb://{archive}", "--publish")
        self.assertEqual(updated["Version"], "1")
        self.aws("wait", "function-updated-v2", "--function-name", "cli")
        changed = self.aws("update-function-configuration", "--function-name", "cli", "--timeout",
                           "20", "--memory-size", "256")
        self.assertEqual((changed["Timeout"], changed["MemorySize"]), (20, 256))
        self.assertEqual(changed["Environment"], {"Variables": {"STAGE": "test"}})
        alias = self.aws("create-alias", "--function-name", "cli", "--name", "live",
                         "--function-version", "1")
        self.assertEqual(alias["FunctionVersion"], "1")
        self.aws("put-function-concurrency", "--function-name", "cli",
                 "--reserved-concurrent-executions", "3")
        self.assertEqual(self.aws("get-function-concurrency", "--function-name", "cli"),
                         {"ReservedConcurrentExecutions": 3})
        versions = self.aws("list-versions-by-function", "--function-name", "cli")["Versions"]
        self.assertEqual([version["Version"] for version in versions], ["$LATEST", "1"])

        layer = self.aws("publish-layer-version", "--layer-name", "cli", "--zip-file",
                         f"fileb://{archive}")
        self.assertEqual(layer["Version"], 1)
        self.assertEqual(len(self.aws("list-layers")["Layers"]), 1)
        self.aws("delete-function", "--function-name", "cli")
        done = self.run_cli("get-function", "--function-name", "cli")
        self.assertIn(done.returncode, (254, 255))  # of version 2 and of version 1
        self.assertRegex(
            done.stderr, r"An error occurred \(ResourceNotFoundException\) when calling the "
            r"GetFunction operation.*: Function not found: "
            r"arn:aws:lambda:us-east-1:000000000000:function:cli\n")


if __name__ == "__main__":
    unittest.main()
