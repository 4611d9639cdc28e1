#!/usr/bin/env python3
"""Tests of the scripts of this folder: verdicts, the README section, and counting instructions."""

import importlib.machinery
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))

import peer_limits  # noqa: E402
import processes  # noqa: E402
import results  # noqa: E402

MACHINE = {"date": "2026-01-02", "processor": "Some CPU", "processors": 4, "memory_gb": 16.0,
           "kernel": "6.1", "file_system": "ext4", "version": "millrace 0.1.0", "commit": "abc123",
           "load_average": 0.1}
FAKE_HOT_PATHS = """#!/bin/sh
[ "$1" = --list ] && printf 'first\\nsecond\\n'
exit 0
"""
# Pretends that preparing takes 1000 instructions and each operation 7 (of a build in "slow": 9).
FAKE_VALGRIND = """#!/bin/sh
each=7
for word; do
  case "$word" in
    --callgrind-out-file=*) output=${word#*=} ;;
    --count=*) count=${word#*=} ;;
    */slow/*) each=9 ;;
  esac
done
printf 'version: 1\\nsummary: %d\\n' $((1000 + each * count)) >"$output"
"""


def script(name):
    """A script of this folder as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(BENCH / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def figures(rate, cpu=10.0, p50=100.0, p99=200.0):
    return {"operations_per_second": rate, "server_cpu_us_per_operation": cpu,
            "latency_us_p50": p50, "latency_us_p99": p99}


def peer_row(workload, connections, ours, **others):
    servers = {"millrace": ours}
    servers.update({name.replace("_", "-"): value for name, value in others.items()})
    return {"workload": workload, "item_bytes": 200, "connections": connections,
            "servers": servers}


class ResultsTest(unittest.TestCase):
    def test_the_median_is_held_against_the_limit(self):
        found = results.Results()
        for value in (1.4, 9.0, 1.5):
            found.add("ratio of something", "ratio", value, {"at_most": 1.5})
        for value in (0.94, 0.95, 0.2):
            found.add("share", "ratio", value, {"at_least": 0.95}, "a remark")
        found.add("speed", "per second", 5)
        found.add("nothing", "per second", None)
        rows = {row["name"]: row for row in found.rows()}
        self.assertEqual(rows["ratio of something"]["verdict"], "reached")
        self.assertEqual(rows["ratio of something"]["median"], 1.5)
        self.assertEqual(rows["share"]["verdict"], "not reached")
        self.assertEqual(rows["share"]["remark"], "a remark")
        self.assertEqual(rows["speed"]["verdict"], "")
        self.assertNotIn("nothing", rows)

    def test_bytes_on_disk_are_those_of_all_folders(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bench_test_"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "below").mkdir()
        for name in ("one", "below/two"):
            (folder / name).write_bytes(b"x" * 100_000)
        found = processes.bytes_on_disk(folder)
        self.assertGreaterEqual(found, 200_000)
        self.assertLess(found, 300_000)


class PeerLimitsTest(unittest.TestCase):
    def verdicts(self, *rows):
        return {row["name"].split(": ", 1)[1]: row for row in peer_limits.judge(rows)}

    def test_writes_against_the_durable_peer(self):
        for connections, wanted in ((64, 12), (16, 6), (1, 1)):
            row = peer_row("put", connections, figures(119.0), dynoxide_disk=figures(10.0))
            found = self.verdicts(row)["times as fast as dynoxide-disk"]
            self.assertEqual(found["limit"], {"at_least": wanted})
            self.assertEqual(found["verdict"], "not reached" if wanted == 12 else "reached")

    def test_the_fastest_and_the_thriftiest_peer_count(self):
        row = peer_row("get", 64, figures(100.0, cpu=4.0), dynoxide_memory=figures(50.0, cpu=11.0),
                       dynalite_memory=figures(20.0, cpu=9.9))
        found = self.verdicts(row)
        fast = found["times as fast as the fastest peer, dynoxide-memory"]
        self.assertEqual((fast["median"], fast["verdict"]), (2.0, "not reached"))
        thrifty = found["CPU / that of the thriftiest peer, dynalite-memory"]
        self.assertEqual(thrifty["verdict"], "not reached")
        self.assertEqual(len(found), 2, "nothing is said about a durable peer that is not there")

    def test_tail_against_the_middle_of_the_durable_peer(self):
        row = peer_row("scan", 64, figures(9.0, p99=99.0), dynoxide_disk=figures(1.0, p50=100.0))
        self.assertEqual(self.verdicts(row)["p99 / p50 of dynoxide-disk"]["verdict"], "reached")

    def test_without_ours_there_is_nothing_to_say(self):
        row = peer_row("get", 64, {}, dynoxide_disk=figures(1.0))
        self.assertEqual(self.verdicts(row), {})


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench_test_"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.readme = self.write("README.md", "before\n<!-- bench/report: begin -->\nold\n"
                                 "<!-- bench/report: end -->\nafter\n")
        rows = [peer_row("get", 64, figures(1000.0, cpu=2.0), dynoxide_disk=figures(100.0),
                         dynalite_memory=figures(500.0)),
                peer_row("get", 1, figures(77.0), dynoxide_disk=figures(10.0))]
        found = results.Results()
        found.add("GetItem CPU / bare Beast fixed reply", "ratio", 1.45, {"at_most": 1.5})
        found.add("hot counter", "ratio", 0.5, {"at_least": 0.85})
        found.add("without a limit", "ratio", 123.0)
        self.run = {"machine": MACHINE, "settings": {"quick": False},
                    "measurements": list(found.rows())}
        self.peers = {"machine": MACHINE, "settings": {}, "versions": {"dynoxide": "1.2.1"},
                      "measurements": rows, "verdicts": peer_limits.judge(rows)}

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def report(self, **reports):
        command = [sys.executable, str(BENCH / "report"), f"--readme={self.readme}"]
        for name, report in reports.items():
            command.append(f"--{name}={self.write(name + '.json', json.dumps(report))}")
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_the_section_is_written(self):
        done = self.report(run=self.run, peers=self.peers)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.readme.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("before\n<!-- bench/report: begin -->\nMeasured on "
                                        "2026-01-02, millrace 0.1.0 (abc123); 4 x Some CPU"))
        self.assertTrue(text.endswith("<!-- bench/report: end -->\nafter\n"))
        self.assertNotIn("old", text)
        self.assertIn("| GetItem CPU / bare Beast fixed reply | 1.45 | at most 1.5 | reached |",
                      text)
        self.assertIn("| hot counter | 0.50 | at least 0.85 | not reached |", text)
        self.assertNotIn("without a limit", text)
        self.assertIn("| Workload | millrace | dynalite-memory | dynoxide-disk |", text)
        self.assertIn("| get | 1,000 | 2.00 x | 10.0 x |", text)
        self.assertIn("| get | 2.00 | 5.00 x | 5.00 x |", text)
        self.assertNotIn("| get | 77", text)
        self.assertEqual(text.count("Measured on"), 1)
        self.assertIn("fastest peer, dynalite-memory | 2.00 | at least 2.5 | not reached |", text)
        # Again: nothing is added.
        self.assertEqual(self.report(run=self.run, peers=self.peers).returncode, 0)
        self.assertEqual(self.readme.read_text(encoding="utf-8"), text)

    def test_several_runs_against_the_peers(self):
        later = {**self.peers, "machine": {**MACHINE, "date": "2026-01-03"}}
        command = [sys.executable, str(BENCH / "report"), f"--readme={self.readme}"]
        command += [f"--peers={self.write(name, json.dumps(report))}"
                    for name, report in (("a.json", self.peers), ("b.json", later))]
        subprocess.run(command, check=True)
        text = self.readme.read_text(encoding="utf-8")
        self.assertEqual(text.count("| get | 1,000 | 2.00 x | 10.0 x |"), 2)
        self.assertLess(text.index("Measured on 2026-01-02"), text.index("Measured on 2026-01-03"))

    def test_quick_runs_are_refused(self):
        self.run["settings"]["quick"] = True
        before = self.readme.read_text(encoding="utf-8")
        done = self.report(run=self.run)
        self.assertEqual(done.returncode, 1)
        self.assertIn("quick", done.stderr)
        self.assertEqual(self.readme.read_text(encoding="utf-8"), before)

    def test_the_markers_must_be_there(self):
        self.readme.write_text("nothing\n", encoding="utf-8")
        done = self.report(run=self.run)
        self.assertEqual(done.returncode, 1)
        self.assertIn("begin", done.stderr)

    def test_the_readme_of_the_project_has_the_markers(self):
        text = (BENCH.parent / "README.md").read_text(encoding="utf-8")
        changed = script("report").replace_section(text, "new")
        self.assertIn("## How fast\n\n<!-- bench/report: begin -->\nnew\n", changed)


class InstructionsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench_test_"))
        self.addCleanup(shutil.rmtree, self.folder)
        for name, text in (("fast/bench/hot_paths", FAKE_HOT_PATHS),
                           ("slow/bench/hot_paths", FAKE_HOT_PATHS), ("valgrind", FAKE_VALGRIND)):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="ascii")
            path.chmod(0o755)

    def count(self, *arguments):
        return subprocess.run(
            [sys.executable, str(BENCH / "instructions"), f"--valgrind={self.folder}/valgrind",
             f"--json={self.folder}/out.json", *arguments],
            capture_output=True, text=True, check=False)

    def test_two_builds_are_compared(self):
        done = self.count(f"--base={self.folder}/fast", f"--head={self.folder}/slow", "--count=10")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads((self.folder / "out.json").read_text(encoding="utf-8"))["operations"]
        self.assertEqual([row["name"] for row in rows], ["first", "second"])
        self.assertEqual((rows[0]["base"], rows[0]["head"]), (7, 9))
        self.assertAlmostEqual(rows[0]["ratio"], 9 / 7)
        self.assertIn("1.2857", done.stdout)

    def test_growth_can_fail(self):
        both = (f"--base={self.folder}/fast", f"--head={self.folder}/slow", "--only=second")
        self.assertEqual(self.count(*both, "--fail_above=1.3").returncode, 0)
        done = self.count(*both, "--fail_above=1.2")
        self.assertEqual(done.returncode, 1)
        self.assertIn("second", done.stderr)
        self.assertNotIn("first", done.stdout)

    def test_what_is_missing_is_named(self):
        done = self.count(f"--head={self.folder}/fast", "--valgrind=/nowhere/valgrind")
        self.assertEqual(done.returncode, 2)
        self.assertIn("apt-get install valgrind", done.stderr)
        done = self.count(f"--head={self.folder}/nowhere")
        self.assertEqual(done.returncode, 2)
        self.assertIn("build the target hot_paths", done.stderr)
        done = self.count(f"--head={self.folder}/fast", "--only=third")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no operation third", done.stderr)

    def test_operations_run_often_enough(self):
        module = script("instructions")
        self.assertEqual(module.count_for(module.WANTED / 1000), 1000)
        self.assertEqual(module.count_for(10 * module.WANTED), module.PILOT_COUNT)
        self.assertEqual(module.count_for(-5.0), module.COUNT_MAX)
        self.assertEqual(self.count(f"--head={self.folder}/fast").returncode, 0)
        rows = json.loads((self.folder / "out.json").read_text(encoding="utf-8"))["operations"]
        self.assertEqual(rows[0]["head"], 7)

    def test_an_output_without_total_is_an_error(self):
        module = script("instructions")
        self.assertEqual(module.total_of("events: Ir\nsummary: 12345\n"), 12345)
        self.assertEqual(module.total_of("totals: 7\n"), 7)
        with self.assertRaises(module.CountError):
            module.total_of("events: Ir\n")


if __name__ == "__main__":
    unittest.main()
