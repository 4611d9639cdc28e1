"""Starts and ends the server under test for the Python suites.

Only the standard library, so that every suite can use it whatever interpreter it runs on.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_DEADLINE_S = 20
STOP_DEADLINE_S = 20


def binary_path():
    """MILLRACE_BINARY, or the release build."""
    return os.environ.get("MILLRACE_BINARY") or str(ROOT / "build/release/millrace")


class Server:
    """One server process; a context manager that ends it and removes the directory it made."""

    def __init__(self, data_directory=None, flags=()):
        self._owned_directory = None if data_directory else tempfile.mkdtemp(prefix="millrace-")
        self.data_directory = data_directory or self._owned_directory
        self.flags = list(flags)
        self.process = None
        self.port = None
        self.scheme = "http"
        self.output = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    @property
    def endpoint(self):
        """The URL for clients."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self):
        """Runs the binary on a free port and waits for its ready line."""
        self.process = subprocess.Popen(
            [binary_path(), f"--data_dir={self.data_directory}", "--port=0", "--host=127.0.0.1",
             *self.flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", errors="replace")
        self.output = []
        ready = threading.Event()
        self.port = None
        threading.Thread(target=self._read, args=(self.process, ready), daemon=True).start()
        ready.wait(START_DEADLINE_S)
        if self.port is None:
            self.end(signal.SIGKILL)
            raise RuntimeError("the server did not start: " + "".join(self.output))
        return self

    def _read(self, process, ready):
        for line in process.stdout:
            self.output.append(line)
            match = re.fullmatch(r"millrace ready on (https?)://127\.0\.0\.1:(\d+)\n", line)
            if match:
                self.scheme = match.group(1)
                self.port = int(match.group(2))
                ready.set()
        process.stdout.close()
        ready.set()

    def end(self, which=signal.SIGTERM):
        """Sends a signal to this process only, waits for its end and returns the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(which)
        try:
            code = self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def close(self):
        """Ends the process and removes the directory if it was made here."""
        self.end()
        if self._owned_directory:
            shutil.rmtree(self._owned_directory, ignore_errors=True)


def cli_path():
    """The AWS CLI: MILLRACE_AWS_CLI, the distribution's own, or the first on the path."""
    candidates = (os.environ.get("MILLRACE_AWS_CLI"), "/usr/bin/aws", shutil.which("aws"))
    return next(path for path in candidates if path and os.access(path, os.X_OK))


def client_environment():
    """The caller's environment with made-up credentials and nothing of the caller's AWS setup."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("AWS_", "BOTO"))}
    environment.update({
        "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"})
    return environment


def enter_client_environment():
    """Makes that the environment of this process. boto3 reads it when a session is made."""
    environment = client_environment()
    os.environ.clear()
    os.environ.update(environment)
