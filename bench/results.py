"""What measurements come to: medians, the limits they are held against, and verdicts."""

import datetime
import os
import platform
import re
import statistics
import subprocess

REACHED = "reached"
NOT_REACHED = "not reached"


def is_within(value, limit):
    """Whether a value keeps to a limit such as {"at_most": 1.5}."""
    return value <= limit.get("at_most", value) and value >= limit.get("at_least", value)


def verdict_of(value, limit):
    """The verdict about a value; empty if there is no limit."""
    if not limit:
        return ""
    return REACHED if is_within(value, limit) else NOT_REACHED


def limit_text(limit):
    """A limit for people."""
    words = {"at_most": "at most", "at_least": "at least"}
    return ", ".join(f"{words[kind]} {bound:g}" for kind, bound in (limit or {}).items())


class Results:
    """Named lists of values, one value for each round, some with a limit for their median."""

    def __init__(self):
        self.series = {}
        self.limits = {}
        self.remarks = {}

    def add(self, name, unit, value, limit=None, remark=""):
        if value is None:
            return
        self.series.setdefault(name, (unit, []))[1].append(value)
        if limit:
            self.limits[name] = limit
        if remark:
            self.remarks[name] = remark

    def rows(self):
        for name, (unit, values) in self.series.items():
            median = statistics.median(values)
            limit = self.limits.get(name)
            yield {
                "name": name,
                "unit": unit,
                "median": median,
                "min": min(values),
                "max": max(values),
                "values": values,
                "limit": limit,
                "verdict": verdict_of(median, limit),
                "remark": self.remarks.get(name, ""),
            }

    def print_table(self):
        print(f"\n{'what':<62} {'median':>12} {'min':>12} {'max':>12}  {'unit':<11} wanted")
        for row in self.rows():
            numbers = " ".join(f"{row[key]:>12.3f}" for key in ("median", "min", "max"))
            wanted = f"{limit_text(row['limit'])}: {row['verdict']}" if row["limit"] else ""
            if row["remark"]:
                wanted += f" ({row['remark']})"
            print(f"{row['name']:<62} {numbers}  {row['unit']:<11} {wanted}".rstrip())


def processor_name():
    """The model of the first processor, as the kernel names it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            found = re.search(r"^model name\s*:\s*(.+)$", file.read(), re.MULTILINE)
    except OSError:
        return platform.machine()
    return found.group(1) if found else platform.machine()


def file_system_of(path):
    """The type of the file system that a path is on, such as ext4; empty if that is not known."""
    done = subprocess.run(["stat", "--file-system", "--format=%T", path], capture_output=True,
                          text=True, check=False)
    return done.stdout.strip()


def first_line_of(command):
    """What a program says first; empty if it does not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.split("\n")[0].strip()


def describe_machine(data_folder, server):
    """Where and of what measurements are taken; part of every JSON report."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "processor": processor_name(),
        "processors": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "kernel": platform.release(),
        "file_system": file_system_of(data_folder),
        "version": first_line_of([server, "--version"]),
        "commit": first_line_of(["git", "-C", root, "describe", "--always", "--dirty"]),
        # Other work on the machine shows here.
        "load_average": os.getloadavg()[0],
    }
