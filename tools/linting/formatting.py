"""clang-format over all C++ files, with the settings of .clang-format."""

import concurrent.futures
import os
import re
import shutil
import subprocess

from .tree import Problem

# Other versions format differently, so the version is part of the rule.
CLANG_FORMAT = "clang-format-14"


def _batches(tree):
    paths = [str(path) for path in tree.cplusplus()]
    size = 16
    return [paths[start:start + size] for start in range(0, len(paths), size)]


def _run(tree, arguments, batch):
    return subprocess.run([CLANG_FORMAT, "--style=file", *arguments, *batch], cwd=tree.root,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)


def fix(tree):
    """Rewrites the files in place."""
    for batch in _batches(tree):
        _run(tree, ["-i"], batch)


def check(tree):
    """Reports the first unformatted line of each file."""
    if not shutil.which(CLANG_FORMAT):
        return [Problem(".clang-format", 1, "format", f"{CLANG_FORMAT} is missing: tools/setup")]
    problems = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = pool.map(lambda batch: _run(tree, ["--dry-run", "-Werror"], batch), _batches(tree))
        for run in runs:
            report = run.stderr.decode("utf-8", "replace")
            for match in re.finditer(r"^(\S+?):(\d+):\d+: error: ", report, re.MULTILINE):
                problems.setdefault(match.group(1), Problem(
                    match.group(1), int(match.group(2)), "format",
                    "not formatted: run tools/lint --fix"))
            if run.returncode and not problems:
                problems[""] = Problem(".clang-format", 1, "format", report.strip())
    return list(problems.values())
