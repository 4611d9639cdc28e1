"""Rules for every text file: ASCII, line length, white space, file names, a README per folder."""

import pathlib
import re

from .tree import Problem, is_data

LINE_LENGTH_MAX = 100
FORBIDDEN_NAMES = {"util", "utils", "common", "misc", "manager", "helper", "helpers"}
TEXT_SUFFIXES = {".h", ".cc", ".py", ".js", ".mjs", ".md", ".txt", ".cmake", ".json", ".sh", ".yml"}
CODE_SUFFIXES = {".h", ".cc", ".py", ".js", ".mjs", ".cmake", ".sh"}
# Written by npm or kept word for word.
GENERATED_NAMES = {"package-lock.json", "LICENSE"}


def is_text(tree, path):
    """True for files the text rules hold for; scripts have no suffix but start with #!."""
    if is_data(path) or path.name in GENERATED_NAMES:
        return False
    return path.suffix in TEXT_SUFFIXES or (not path.suffix and tree.text(path).startswith("#!"))


def check_lines(tree, path):
    """ASCII, trailing white space, tabs, the newline at the end, and length where it is code."""
    problems = []
    content = tree.text(path)
    is_code = path.suffix in CODE_SUFFIXES or not path.suffix or path.name == "CMakeLists.txt"
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.isascii():
            problems.append(Problem(path, number, "ascii", "only ASCII characters are allowed"))
        if line != line.rstrip():
            problems.append(Problem(path, number, "space", "white space at the end of the line"))
        if "\t" in line:
            problems.append(Problem(path, number, "space", "tab; indent with spaces"))
        if is_code and len(line) > LINE_LENGTH_MAX and not re.search(r"https?://\S{40}", line):
            problems.append(Problem(path, number, "columns",
                                    f"{len(line)} columns, at most {LINE_LENGTH_MAX}"))
    if content and not content.endswith("\n"):
        problems.append(Problem(path, content.count("\n") + 1, "space", "no newline at the end"))
    return problems


def check_name(path):
    """Files and folders are named for what they hold."""
    words = path.name.split(".")[0].split("_")
    if FORBIDDEN_NAMES & {path.name.split(".")[0], words[-1]} or FORBIDDEN_NAMES & set(
            path.parent.parts):
        return [Problem(path, 1, "name", "say what the file holds instead of util, common, misc")]
    return []


def check_readmes(tree):
    """Every folder that holds sources has a README.md; a fuzz folder is part of the one above."""
    folders = {path.parent for path in tree.paths
               if path.suffix in {".h", ".cc", ".py", ".js", ".mjs"} and not is_data(path)}
    folders = {folder.parent if folder.name == "fuzz" else folder for folder in folders}
    known = set(tree.paths)
    return [Problem(folder, 1, "readme", "the folder has no README.md") for folder in folders
            if folder / "README.md" not in known and folder != pathlib.PurePosixPath(".")]


def check(tree):
    """Runs all rules of this module."""
    problems = check_readmes(tree)
    for path in tree.paths:
        if not is_data(path):
            problems += check_name(path)
        if is_text(tree, path):
            problems += check_lines(tree, path)
    return problems
