"""The files a lint run looks at, read once and shared by all rules."""

import pathlib
import subprocess

# Bytes from outside, kept as they are: no rule applies to what lies below such a folder.
DATA_FOLDERS = ("corpus", "golden", "fixtures", "vectors")


class Problem:
    """One finding; sorts by place and prints as path:line: rule: text."""

    def __init__(self, path, line, rule, what):
        self.key = (str(path), line, rule, what)

    def __lt__(self, other):
        return self.key < other.key

    def __str__(self):
        return "{}:{}: {}: {}".format(*self.key)


def is_data(path):
    """True for corpora and other test data."""
    return any(part == name or part.endswith("_" + name)
               for part in path.parent.parts for name in DATA_FOLDERS)


class Tree:
    """All files git knows or would add, as paths relative to the root."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.paths = sorted(path for path in self._list() if (self.root / path).is_file())
        self._texts = {}

    def _list(self):
        listing = subprocess.run(
            ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if listing.returncode == 0:
            return [pathlib.PurePosixPath(name) for name in
                    set(listing.stdout.decode("utf-8").split("\0")) if name]
        # A source archive without .git: everything but build output.
        skipped = {"build", "data", "node_modules", "__pycache__"}
        return [pathlib.PurePosixPath(path.relative_to(self.root).as_posix())
                for path in self.root.rglob("*")
                if path.is_file() and not skipped & set(path.relative_to(self.root).parts)]

    def text(self, path):
        """The content of a file as text; undecodable bytes become visible replacements."""
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_bytes().decode("utf-8", "replace")
        return self._texts[path]

    def with_suffix(self, *suffixes):
        """Paths with one of these suffixes, test data left out."""
        return [path for path in self.paths if path.suffix in suffixes and not is_data(path)]

    def cplusplus(self):
        """Our C++ headers and sources."""
        return self.with_suffix(".h", ".cc")

    def cmake_lists(self):
        """Every CMakeLists.txt, as a dictionary from folder to path."""
        return {path.parent.as_posix(): path for path in self.paths
                if path.name == "CMakeLists.txt"}
