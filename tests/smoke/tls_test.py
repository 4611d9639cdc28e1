"""Stock clients over HTTPS: boto3 and the AWS CLI, each told which authority to trust."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.server import (  # noqa: E402
    Server, cli_path, client_environment, enter_client_environment)

enter_client_environment()  # before boto3 reads the caller's credentials

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import SSLError  # noqa: E402


class TlsTest(unittest.TestCase):
    """One server, whose certificate is its own authority."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="millrace-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.certificate = os.path.join(cls.directory, "certificate.pem")
        key = os.path.join(cls.directory, "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", cls.certificate],
            check=True, capture_output=True)
        cls.server = Server(flags=[f"--tls_certificate={cls.certificate}", f"--tls_key={key}"])
        cls.server.start()
        cls.addClassCleanup(cls.server.close)

    def test_boto3(self):
        client = boto3.client("dynamodb", endpoint_url=self.server.endpoint,
                              verify=self.certificate)
        client.create_table(
            TableName="Secure", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
        client.get_waiter("table_exists").wait(TableName="Secure")
        item = {"pk": {"S": "a"}, "text": {"S": "x" * 300_000}}
        client.put_item(TableName="Secure", Item=item)
        self.assertEqual(
            client.get_item(TableName="Secure", Key={"pk": {"S": "a"}})["Item"], item)

    def test_boto3_does_not_trust_just_anybody(self):
        client = boto3.client("dynamodb", endpoint_url=self.server.endpoint,
                              config=Config(retries={"total_max_attempts": 1}))
        with self.assertRaises(SSLError):
            client.list_tables()

    def test_aws_cli(self):
        done = subprocess.run(
            [cli_path(), "sqs", "create-queue", "--queue-name", "cli", "--endpoint-url",
             self.server.endpoint, "--ca-bundle", self.certificate, "--output", "text"],
            env=client_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), self.server.endpoint + "/000000000000/cli")


if __name__ == "__main__":
    unittest.main()
