"""Layers: which folder may include and link which, and which folder alone may use which library."""

import pathlib
import re

from .tree import Problem

# Lowest first. A folder belongs to the longest entry that is a prefix of it; folders with the same
# entry (the parts of server, say) may use one another as long as there is no cycle among them.
LAYERS = (
    "storage/base",
    "storage/model",
    "storage/codec",
    "storage/engine",
    "storage/tables",
    "streams",
    "api/wire",
    "api/access",
    "api/expr",
    "api/partiql",
    "api/operations",
    "api",
    "server",
)
# May include anything and are included by nothing.
LEAVES = ("tools", "bench", "tests")
SOURCE_ROOTS = {"storage", "streams", "api", "server"} | set(LEAVES)

# Library headers, and the files that may include them (a pattern of the path from the root).
LIBRARY_RULES = (
    ("rocksdb", re.compile(r"rocksdb/"), re.compile(r"storage/engine/[^/]+\.cc")),
    ("rapidjson", re.compile(r"rapidjson/"), re.compile(r"storage/base/json[^/]*\.cc")),
    ("boost", re.compile(r"boost/"), re.compile(r"server/http/.+\.cc")),
    ("archive", re.compile(r"archive(_entry)?\.h"), re.compile(r"streams/functions/[^/]+\.cc")),
    ("prometheus", re.compile(r"prometheus/"), re.compile(r"server/metrics/.+")),
    ("gflags", re.compile(r"gflags/"), re.compile(r"server/flags.*")),
)
# The same for the folders whose libraries may link them.
LINK_RULES = {
    "external::rocksdb": "storage/engine",
    "external::rapidjson": "storage/base",
    "external::boost": "server/http",
    "external::gflags": "server",
    "external::prometheus": "server/metrics",
    "external::archive": "streams/functions",
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
TARGET = re.compile(r"\b(millrace_(?:library|executable|test|benchmark|fuzz_target))\s*\(([^)]*)\)")


def rank_of(folder):
    """The position of a folder in LAYERS, None if it is not in a layer."""
    best = None
    for rank, layer in enumerate(LAYERS):
        if folder == layer or folder.startswith(layer + "/"):
            if best is None or len(layer) > len(LAYERS[best]):
                best = rank
    return best


def is_leaf(folder):
    """True for tools, bench and tests."""
    return folder.split("/")[0] in LEAVES


def upward_reason(source_folder, target_folder):
    """Why a use of target_folder by source_folder is not allowed, empty if it is."""
    if is_leaf(source_folder) or source_folder == target_folder:
        return ""
    if is_leaf(target_folder):
        return f"{target_folder} may be used by nothing"
    source_rank, target_rank = rank_of(source_folder), rank_of(target_folder)
    if source_rank is None:
        return f"{source_folder} belongs to no layer"
    if target_rank is None:
        return f"{target_folder} belongs to no layer"
    if target_rank > source_rank:
        return f"{target_folder} is a layer above {source_folder}"
    return ""


def check_includes(tree, edges):
    """Direction of quoted includes and the library rules; collects folder edges for the cycles."""
    problems = []
    known = {path.as_posix() for path in tree.paths}
    for path in tree.cplusplus():
        folder = path.parent.as_posix()
        for number, line in enumerate(tree.text(path).split("\n"), start=1):
            match = INCLUDE.match(line)
            if not match:
                continue
            included = match.group(1) or match.group(2)
            for library, header, allowed in LIBRARY_RULES:
                if (header.match(included) and not allowed.fullmatch(path.as_posix())
                        and not is_leaf(folder)):
                    problems.append(Problem(path, number, "library",
                                            f"{library} headers do not belong in this file"))
            if match.group(1) and included.split("/")[0] in SOURCE_ROOTS:
                if included not in known:
                    problems.append(Problem(path, number, "include", f"{included} does not exist"))
                target = str(pathlib.PurePosixPath(included).parent)
                reason = upward_reason(folder, target)
                if reason:
                    problems.append(Problem(path, number, "layer", reason))
                edges.setdefault((folder, target), (path, number))
            elif match.group(1) and "/" not in included:
                problems.append(Problem(path, number, "include",
                                        "quoted includes are written from the repository root"))
    return problems


def parse_targets(tree):
    """All targets: name -> (folder, kind, dependencies, path, line)."""
    targets = {}
    for folder, path in tree.cmake_lists().items():
        content = re.sub(r"#[^\n]*", "", tree.text(path))
        for match in TARGET.finditer(content):
            words = match.group(2).split()
            if not words or words[0].startswith("$"):
                continue
            dependencies, inside = [], False
            for word in words[1:]:
                if word in {"SOURCES", "DEPS", "CORPUS", "CANARY"}:
                    inside = word == "DEPS"
                elif inside:
                    dependencies.append(word)
            line = content.count("\n", 0, match.start()) + 1
            targets[words[0]] = (folder, match.group(1), dependencies, path, line)
    return targets


def check_links(tree):
    """Libraries link only downward, and only the right folder links a restricted library."""
    problems = []
    targets = parse_targets(tree)
    for folder, kind, dependencies, path, line in targets.values():
        for dependency in dependencies:
            allowed = LINK_RULES.get(dependency)
            if allowed and not (folder + "/").startswith(allowed + "/") and not is_leaf(folder):
                problems.append(Problem(path, line, "library",
                                        f"{dependency} may be linked only in {allowed}"))
            if dependency in targets:
                reason = upward_reason(folder, targets[dependency][0])
                if reason:
                    problems.append(Problem(path, line, "layer", f"{dependency}: {reason}"))
    return problems


def check_cycles(edges):
    """Folders of one layer must not include one another in a circle."""
    graph = {}
    for source, target in edges:
        if source != target and not is_leaf(source):
            graph.setdefault(source, set()).add(target)

    def reaches(start, goal):
        seen, waiting = set(), [start]
        while waiting:
            folder = waiting.pop()
            if folder == goal:
                return True
            if folder not in seen:
                seen.add(folder)
                waiting += graph.get(folder, ())
        return False

    return [Problem(path, number, "layer", f"{source} and {target} include one another")
            for (source, target), (path, number) in edges.items()
            if source != target and not is_leaf(source) and reaches(target, source)]


def check_listed(tree):
    """A source that no CMakeLists.txt names is never built and a test in it never runs."""
    problems = []
    lists = tree.cmake_lists()
    for path in tree.with_suffix(".cc"):
        folder = next((str(parent) for parent in path.parents if str(parent) in lists), None)
        if folder is None:
            problems.append(Problem(path, 1, "listed", "no CMakeLists.txt above this file"))
            continue
        name = path.as_posix() if folder == "." else path.relative_to(folder).as_posix()
        mentioned = re.search(r"(?<![\w/.])" + re.escape(name) + r"(?![\w/])",
                              tree.text(lists[folder]))
        # Sources compiled into every fuzz target are named from the root by cmake/.
        shared = any(path.as_posix() in tree.text(other) for other in tree.with_suffix(".cmake"))
        if not mentioned and not shared:
            problems.append(Problem(path, 1, "listed", f"not named in {lists[folder]}"))
    return problems


def check(tree):
    """Runs all rules of this module."""
    edges = {}
    problems = check_includes(tree, edges)
    return problems + check_links(tree) + check_cycles(edges) + check_listed(tree)
