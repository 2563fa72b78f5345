# SPDX-License-Identifier: Apache-2.0
"""Every source says under which licence it stands, in one line that programs read.

    spdx.py REPOSITORY            lists the sources without the line; exit code 1 if there are any
    spdx.py REPOSITORY --write    adds it to them

The line is the first one, or the second where the first says which program runs the file.
"""

import os
import sys

LINE = "SPDX-License-Identifier: Apache-2.0"
FOLDERS = ("lib", "app", "tests", ".ci", ".github")
SLASHES = (".h", ".cpp")
HASHES = (".py", ".sh", ".cmake", ".in", ".yml", "CMakeLists.txt", "run", "full")


def comment_of(name):
    """How a line of this file is commented; None if it is no source."""
    if name.endswith(SLASHES):
        return "// "
    return "# " if name.endswith(HASHES) else None


def sources(top):
    yield "CMakeLists.txt"
    for folder in FOLDERS:
        for where, folders, names in os.walk(os.path.join(top, folder)):
            folders[:] = sorted(f for f in folders if f != "__pycache__")
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
    for name, text in (("a.h", "// a.h — a\n"), ("run", "#!/bin/sh\necho\n"), ("b.py", '"""b"""\n')):
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
