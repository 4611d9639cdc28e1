"""The measurements of bench/run; each part is a method of Bench."""

import json
import os
import subprocess
import time

from processes import BenchError, Server, bound_to, bytes_on_disk
from results import Results

IDLE_SECONDS = 1.0
CPU = "server_cpu_us_per_operation"
RATE = "operations_per_second"
ACCESS_KEY = ("AKIDBENCHMARK0000000", "asecretofthebenchmark")
# The server's memory for what is not yet in files is bounded by the size of its log.
WRITE_BUFFERS_MB = 64
REST_MB = 30
BLOCK_CACHE_MB = 32
ITEM_CACHE_MB = 8


class Bench:
    """Starts the programs of a build directory and measures them."""

    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.results = Results()
        self.folders = 0

    def program(self, name):
        path = os.path.join(self.arguments.build_dir, name)
        if not os.access(path, os.X_OK):
            raise BenchError(f"{path} is not there; build it first")
        return path

    def server_program(self):
        return self.arguments.server or self.program("millrace")

    def new_folder(self):
        self.folders += 1
        path = os.path.join(self.folder, str(self.folders))
        os.mkdir(path)
        return path

    def server(self, data_dir, *flags, io_threads=None):
        command = [self.server_program(), f"--data_dir={data_dir}", "--port=0", "--host=127.0.0.1"]
        command += [f"--io_threads={io_threads or self.arguments.io_threads}"]
        command += [*self.arguments.server_flags, *flags]
        return Server(command, self.arguments.server_cpu)

    def load(self, server, workload, **flags):
        """Runs the load generator once; returns the medians of its figures by name."""
        report = os.path.join(self.folder, "report.json")
        settings = {
            "connections": 64,
            "seconds": self.arguments.seconds,
            "warmup_seconds": min(1.0, self.arguments.seconds / 2),
            "runs": 1,
            "items": self.arguments.items,
            **flags,
        }
        if self.arguments.load_cpu:
            # It has processors of its own. Were it to sleep between replies, waking it would be a
            # part of what the server's replies cost.
            settings["busy_poll"] = "true"
        command = [self.program("bench/load_generator"), f"--endpoint={server.url}"]
        command += [f"--workloads={workload}", f"--json={report}"]
        command += [f"--server_pid={server.process.pid}"]
        command += [f"--{name}={value}" for name, value in settings.items()]
        with bound_to(self.arguments.load_cpu):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"load_generator {workload}: {done.stdout}{done.stderr}")
        with open(report, encoding="utf-8") as file:
            configurations = json.load(file)["configurations"]
        if not configurations:
            return {}
        return {name: value["median"] for name, value in configurations[0]["figures"].items()}

    def rocksdb(self, loops):
        """Runs the bare RocksDB loops; returns their results by name."""
        command = [self.program("bench/rocksdb_loop"), f"--data_dir={self.new_folder()}"]
        command += [f"--seconds={self.arguments.seconds}", f"--loops={','.join(loops)}"]
        with bound_to(self.arguments.server_cpu):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"rocksdb_loop: {done.stderr}")
        return {row["loop"]: row for row in map(json.loads, done.stdout.splitlines())}

    def read_threads(self):
        """Reads a second without sockets, by the number of threads; on all processors."""
        command = [self.program("bench/read_threads"), f"--seconds={self.arguments.seconds}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"read_threads: {done.stderr}")
        rows = map(json.loads, done.stdout.splitlines())
        return {row["threads"]: row["reads_per_second"] for row in rows}

    def get(self):
        """GetItem against fixed replies: of this server's own front, and of a bare Beast server."""
        add = self.results.add
        with self.server(self.new_folder()) as server:
            self.load(server, "get", load_only="true")
            probe = self.load(server, "get", skip_load="true", seconds=0.2)
            body_bytes = round(probe["reply_body_bytes_mean"])
            arguments = [f"--body_bytes={body_bytes}", f"--threads={self.arguments.io_threads}"]
            bare_command = [self.program("bench/fixed_reply_server")] + arguments
            front_command = [self.program("bench/fixed_operation_server")] + arguments
            with Server(bare_command, self.arguments.server_cpu) as fixed, \
                    Server(front_command, self.arguments.server_cpu) as front:
                for _ in range(self.arguments.rounds):
                    ours = self.load(server, "get", skip_load="true")
                    same = self.load(front, "get-fixed")
                    bare = self.load(fixed, "get-fixed")
                    add("GetItem 200 B, 64 connections", "us CPU", ours[CPU])
                    add("same server, fixed reply", "us CPU", same[CPU])
                    add("bare Beast server, fixed reply", "us CPU", bare[CPU])
                    add("GetItem CPU / same server's fixed reply", "ratio", ours[CPU] / same[CPU])
                    add("GetItem CPU / bare Beast fixed reply", "ratio", ours[CPU] / bare[CPU],
                        {"at_most": 1.5})
                    add("GetItem 200 B, 64 connections, throughput", "per second", ours[RATE])
                    add("same server, fixed reply, throughput", "per second", same[RATE])
                    add("bare Beast server, throughput", "per second", bare[RATE])

    def query(self):
        """Query of 100 items against GetItem of one."""
        add = self.results.add
        with self.server(self.new_folder()) as server:
            self.load(server, "get,query100", load_only="true")
            for _ in range(self.arguments.rounds):
                one = self.load(server, "get", skip_load="true")
                hundred = self.load(server, "query100", skip_load="true")
                add("Query 100 x 200 B, 64 connections", "us CPU", hundred[CPU])
                add("Query 100 x 200 B CPU / GetItem CPU", "ratio", hundred[CPU] / one[CPU],
                    {"at_most": 5})

    def put(self):
        """Durable PutItem against bare RocksDB on the same disk, one connection, and GetItem."""
        add = self.results.add
        front_command = [self.program("bench/fixed_operation_server"), "--body_bytes=2",
                         f"--threads={self.arguments.io_threads}"]
        with self.server(self.new_folder()) as server, \
                Server(front_command, self.arguments.server_cpu) as front:
            self.load(server, "put", load_only="true")
            for _ in range(self.arguments.rounds):
                same = self.load(front, "get-fixed")
                before = server.commit_counters()
                ours = self.load(server, "put", skip_load="true")
                after = server.commit_counters()
                bare = self.rocksdb(["batch", "threads", "single"])
                one = self.load(server, "put", skip_load="true", connections=1)
                read = self.load(server, "get", skip_load="true")
                rate = ours[RATE]
                batch_rate = bare["batch"]["puts_per_second"]
                thread_rate = bare["threads"]["puts_per_second"]
                add("PutItem 200 B, 64 connections", "per second", rate)
                add("RocksDB, synced batches of 64", "per second", batch_rate)
                add("RocksDB, 64 threads with a synced write each", "per second", thread_rate)
                add("PutItem / RocksDB batches of 64", "ratio", rate / batch_rate)
                add("PutItem / RocksDB 64 threads", "ratio", rate / thread_rate,
                    {"at_least": 0.95})
                add("PutItem, 64 connections / 1 connection", "ratio", rate / one[RATE],
                    {"at_least": 10})
                add("PutItem 200 B, 64 connections, CPU", "us CPU", ours[CPU])
                add("PutItem CPU / GetItem CPU", "ratio", ours[CPU] / read[CPU],
                    {"at_most": 1.8})
                # What no server on RocksDB that answers over HTTP can be below.
                floor = same[CPU] + bare["batch"]["cpu_us_per_put"]
                add("RocksDB, synced batches of 64, CPU", "us CPU", bare["batch"]["cpu_us_per_put"])
                add("fixed reply and RocksDB's batch together, CPU / GetItem CPU", "ratio",
                    floor / read[CPU])
                add("PutItem, bytes written", "bytes", ours["server_write_bytes_per_operation"])
                if before and after and after[0] > before[0]:
                    size = (after[1] - before[1]) / (after[0] - before[0])
                    add("PutItem, mean requests in a commit group", "requests", size)
                single = bare["single"]["write_us_p50"]
                add("PutItem 200 B, 1 connection, median latency", "us", one["latency_us_p50"])
                add("RocksDB, one synced write, median latency", "us", single)
                add("PutItem latency / RocksDB latency", "ratio", one["latency_us_p50"] / single,
                    {"at_most": 1.8})

    def signed(self):
        """Signatures verified against signatures ignored; the load generator signs for both."""
        add = self.results.add
        credentials = os.path.join(self.folder, "credentials")
        with open(credentials, "w", encoding="ascii", opener=private_opener) as file:
            file.write(f"[bench]\naws_access_key_id = {ACCESS_KEY[0]}\n"
                       f"aws_secret_access_key = {ACCESS_KEY[1]}\n")
        verify = ["--auth=verify", f"--credentials_file={credentials}"]
        key = {"access_key": ":".join(ACCESS_KEY)}
        with self.server(self.new_folder()) as off, \
                self.server(self.new_folder(), *verify) as on:
            self.load(off, "get", load_only="true", **key)
            self.load(on, "get", load_only="true", **key)
            for _ in range(self.arguments.rounds):
                ignored = self.load(off, "get", skip_load="true", **key)
                verified = self.load(on, "get", skip_load="true", **key)
                add("GetItem, signatures ignored", "per second", ignored[RATE])
                add("GetItem, signatures verified", "per second", verified[RATE])
                add("GetItem, verified / ignored", "ratio", verified[RATE] / ignored[RATE],
                    {"at_least": 0.9})
                add("GetItem, CPU of a verification", "us CPU", verified[CPU] - ignored[CPU])

    def counter(self):
        """Additions to one item against puts spread over all of them."""
        add = self.results.add
        with self.server(self.new_folder()) as server:
            self.load(server, "put", load_only="true")
            for _ in range(self.arguments.rounds):
                spread = self.load(server, "put", skip_load="true")
                hot = self.load(server, "update-counter", skip_load="true")
                add("UpdateItem, one hot counter, 64 connections", "per second", hot[RATE])
                add("hot counter / PutItem over many keys", "ratio", hot[RATE] / spread[RATE],
                    {"at_least": 0.85})

    def threads(self):
        """GetItem with two I/O threads against one."""
        add = self.results.add
        remark = ""
        if len(os.sched_getaffinity(0)) < 3:
            remark = "the load shares the server's processors"
        with self.server(self.new_folder(), io_threads=1) as one, \
                self.server(self.new_folder(), io_threads=2) as two:
            for server in (one, two):
                self.load(server, "get", load_only="true")
            for _ in range(self.arguments.rounds):
                single = self.load(one, "get", skip_load="true", threads=2)
                double = self.load(two, "get", skip_load="true", threads=2)
                add("GetItem, 1 I/O thread", "per second", single[RATE])
                add("GetItem, 2 I/O threads", "per second", double[RATE])
                add("GetItem, 2 I/O threads / 1", "ratio", double[RATE] / single[RATE],
                    {"at_least": 1.6}, remark)
        for _ in range(self.arguments.rounds):
            rates = self.read_threads()
            add("GetItem without sockets, 1 thread", "per second", rates[1])
            add("GetItem without sockets, 2 threads", "per second", rates[2])
            add("GetItem without sockets, 2 threads / 1", "ratio", rates[2] / rates[1],
                {"at_least": 1.6})

    def million(self):
        """Memory and disk space of a million items: small ones, and larger ones that compress."""
        add = self.results.add
        items = self.arguments.million
        caches = [f"--block_cache_mb={BLOCK_CACHE_MB}", f"--item_cache_mb={ITEM_CACHE_MB}"]
        bound_mb = REST_MB + BLOCK_CACHE_MB + ITEM_CACHE_MB + WRITE_BUFFERS_MB
        remark = f"caches of {BLOCK_CACHE_MB} and {ITEM_CACHE_MB} MB"
        for item_bytes, payload, most in ((200, "random", 1.6), (1024, "words", 1.0)):
            flags = {"items": items, "item_bytes": item_bytes, "payload": payload}
            kind = f"{items} items of {item_bytes} B" + (", words" if payload == "words" else "")
            folder = self.new_folder()
            with self.server(folder, *caches) as server:
                self.load(server, "put", load_only="true", **flags)
                if item_bytes == 200:
                    add(f"resident memory, {kind} loaded", "MB", server.resident_bytes() / 2**20,
                        {"at_most": bound_mb}, remark)
                    self.load(server, "get", skip_load="true", **flags)
                    add(f"resident memory, {kind} read", "MB", server.resident_bytes() / 2**20,
                        {"at_most": bound_mb}, remark)
                logical = items * item_bytes
                add(f"disk / logical bytes, {kind}", "ratio", bytes_on_disk(folder) / logical)
                server.compact()
                add(f"disk / logical bytes, {kind}, compacted", "ratio",
                    bytes_on_disk(folder) / logical, {"at_most": most})

    def start(self):
        """From exec to the ready line, and memory at rest."""
        for _ in range(self.arguments.rounds):
            with self.server(self.new_folder()) as server:
                self.results.add("start, empty folder", "ms", server.start_ms)
                # Lets start-up work that goes on behind the ready line come to rest.
                time.sleep(IDLE_SECONDS)
                rss = server.resident_bytes() / 2**20
                self.results.add("resident memory at rest, empty", "MB", rss,
                                 {"at_most": REST_MB})
        full = self.new_folder()
        items = max(100, int(self.arguments.database_mb * 2**20 / 10240))
        with self.server(full) as server:
            self.load(server, "put", load_only="true", item_bytes=10240, items=items)
        size = f"{self.arguments.database_mb} MB of items"
        for _ in range(self.arguments.rounds):
            with self.server(full) as server:
                self.results.add(f"start, {size}", "ms", server.start_ms)
                time.sleep(IDLE_SECONDS)
                rss = server.resident_bytes() / 2**20
                self.results.add(f"resident memory at rest, {size}", "MB", rss)


def private_opener(path, flags):
    """Makes files that only this user can read."""
    return os.open(path, flags, 0o600)


PARTS = ("get", "query", "put", "signed", "counter", "threads", "million", "start")
