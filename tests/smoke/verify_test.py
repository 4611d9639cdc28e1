"""botocore's own signer against --auth=verify, and requests that were changed after it had signed.

The wire tests do the same with the SDK for JavaScript; here it is boto3, for every service and with
every way that it signs: headers of JSON and of REST requests, session tokens, presigned URLs.
"""

import pathlib
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.server import Server, enter_client_environment  # noqa: E402

enter_client_environment()  # before boto3 reads the caller's credentials

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

KEY = {"aws_access_key_id": "AKIDONE", "aws_secret_access_key": "secret/one+1"}
TOKEN_KEY = {"aws_access_key_id": "AKIDTWO", "aws_secret_access_key": "secret two",
             "aws_session_token": "token/two=="}
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.")


def section(name, key):
    """A section of a credentials file."""
    return f"[{name}]\n" + "".join(f"{setting} = {value}\n" for setting, value in key.items())


class VerifyTest(unittest.TestCase):
    """One server that knows two keys, one of them with a session token."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        credentials = pathlib.Path(directory.name) / "credentials"
        credentials.touch(mode=0o600)
        credentials.write_text(section("one", KEY) + section("two", TOKEN_KEY), encoding="utf-8")
        cls.server = Server(
            flags=["--auth=verify", f"--credentials_file={credentials}"]).start()
        cls.addClassCleanup(cls.server.close)

    def client(self, service="dynamodb", key=None, **changed):
        """A client that does not try again."""
        return boto3.client(
            service, endpoint_url=self.server.endpoint, region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}), **{**(key or KEY), **changed})

    def refused(self, call, code, message, **arguments):
        """The call is refused with exactly this."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        if message is not None:
            self.assertEqual(caught.exception.response["Error"]["Message"], message)

    def test_every_service_and_key(self):
        """All of them sign in their own way, and pass."""
        for key in (KEY, TOKEN_KEY):
            self.assertIn("TableNames", self.client(key=key).list_tables())
            self.assertIn("Streams", self.client("dynamodbstreams", key).list_streams())
            self.assertEqual(
                self.client("sqs", key).list_queues()["ResponseMetadata"]["HTTPStatusCode"], 200)
            self.assertIn("Functions", self.client("lambda", key).list_functions(MaxItems=5))
            self.assertIn("logGroups", self.client("logs", key).describe_log_groups())

    def test_names_that_are_encoded_in_paths_and_queries(self):
        """REST paths are encoded, and encoded once more to be signed."""
        functions = self.client("lambda")
        arn = "arn:aws:lambda:us-east-1:000000000000:function:none such"
        for name in ("none", "arn:aws:lambda:us-east-1:000000000000:function:none:$LATEST"):
            self.refused(functions.get_function, "ResourceNotFoundException", None,
                         FunctionName=name)
        with self.assertRaises(ClientError) as caught:
            functions.list_tags(Resource=arn)
        self.assertNotIn(caught.exception.response["Error"]["Code"],
                         ("InvalidSignatureException", "IncompleteSignatureException"))
        self.assertIn("EventSourceMappings",
                      functions.list_event_source_mappings(FunctionName="none", MaxItems=7))

    def test_keys_that_are_wrong(self):
        """Each with the error that AWS has for it."""
        self.refused(self.client(aws_secret_access_key="other").list_tables,
                     "InvalidSignatureException", MISMATCH)
        self.refused(self.client(aws_access_key_id="AKIDNONE").list_tables,
                     "UnrecognizedClientException",
                     "The security token included in the request is invalid.")
        for client in (self.client(aws_session_token="more"),
                       self.client(key=TOKEN_KEY, aws_session_token="other")):
            self.refused(client.list_tables, "UnrecognizedClientException",
                         "The security token included in the request is invalid")

    def test_changes_after_the_signature(self):
        """Whatever is changed on the way is noticed."""
        changes = {
            "body": lambda request: setattr(request, "body", b'{"Limit": 2}'),
            "target": lambda request: request.headers.update(
                {"X-Amz-Target": "DynamoDB_20120810.DescribeLimits"}),
            "date": lambda request: request.headers.update({
                "X-Amz-Date": request.headers["X-Amz-Date"].decode()[:-2] +
                ("1Z" if request.headers["X-Amz-Date"].decode()[-2] == "0" else "0Z")}),
            "query": lambda request: setattr(request, "url", request.url + "?a=b"),
        }
        for name, change in changes.items():
            client = self.client()

            def before_send(request, change=change, **_):
                change(request)

            client.meta.events.register("before-send.dynamodb.ListTables", before_send)
            with self.subTest(name):
                self.refused(client.list_tables, "InvalidSignatureException", MISMATCH, Limit=1)

    def test_presigned(self):
        """What botocore presigns may be sent by anybody until it expires."""
        # With GET there is nothing to send; the function is not there, which only those are told
        # whose signature is right.
        url = self.client("lambda").generate_presigned_url(
            "get_function", Params={"FunctionName": "none"}, ExpiresIn=60)

        def status(address):
            try:
                with urllib.request.urlopen(address) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                with error:
                    return error.code

        self.assertEqual(status(url), 404)
        self.assertEqual(status(url.replace("/none?", "/other?")), 403)
        self.assertEqual(status(url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000")), 403)


if __name__ == "__main__":
    unittest.main()
