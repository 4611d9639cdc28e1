"""The length ratchet: new code keeps to the limits, old exceptions may only shrink.

The baseline file lists the exceptions, one per line: `file <path> <lines>` or
`function <path> <name> <lines>`. An entry that could be lower, or is not needed any more, is a
problem too, so that what was won stays won; `tools/lint --shrink` lowers it.
"""

import ast
import subprocess

from .cplusplus import functions
from .tree import Problem

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
BASELINE = "tools/lint_baseline.txt"
HEADER = "# Files and functions over the limits of linting/lengths.py. Entries may only shrink.\n"


def parse(content):
    """The entries of a baseline: key (kind, path[, name]) -> lines."""
    entries = {}
    for line in content.split("\n"):
        if line.strip() and not line.startswith("#"):
            *key, count = line.split()
            entries[tuple(key)] = int(count)
    return entries


def format_entries(entries):
    """The text of a baseline file."""
    return HEADER + "".join(f"{' '.join(key)} {count}\n" for key, count in sorted(entries.items()))


def python_functions(source):
    """Yields (name, first line, line count) of every function of a Python file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def measure(tree):
    """Everything over a limit: key -> (lines, first line)."""
    found = {}
    for path in tree.with_suffix(".h", ".cc", ".py", ".js", ".mjs"):
        content = tree.text(path)
        count = content.count("\n")
        if count > FILE_LINES_MAX:
            found[("file", path.as_posix())] = (count, 1)
        measured = ()
        if path.suffix in {".h", ".cc"}:
            measured = functions(content)
        elif path.suffix == ".py":
            measured = python_functions(content)
        for name, line, length in measured:
            key = ("function", path.as_posix(), name)
            if length > FUNCTION_LINES_MAX and length > found.get(key, (0, 0))[0]:
                found[key] = (length, line)
    return found


def baseline_of(tree):
    """The entries of the checked-in baseline file, none if there is no file."""
    path = tree.root / BASELINE
    return parse(path.read_text(encoding="ascii")) if path.is_file() else {}


def committed_baseline(tree):
    """The baseline of the last commit, None if there is none to compare with."""
    shown = subprocess.run(["git", "-C", str(tree.root), "show", f"HEAD:{BASELINE}"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return parse(shown.stdout.decode("ascii")) if shown.returncode == 0 else None


def shrink(tree):
    """Lowers and drops entries to match the tree; never raises or adds one."""
    found = measure(tree)
    entries = {key: min(limit, found[key][0]) for key, limit in baseline_of(tree).items()
               if key in found}
    (tree.root / BASELINE).write_text(format_entries(entries), encoding="ascii")


def check(tree):
    """Compares the tree with the limits and the baseline with the last commit's."""
    problems = []
    allowed, found = baseline_of(tree), measure(tree)
    for key, (count, line) in found.items():
        limit = FILE_LINES_MAX if key[0] == "file" else FUNCTION_LINES_MAX
        limit = max(limit, allowed.get(key, 0))
        if count > limit:
            what = " ".join((key[0],) + key[2:])
            problems.append(Problem(key[1], line, "length", f"{what}: {count} lines, max {limit}"))
    for key, limit in allowed.items():
        if found.get(key, (0, 0))[0] < limit:
            problems.append(Problem(BASELINE, 1, "ratchet",
                                    f"{' '.join(key[1:])} is shorter now: run tools/lint --shrink"))
    before = committed_baseline(tree)
    if before is not None:
        for key, limit in allowed.items():
            if limit > before.get(key, 0):
                problems.append(Problem(BASELINE, 1, "ratchet",
                                        f"{' '.join(key[1:])}: entries may only shrink"))
    return problems
