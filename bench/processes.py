"""Starting servers for measurements, bound to processors, and ending them again."""

import contextlib
import os
import re
import select
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 60
COMPACT_TIMEOUT_SECONDS = 600


class BenchError(Exception):
    """Something that leaves nothing to measure; the text says what."""


@contextlib.contextmanager
def bound_to(processors):
    """Processes started inside are bound to these processors; an empty list changes nothing.

    Binding ourselves and letting the child inherit is exact from its first instruction on, and
    keeps the cheap way of starting processes, which a function run in the child would prevent.
    """
    before = os.sched_getaffinity(0)
    if processors:
        os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def bytes_on_disk(folder):
    """What the files below a folder take up."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.stat(os.path.join(place, name)).st_blocks * 512
    return total


class Server:
    """A process that prints `... ready on http://...` and ends on SIGTERM."""

    def __init__(self, command, processors):
        self.errors = tempfile.TemporaryFile()
        with bound_to(processors):
            begin = time.monotonic()
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=self.errors, stdin=subprocess.DEVNULL
            )
        try:
            self.url = self.wait_until_ready(command)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.start_ms = (time.monotonic() - begin) * 1000

    def wait_until_ready(self, command):
        output = b""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if not select.select([self.process.stdout], [], [], 1)[0]:
                continue
            chunk = os.read(self.process.stdout.fileno(), 65536)
            output += chunk
            found = re.search(rb"ready on (http://[0-9.]+:\d+)\s", output)
            if found:
                return found.group(1).decode()
            if not chunk:
                break
        self.errors.seek(0)
        problem = self.errors.read().decode(errors="replace")[-2000:]
        raise BenchError(f"{command[0]} did not become ready: {problem}")

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024

    def commit_counters(self):
        """(groups, requests) the committer has handled so far; None where there are no metrics."""
        try:
            with urllib.request.urlopen(self.url + "/metrics", timeout=10) as reply:
                text = reply.read().decode()
        except (urllib.error.URLError, OSError):
            return None
        counters = []
        for name in ("millrace_commit_groups_total", "millrace_commit_requests_total"):
            values = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)", text, re.MULTILINE)
            if not values:
                return None
            counters.append(sum(float(value) for value in values))
        return counters

    def compact(self):
        """Has the server rewrite its files, and waits until that is done."""
        # Without a type of its own it would be sent as a form.
        request = urllib.request.Request(self.url + "/_admin/compact", data=b"{}",
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=COMPACT_TIMEOUT_SECONDS):
                pass
        except OSError as error:
            raise BenchError(f"the server did not compact: {error}") from None

    def stop(self):
        """Asks the process to end; an unclean end is an error."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise BenchError("the server did not end on SIGTERM") from None
        finally:
            self.process.stdout.close()
            self.errors.close()
        if code != 0:
            raise BenchError(f"the server ended with {code}")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
        else:
            self.process.kill()
            self.process.wait()
