"""Commit subjects: `area: what changes`, at most 72 columns."""

import re
import subprocess

from .tree import Problem

SUBJECT_LENGTH_MAX = 72
CHECKED_COUNT = 10
_SUBJECT = re.compile(r"[a-z0-9][a-z0-9_/., -]*: \S")


def check_subject(subject, place):
    """The problems of one subject line."""
    if re.match(r"(Merge|Revert|fixup!|squash!)\b", subject):
        return []
    problems = []
    if len(subject) > SUBJECT_LENGTH_MAX:
        problems.append(Problem(place, 1, "commit",
                                f"subject has {len(subject)} columns, max {SUBJECT_LENGTH_MAX}"))
    if not _SUBJECT.match(subject):
        problems.append(Problem(place, 1, "commit", f"subject is not `area: what': {subject}"))
    return problems


def check_message(message):
    """The problems of a whole message: the subject, and the empty line after it."""
    lines = [line for line in message.split("\n") if not line.startswith("#")]
    problems = check_subject(lines[0], "commit message")
    if len(lines) > 1 and lines[1].strip():
        problems.append(Problem("commit message", 2, "commit", "leave this line empty"))
    return problems


def check(tree):
    """Checks the last commits, unless there is only one: a shallow clone or an import of the tree,
    whose subject was not written by a contributor."""
    log = subprocess.run(["git", "-C", str(tree.root), "log", "--no-merges", "-n",
                          str(CHECKED_COUNT), "--format=%h %s"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    lines = log.stdout.decode("utf-8", "replace").splitlines()
    problems = []
    for line in lines if len(lines) > 1 else ():
        name, _, subject = line.partition(" ")
        problems += check_subject(subject, f"commit {name}")
    return problems
