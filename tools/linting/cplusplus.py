"""Rules about the shape of C++ files: opening comment, #pragma once, own header first, scanning."""

import re

from .layers import INCLUDE
from .tree import Problem

# One match per comment, string or character literal; group 1 is the delimiter of a raw string.
_LITERAL = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|R"([^()\\\s]{0,16})\(.*?\)\1"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)
_DIRECTIVE = re.compile(r"^[ ]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)
_CONTAINER = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b")


def blank_literals(source):
    """The source with comments, literals and directives blanked; lines stay where they are."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    return _DIRECTIVE.sub(blank, _LITERAL.sub(blank, source))


def is_container(head):
    """True if the text before a brace opens a namespace, type or linkage block, not a body."""
    if not _CONTAINER.search(head):
        return False
    # `struct X F(...) {` is a function; `class M MACRO("x") {` and `struct A : B<f(0)> {` are not.
    return not re.search(r"\)\s*(?:const|noexcept|override|final|\s)*$", head) or bool(
        re.match(r"\s*(?:template\s*<.*>\s*)?(?:class|struct|union)\s+\w+\s*\(", head, re.DOTALL))


def functions(source):
    """Yields (name, first line, line count) of every function definition, lambdas not apart."""
    code = blank_literals(source)
    containers, head_start, position = [], 0, 0
    while position < len(code):
        character = code[position]
        if character == ";":
            head_start = position + 1
        elif character == "}":
            if containers:
                containers.pop()
            head_start = position + 1
        elif character == "(":
            position = _skip(code, position, "(", ")")
        elif character == "{":
            head = code[head_start:position]
            if is_container(head):
                containers.append(head)
                head_start = position + 1
            else:
                end = _skip(code, position, "{", "}")
                if "(" in head and not _is_initializer(head, code[end + 1:end + 40]):
                    first = head_start + len(head) - len(head.lstrip())
                    line = code.count("\n", 0, first) + 1
                    yield _name(head), line, code.count("\n", first, end) + 1
                    head_start = end + 1
                position = end
        position += 1


def _is_initializer(head, after):
    """True if the braces hold values: `x = {...}`, or a member initializer before the body."""
    if head.rstrip().endswith("="):
        return True
    # In `A(int b) : b_{b} {`, what follows the first pair of braces is a comma or the body.
    return bool(re.search(r"\)\s*:\s*[^:]*\w$", head.rstrip())) and bool(
        re.match(r"\s*[,{]", after))


def _skip(code, position, opening, closing):
    """The position of the bracket that closes the one at position."""
    depth = 0
    for index in range(position, len(code)):
        if code[index] == opening:
            depth += 1
        elif code[index] == closing:
            depth -= 1
            if depth == 0:
                return index
    return len(code) - 1


def _name(head):
    """A readable, stable name: what stands before the first parenthesis, with test names added."""
    match = re.search(r"([~\w:]+|operator\s*\S+?)\s*\(([^()]*)\)?", head)
    if not match:
        return "?"
    name = re.sub(r"\s+", "", match.group(1))
    if re.fullmatch(r"(TYPED_)?TEST(_[FP])?|BENCHMARK\w*", name):
        name += "(" + re.sub(r"\s+", "", match.group(2)) + ")"
    return name


def check(tree):
    """Runs all rules of this module."""
    problems = []
    known = {path.as_posix() for path in tree.paths}
    for path in tree.cplusplus():
        lines = tree.text(path).split("\n")
        if not lines[0].startswith("//"):
            problems.append(Problem(path, 1, "opening", "open with a paragraph: what belongs here"))
        code = [line for line in lines if line.strip() and not line.startswith("//")]
        if path.suffix == ".h" and (not code or code[0] != "#pragma once"):
            problems.append(Problem(path, 1, "pragma", "a header starts with #pragma once"))
        stem = path.as_posix()[:-len(path.suffix)]
        own = next((name + ".h" for name in (stem, re.sub(r"_(test|fuzz|bench)$", "", stem))
                    if name + ".h" in known), None)
        first = next((INCLUDE.match(line) for line in lines if INCLUDE.match(line)), None)
        if path.suffix == ".cc" and own and (first is None or first.group(1) != own):
            problems.append(Problem(path, 1, "own-header", f"include {own} first"))
    return problems
