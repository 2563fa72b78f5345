# SPDX-License-Identifier: Apache-2.0
"""In a function of more than 15 lines the comments alone are the pseudo-code: each step has a short imperative line above it.

    steps.py REPOSITORY [--list]

What can be read off the text is held here, for lib, app and the helpers of tests: in the body of such a function no stretch of more
than 15 lines stands without a comment line of its own, and there are at least two. A body that is one table (fewer than four
statements, or lines that nearly all begin alike) is left alone. `--list` prints every such function with its comments.
"""

import collections
import os
import re
import sys

LONGEST = 15     # lines of a body that need no steps, and of a stretch without one
FEWEST = 2       # comment lines in a longer body
TABLE = 4        # statements below which a body is a table
ALIKE = 0.75     # the share of lines with one first word that makes it a list

STEP = re.compile(r"\s*//.*[A-Za-z]")
DECLARES = re.compile(r"(static |const |constexpr |auto |double |long |S )")

# What stands before the brace of a namespace, a type or a list, and not of a function
NOT_A_FUNCTION = re.compile(r"^(inline )?(namespace|struct|class|union|enum|extern)\b|\bconcept\b|=$|\boperator$")
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|\bR"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'""", re.DOTALL)


def code_of(text):
    """The text with blanks for comments, strings and preprocessor lines; every character keeps its line and column."""
    text = TOKEN.sub(lambda token: re.sub(r"[^\n]", " ", token.group(0)), text)
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", lambda line: re.sub(r"[^\n]", " ", line.group(0)), text, flags=re.MULTILINE)


def is_head(head):
    """True if a brace after this text, all that stands since the last ; or brace, opens the body of a function."""
    plain = re.sub(r"\[\[.*?\]\]", "", head)
    while plain != (shorter := re.sub(r"^\s*template\s*<[^<>]*(?:<[^<>]*>[^<>]*)*>|^\s*requires\s*\([^()]*(?:\([^()]*\)[^()]*)*\)|^\s*(public|private|protected):", "", plain)):
        plain = shorter
    # A list that initialises something has no blank before its brace, and stands in no parentheses
    return "(" in plain and plain.endswith((" ", "\n")) and not NOT_A_FUNCTION.search(plain.strip())


def functions(text):
    """(line of the head, head, lines of the body) of each function that lies in no other; a lambda of a namespace is one."""
    code, lines = code_of(text), text.split("\n")
    line_at = lambda at: code.count("\n", 0, at)
    opened, since, body = [], 0, None  # positions of open braces; where the head begins; the brace of the function that is read
    for at, c in enumerate(code):
        if c == "{":
            opened.append(at)
            if body is None and is_head(code[since:at]):
                body, first = at, since + len(code[since:at]) - len(code[since:at].lstrip())
        elif c == "}" and opened:
            brace = opened.pop()
            if brace == body:
                head = lines[line_at(first)].strip()
                if not head.startswith("TEST_CASE("):  # its name says what it does
                    yield line_at(first) + 1, head, lines[line_at(body) + 1:line_at(at)]
                body = None
            if code[brace - 1] not in " \n":
                continue  # of a_{x} in a list of initialisers, a part of the head
        if c in ";}" or (c == "{" and body is None and code[at - 1] in " \n"):
            since = at + 1


def complaint(body):
    """What is missing in the body of one function; "" if nothing is."""
    code = [line.strip() for line in code_of("\n".join(body)).split("\n") if line.strip()]
    first = collections.Counter(re.match(r"\W*\w*", line).group(0) for line in code if not DECLARES.match(line))
    if len(body) <= LONGEST or sum(line.count(";") for line in code) < TABLE or max(first.values(), default=0) >= ALIKE * len(code):
        return ""
    steps, stretch, longest = 0, 0, 0
    for line in body:
        if STEP.match(line):
            steps += 1
            stretch = 0
        elif line.strip():
            stretch += 1
            longest = max(longest, stretch)
    if steps < FEWEST:
        return f"{len(body)} lines and {steps} step comment{'s' * (steps != 1)}"
    return f"{longest} lines without a step comment" if longest > LONGEST else ""


def check(path, text):
    return [f"{path}:{line}: {complaint(body)}: {head[:90]}" for line, head, body in functions(text) if complaint(body)]


EIGHT = "  g(n);\n  n = n + 1;\n" * 4
PLANTED = "long f(long n) {\n" + EIGHT + EIGHT + "}\n"
HONEST = "long f(long n) {\n  // Do one thing\n" + EIGHT + "  // Do another\n" + EIGHT + "}\n"


def main():
    top = sys.argv[1]
    assert len(check("planted.cpp", PLANTED)) == 1, "a long function without steps passed"
    assert not check("honest.cpp", HONEST), "a function with its steps was refused"

    n, found = 0, []
    for folder in ("lib", "app", "tests"):
        for where, _, names in sorted(os.walk(os.path.join(top, folder))):
            for name in sorted(names):
                if not name.endswith((".h", ".cpp")):
                    continue
                path = os.path.join(where, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                found += check(os.path.relpath(path, top), text)
                for line, head, body in functions(text):
                    n += len(body) > LONGEST
                    if "--list" in sys.argv and len(body) > LONGEST:
                        print(f"{os.path.relpath(path, top)}:{line}: {head}", *[b.strip() for b in body if b.lstrip().startswith("//")], sep="\n    ")
    print(*found, sep="\n")
    print(f"{n} functions of more than {LONGEST} lines, {len(found)} without their steps")
    sys.exit(bool(found) or n < 100)


if __name__ == "__main__":
    main()
