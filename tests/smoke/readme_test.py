"""What the README tells a new user to paste, pasted: its blocks run as they are printed.

Only the port is another one, curl is silent, and what would run for ever is ended.
"""

import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.server import ROOT, Server, cli_path, client_environment  # noqa: E402

PRINTED_ENDPOINT = "http://127.0.0.1:8000"
COMMAND_TIMEOUT_S = 120


def blocks(language):
    """The README's blocks of a language, in order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class ReadmeTest(unittest.TestCase):
    """One server and one folder for each test."""

    def setUp(self):
        self.server = Server().start()
        self.addCleanup(self.server.close)
        self.folder = tempfile.mkdtemp(prefix="millrace-readme-")
        self.addCleanup(shutil.rmtree, self.folder)
        programs = pathlib.Path(self.folder, "programs")
        programs.mkdir()
        programs.joinpath("aws").symlink_to(cli_path())
        self.environment = client_environment()
        self.environment["PATH"] = f"{programs}:{self.environment['PATH']}"
        self.environment["PYTHONUNBUFFERED"] = "1"

    def printed(self, language, part):
        """The block that contains a text, about the server of this test."""
        found = [block for block in blocks(language) if part in block]
        self.assertEqual(len(found), 1, part)
        self.assertTrue(PRINTED_ENDPOINT in found[0] or "ddb " in found[0])
        return found[0].replace(PRINTED_ENDPOINT, self.server.endpoint)

    def shell(self, *parts):
        """Pastes the blocks with these texts into one shell; what came of it."""
        script = "set -e\n" + "\n".join(self.printed("sh", part) for part in parts)
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=COMMAND_TIMEOUT_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def start(self, command):
        """A program that does not end by itself; its output is a pipe, which ends in any case."""
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

        timer = threading.Timer(COMMAND_TIMEOUT_S, process.kill)
        timer.start()

        def end():
            timer.cancel()
            process.kill()
            process.wait()
            process.stdout.close()

        self.addCleanup(end)
        return process

    def test_walk_through(self):
        done = self.shell("ddb create-table", "ddb put-item", "ddb update-item", "ddb update-table",
                          "ddb scan")
        # The second update is refused, as the text says, and nothing else is.
        self.assertEqual(done.stderr.count("An error occurred"), 1, done.stderr)
        self.assertIn("ConditionalCheckFailedException", done.stderr)
        self.assertIn('"N": "44.3"', done.stdout)
        # By the index one order; by the table the order and its two things; one is dear.
        self.assertEqual(re.findall(r'"Count": (\d+)', done.stdout), ["1", "3", "1"])
        self.assertIn('"TableStatus": "DELETING"', done.stdout)

    def test_changes_of_a_table(self):
        reader = self.start([sys.executable, "-c", self.printed("python", "get_records")])
        for event, state in (("INSERT", "new"), ("MODIFY", "done")):
            line = reader.stdout.readline()
            self.assertRegex(line, f"^{event} {{.*'state': {{'S': '{state}'}}")
        tail = self.start(["bash", "-c", "exec " + self.printed("sh", "_admin/tail").replace(
            "curl ", "curl --silent ")])
        text = ""
        while '"MODIFY"' not in text:
            line = tail.stdout.readline()
            self.assertTrue(line)
            text += line
        self.assertIn('"INSERT"', text)

    def test_one_shard_in_node(self):
        program = pathlib.Path(self.folder, "reader.mjs")
        program.write_text(self.printed("js", "GetRecordsCommand"), encoding="utf-8")
        pathlib.Path(self.folder, "node_modules").symlink_to(ROOT / "tests/wire/node_modules")
        cli = [cli_path(), "--endpoint-url", self.server.endpoint, "--output", "text", "dynamodb"]

        def aws(*words):
            return subprocess.run([*cli, *words], env=self.environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S,
                                  check=True).stdout.strip()

        stream = aws("create-table", "--table-name", "jobs", "--billing-mode", "PAY_PER_REQUEST",
                     "--attribute-definitions", "AttributeName=id,AttributeType=S",
                     "--key-schema", "AttributeName=id,KeyType=HASH", "--stream-specification",
                     "StreamEnabled=true,StreamViewType=NEW_IMAGE",
                     "--query", "TableDescription.LatestStreamArn")
        # It reads from where it begins: what comes before that moment it does not print.
        reader = self.start(["node", str(program), stream])
        for number in range(COMMAND_TIMEOUT_S):
            aws("put-item", "--table-name", "jobs", "--item", f'{{"id":{{"S":"{number}"}}}}')
            if select.select([reader.stdout], [], [], 0)[0]:
                self.assertRegex(reader.stdout.readline(), r"^INSERT \{ id: \{ S: '\d+' \} \}\n$")
                return
        self.fail("no record was read")

    def test_a_function_follows_a_table(self):
        printed = self.shell("lambda create-function").stdout
        # The last command does not wait for the handler to have run.
        deadline = time.monotonic() + COMMAND_TIMEOUT_S
        while not re.search("INSERT {.*'Ada'", printed):
            self.assertLess(time.monotonic(), deadline, printed)
            printed = subprocess.run(
                [cli_path(), "--endpoint-url", self.server.endpoint, "logs", "tail",
                 "/aws/lambda/greet", "--since", "5m"], env=self.environment,
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=COMMAND_TIMEOUT_S, check=True).stdout


if __name__ == "__main__":
    unittest.main()
