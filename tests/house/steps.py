# SPDX-License-Identifier: Apache-2.0
"""In a function of more than 15 lines the comments alone are the pseudo-code: each step has a short imperative line above it.

    steps.py REPOSITORY [--list]

What can be read off the text is held here: in the body of such a function no stretch of more than 15 lines stands without a comment line of
its own, and there are at least two. A body that is one table (fewer than four statements, or lines that nearly all begin alike) is left
alone. `--list` prints every such function with its comments.
"""

import collections
import os
import re
import sys

LONGEST = 15     # lines of a body that need no steps, and of a stretch without one
FEWEST = 2       # comment lines in a longer body
TABLE = 4        # statements below which a body is a table
ALIKE = 0.75     # the share of lines with one first word that makes it a list

# A definition opens at the end of a line of its own indentation; namespaces, types and arrays are no functions
NOT_A_FUNCTION = re.compile(r"^\s*(namespace|struct|class|union|enum|extern|template\s*<[^>]*>\s*(struct|class))\b|=\s*\{$|\bdo \{$|"
                            r"^\s*(if|for|while|switch|else|try|catch|\}|case|default|return|public|private|#)")


def without_strings(line):
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', line)


def functions(text):
    """(first line, name, body lines) of each function definition in text that clang-format formatted."""
    lines = text.split("\n")
    raw = False
    for i, line in enumerate(lines):
        raw ^= (line.count('R"') - len(re.findall(r'\)\w*"', line)) > 0)
        if raw or not line.endswith("{") or NOT_A_FUNCTION.match(line) or line.lstrip().startswith("//"):
            continue
        # The head may be broken over lines; its first line has the indentation of the closing brace
        start = i
        while start > 0 and "(" not in lines[start]:
            start -= 1
        while start > 0 and without_strings("\n".join(lines[start:i + 1])).count("(") < without_strings("\n".join(lines[start:i + 1])).count(")"):
            start -= 1
        head = lines[start]
        indent = len(head) - len(head.lstrip())
        if NOT_A_FUNCTION.match(head) or "requires(" in head or not re.search(r"\)[^()]*\{$", lines[i]) or "(" not in head or "[" in head.split("(")[0] or indent > 4 or re.match(r"\s*[A-Z_]+\(.*[^{]$", head):
            continue
        end = next((k for k in range(i + 1, len(lines)) if re.match(rf"^ {{{indent}}}\}}", lines[k])), None)
        if end is None:
            continue
        yield start + 1, head.strip(), lines[i + 1:end]


def complaint(body):
    """What is missing in the body of one function; "" if nothing is."""
    code = [without_strings(line).strip() for line in body if not line.lstrip().startswith("//")]
    first = collections.Counter(re.match(r"\W*\w*", line).group(0) for line in code)
    if len(body) <= LONGEST or sum(line.count(";") for line in code) < TABLE or first.most_common(1)[0][1] >= ALIKE * len(code):
        return ""
    steps, stretch, longest = 0, 0, 0
    for line in body:
        if line.lstrip().startswith("//"):
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
    for folder in ("lib", "app"):
        for where, _, names in sorted(os.walk(os.path.join(top, folder))):
            for name in sorted(names):
                if not name.endswith((".h", ".cpp")):
                    continue
                path = os.path.join(where, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                n += sum(len(body) > LONGEST for _, _, body in functions(text))
                found += check(os.path.relpath(path, top), text)
                if "--list" in sys.argv:
                    for line, head, body in functions(text):
                        if len(body) > LONGEST:
                            print(f"{os.path.relpath(path, top)}:{line}: {head}", *[b.strip() for b in body if b.lstrip().startswith("//")], sep="\n    ")
    print(*found, sep="\n")
    print(f"{n} functions of more than {LONGEST} lines, {len(found)} without their steps")
    sys.exit(bool(found) or n < 100)


if __name__ == "__main__":
    main()
