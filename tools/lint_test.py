#!/usr/bin/env python3
"""Tests of tools/lint: a small tree that passes, and one change for each rule that must fail it."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))

from linting import commits, cplusplus  # noqa: E402

GOOD_TREE = {
    "CMakeLists.txt": "add_subdirectory(storage/base)\nadd_subdirectory(storage/model)\n",
    "storage/base/README.md": "Lowest layer.\n",
    "storage/base/CMakeLists.txt": "millrace_library(millrace_base SOURCES bytes.cc)\n",
    "storage/base/bytes.h": "// Bytes.\n#pragma once\n\nint Size();\n",
    "storage/base/bytes.cc": '// Bytes.\n\n#include "storage/base/bytes.h"\n\n'
                             "int Size() { return 1; }\n",
    "storage/model/README.md": "Values.\n",
    "storage/model/CMakeLists.txt":
        "millrace_library(millrace_model SOURCES item.cc DEPS millrace_base)\n",
    "storage/model/item.h": '// Items.\n#pragma once\n\n#include "storage/base/bytes.h"\n\n'
                            "int Count();\n",
    "storage/model/item.cc": '// Items.\n\n#include "storage/model/item.h"\n\n'
                             "int Count() { return Size(); }\n",
}


def function_of(line_count):
    """A source with one function of that many lines."""
    return "int Long() {\n" + "  Size();\n" * (line_count - 2) + "}\n"


class LintTest(unittest.TestCase):
    """Runs the real script over a temporary tree."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lint_test_"))
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copy(TOOLS.parent / ".clang-format", self.root)
        for name, content in GOOD_TREE.items():
            self.write(name, content)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def append(self, name, content):
        self.write(name, (self.root / name).read_text(encoding="utf-8") + content)

    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.com",
                        "-c", "core.hooksPath=/dev/null", *arguments], cwd=self.root, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def lint(self, *arguments):
        run = subprocess.run([sys.executable, str(TOOLS / "lint"), f"--root={self.root}",
                              *arguments], stdout=subprocess.PIPE, text=True, check=False)
        return run.returncode, run.stdout

    def assert_clean(self):
        code, output = self.lint()
        self.assertEqual(code, 0, output)

    def assert_problem(self, place, rule):
        code, output = self.lint()
        self.assertEqual(code, 1, output)
        self.assertIn(f"{place}: {rule}: ", output)

    def test_good_tree_passes(self):
        self.assert_clean()

    def test_empty_tree_fails(self):
        shutil.rmtree(self.root)
        self.root.mkdir()
        self.assertEqual(self.lint("--rules=layers")[0], 1)

    def test_upward_include(self):
        self.write("storage/base/bytes.cc",
                   '// Bytes.\n\n#include "storage/base/bytes.h"\n\n'
                   '#include "storage/model/item.h"\n\nint Size() { return 1; }\n')
        self.assert_problem("storage/base/bytes.cc:5", "layer")

    def test_upward_link(self):
        self.write("storage/base/CMakeLists.txt",
                   "millrace_library(millrace_base SOURCES bytes.cc DEPS millrace_model)\n")
        self.assert_problem("storage/base/CMakeLists.txt:1", "layer")

    def test_circle_inside_one_layer(self):
        for one, other in (("http", "metrics"), ("metrics", "http")):
            self.write(f"server/{one}/README.md", "Part.\n")
            self.write(f"server/{one}/{one}.h",
                       f'// Part.\n#pragma once\n\n#include "server/{other}/{other}.h"\n')
        self.assert_problem("server/http/http.h:4", "layer")

    def test_include_of_a_leaf(self):
        self.write("tests/README.md", "Tests.\n")
        self.write("tests/probe.h", "// Probe.\n#pragma once\n")
        self.append("storage/model/item.h", '#include "tests/probe.h"\n')
        self.assert_problem("storage/model/item.h:7", "layer")

    def test_library_outside_its_folder(self):
        self.append("storage/model/item.cc", "\n#include <rocksdb/db.h>\n")
        self.assert_problem("storage/model/item.cc:7", "library")

    def test_library_in_a_header(self):
        self.write("storage/engine/README.md", "Engine.\n")
        self.write("storage/engine/engine.h", "// E.\n#pragma once\n\n#include <rocksdb/db.h>\n")
        self.assert_problem("storage/engine/engine.h:4", "library")

    def test_link_of_a_library_outside_its_folder(self):
        self.append("storage/model/CMakeLists.txt",
                    "millrace_test(item_test SOURCES item.cc DEPS external::boost)\n")
        self.assert_problem("storage/model/CMakeLists.txt:2", "library")

    def test_missing_pragma_once(self):
        self.write("storage/base/bytes.h", "// Bytes.\n\nint Size();\n")
        self.assert_problem("storage/base/bytes.h:1", "pragma")

    def test_own_header_not_first(self):
        self.write("storage/model/item.cc",
                   '// Items.\n\n#include "storage/base/bytes.h"\n\n'
                   '#include "storage/model/item.h"\n\nint Count() { return Size(); }\n')
        self.assert_problem("storage/model/item.cc:1", "own-header")

    def test_file_without_opening_comment(self):
        self.write("storage/base/bytes.h", "#pragma once\n\nint Size();\n")
        self.assert_problem("storage/base/bytes.h:1", "opening")

    def test_source_not_listed(self):
        self.write("storage/base/bytes_test.cc", '// Test.\n\n#include "storage/base/bytes.h"\n')
        self.assert_problem("storage/base/bytes_test.cc:1", "listed")

    def test_bad_format(self):
        self.append("storage/model/item.cc", "int  Other( ) {return 2;}\n")
        self.assert_problem("storage/model/item.cc:6", "format")

    def test_fix_formats(self):
        self.append("storage/model/item.cc", "int  Other( ) {return 2;}\n")
        self.assertEqual(self.lint("--fix")[0], 0)

    def test_not_ascii(self):
        self.append("storage/model/README.md", "na\u00efve\n")
        self.assert_problem("storage/model/README.md:2", "ascii")

    def test_data_is_exempt(self):
        self.write("storage/model/item_corpus/one.json", "na\u00efve \t")
        self.assert_clean()

    def test_line_too_long(self):
        self.append("storage/model/item.cc", "// " + "x" * 98 + "\n")
        self.assert_problem("storage/model/item.cc:6", "columns")

    def test_folder_without_readme(self):
        (self.root / "storage/model/README.md").unlink()
        self.assert_problem("storage/model:1", "readme")

    def test_forbidden_name(self):
        self.write("storage/model/item_util.h", "// Things.\n#pragma once\n")
        self.assert_problem("storage/model/item_util.h:1", "name")

    def test_function_of_the_longest_length(self):
        self.append("storage/model/item.cc", "\n" + function_of(70))
        self.assert_clean()

    def test_function_too_long(self):
        self.append("storage/model/item.cc", "\n" + function_of(71))
        self.assert_problem("storage/model/item.cc:7", "length")

    def test_file_too_long(self):
        self.append("storage/model/item.cc", "// Filling.\n" * 396)
        self.assert_problem("storage/model/item.cc:1", "length")

    def test_baseline_allows_and_only_shrinks(self):
        self.append("storage/model/item.cc", "\n" + function_of(80))
        self.write("tools/lint_baseline.txt", "function storage/model/item.cc Long 80\n")
        self.assert_clean()
        self.write("tools/lint_baseline.txt", "function storage/model/item.cc Long 79\n")
        self.assert_problem("storage/model/item.cc:7", "length")
        self.write("tools/lint_baseline.txt", "function storage/model/item.cc Long 81\n")
        self.assert_problem("tools/lint_baseline.txt:1", "ratchet")
        self.assertEqual(self.lint("--shrink")[0], 0)

    def test_baseline_cannot_be_raised_against_the_last_commit(self):
        self.write("tools/lint_baseline.txt", "function storage/model/item.cc Long 80\n")
        self.append("storage/model/item.cc", "\n" + function_of(80))
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "model: add a long function")
        self.assert_clean()
        self.append("storage/model/item.cc", "\n" + function_of(90).replace("Long", "Longer"))
        self.append("tools/lint_baseline.txt", "function storage/model/item.cc Longer 90\n")
        self.assert_problem("tools/lint_baseline.txt:1", "ratchet")

    def test_bad_commit_subject(self):
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "An import of the tree")
        self.assert_clean()
        self.git("commit", "--allow-empty", "-qm", "model: count items")
        code, output = self.lint()
        self.assertEqual(code, 1, output)
        self.assertIn("commit: subject is not", output)

    def test_good_commit_subjects(self):
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "base: add bytes")
        self.git("commit", "--allow-empty", "-qm", "model: count items")
        self.assert_clean()
        self.git("commit", "--allow-empty", "-qm", "model: " + "x" * 70)
        code, output = self.lint()
        self.assertEqual(code, 1, output)
        self.assertIn("commit: subject has 77 columns", output)


class CommitMessageTest(unittest.TestCase):
    """The message of a commit about to be made."""

    def test_good_message(self):
        self.assertEqual(commits.check_message("engine: bound the queue\n\nWhy.\n# hint\n"), [])

    def test_subject_length(self):
        self.assertEqual(commits.check_message("engine: " + "x" * 64), [])
        self.assertEqual(len(commits.check_message("engine: " + "x" * 65)), 1)

    def test_second_line(self):
        self.assertEqual(len(commits.check_message("engine: x\nbody")), 1)


class FunctionScannerTest(unittest.TestCase):
    """What counts as a function, and how long it is."""

    def names(self, source):
        return [(name, count) for name, _, count in cplusplus.functions(source)]

    def test_methods_and_namespaces(self):
        self.assertEqual(self.names("namespace a {\nclass B {\n  int C() const {\n    return 1;\n"
                                    "  }\n};\nint B::D() { return 2; }\n}  // namespace a\n"),
                         [("C", 3), ("B::D", 1)])

    def test_braces_in_literals_and_comments(self):
        source = 'void F() {\n  G("}", \'}\', R"(}\n)");  // }\n}\nvoid H() {}\n'
        self.assertEqual(self.names(source), [("F", 4), ("H", 1)])

    def test_member_initializers_with_braces(self):
        self.assertEqual(self.names("A::A(int b)\n    : b_{b}, c_{1} {\n  D();\n}\nvoid E() {}\n"),
                         [("A::A", 4), ("E", 1)])

    def test_tables_are_not_functions(self):
        self.assertEqual(self.names("constexpr int kA[] = {\n1,\n2};\nA kB[F(1)] = {\n1};\n"), [])

    def test_attributes_on_types(self):
        self.assertEqual(self.names('class CAPABILITY("m") Mutex {\n  void Lock() { L(); }\n};\n'
                                    "struct [[nodiscard]] S {\n  int T() { return 1; }\n};\n"),
                         [("Lock", 1), ("T", 1)])

    def test_test_names(self):
        self.assertEqual(self.names("TEST(Number, Adds) {\n}\n"), [("TEST(Number,Adds)", 2)])


if __name__ == "__main__":
    unittest.main()
