# SPDX-License-Identifier: Apache-2.0
"""Every source says under which licence it stands, in one line that programs read.

    spdx.py REPOSITORY            lists the sources without the line; exit code 1 if there are any
    spdx.py REPOSITORY --write    adds it to them

The line is the first one, or the second where the first says which program runs the file.
"""

import os
import sys

LINE = "SPDX-License-Identifier: Apache-2.0"
NOT_OURS = ("build", "results", ".git", "__pycache__", "corpus")  # .gitignore, and what the fuzzers found
DATA = (".md", ".json", ".txt", ".safetensors", ".npz", ".sha256", ".png", ".cff")  # pages and data: LICENSE and golden/README.md speak for them
SLASHES = (".h", ".cpp")


def comment_of(name):
    """How a line of this file is commented; None if it is no source. What is unknown is a source."""
    if name.endswith(SLASHES):
        return "// "
    is_data = name.endswith(DATA) and name != "CMakeLists.txt"
    return None if is_data or name in ("LICENSE", "NOTICE") or (name.startswith(".") and "." not in name[1:]) else "# "


def sources(top):
    for where, folders, names in os.walk(top):
        folders[:] = sorted(f for f in folders if f not in NOT_OURS)
        for name in sorted(names):
            if comment_of(name):
                yield os.path.relpath(os.path.join(where, name), top)


def place(lines):
    return 1 if lines and lines[0].startswith("#!") else 0


def has_line(text, name):
    lines = text.split("\n")
    return lines[place(lines):place(lines) + 1] == [comment_of(name) + LINE]


def with_line(text, name):
    lines = text.split("\n")
    lines.insert(place(lines), comment_of(name) + LINE)
    return "\n".join(lines)


def main():
    top, *options = sys.argv[1:]
    for name, text in (("a.h", "// a.h — a\n"), ("look", "#!/bin/sh\necho\n"), ("b.py", '"""b"""\n'), ("c.yaml", "c: 1\n")):
        assert not has_line(text, name), "a source without the line passed"
        assert has_line(with_line(text, name), name), "the line that was written was not read"

    n, missing = 0, []
    for path in sources(top):
        with open(os.path.join(top, path), encoding="utf-8") as file:
            text = file.read()
        n += 1
        if has_line(text, os.path.basename(path)):
            continue
        missing.append(path)
        if "--write" in options:
            with open(os.path.join(top, path), "w", encoding="utf-8") as file:
                file.write(with_line(text, os.path.basename(path)))
    verb = "got" if "--write" in options else "lacks"
    print(*(f"{path} {verb} the line {LINE}" for path in missing), sep="\n")
    print(f"{n} sources, {len(missing)} without their licence" + ("" if not missing or "--write" in options else ": tests/house/spdx.py . --write adds it"))
    sys.exit("--write" not in options and bool(missing) or n < 300)


if __name__ == "__main__":
    main()
