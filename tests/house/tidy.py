# SPDX-License-Identifier: Apache-2.0
"""clang-tidy, with the checks of .clang-tidy, on what a change touches or on all.

    tidy.py REPOSITORY BUILD          on the files of the last commit and of the working tree, at most MOST of them
    tidy.py REPOSITORY BUILD --all    on every source (tests/full; some half an hour of one core)

BUILD is a configured build folder with compile_commands.json. A header is seen through a source that includes it. Exit code 77: there
is no clang-tidy 14 or no git history here, so there is nothing to say.
"""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

MOST = 8  # sources in one run of ctest: about ten seconds each

PLANTED = "#include <string>\nint f(int a, int b, std::string s) { if (a = b) return 1; return s.size() == 0; }\n"


def output_of(*command, cwd=None):
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd).stdout


def complaints(path, *arguments):
    found = output_of("clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option", *arguments, path)
    return sorted({line for line in found.splitlines() if re.search(r"(error|warning): .*\[", line)})


def show_that_it_bites(top):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "planted.cpp")
        with open(path, "w", encoding="ascii") as file:
            file.write(PLANTED)
        found = output_of("clang-tidy", "--quiet", f"--config-file={top}/.clang-tidy", path, "--", "-std=c++20")
    assert "deadcode.DeadStores" in found and "readability-container-size-empty" in found, "a planted slip was not seen:\n" + found


def touched(top):
    """Paths, relative to the top, of the last commit and of the working tree; None where there is no history."""
    if not shutil.which("git") or not output_of("git", "-C", top, "rev-parse", "HEAD~1").strip():
        return None
    names = output_of("git", "-C", top, "diff", "--name-only", "HEAD~1") + output_of("git", "-C", top, "ls-files", "--others", "--exclude-standard")
    return set(names.split())


def sources_for(paths, sources, top):
    """The sources among `paths`, and for each header one that sees it: its own first, then the nearest."""
    chosen = [path for path in sources if path in paths]
    includes = {path: included_by(path, top) for path in sources + headers(top)}
    for header in sorted(path for path in paths if path in includes and path.endswith(".h")):
        own = re.sub(r"(_body)?\.h$", ".cpp", header)
        seen, ring = {header}, [header]
        while ring and own not in sources and not any(path in sources for path in ring):
            ring = [path for path in sorted(includes) if path not in seen and includes[path] & set(ring)]
            seen |= set(ring)
        chosen += ([own] if own in sources else [path for path in ring if path in sources])[:1]
    return list(dict.fromkeys(chosen))


def headers(top):
    found = (os.path.join(where, name) for folder in ("lib", "app", "tests") for where, _, names in os.walk(os.path.join(top, folder)) for name in names)
    return sorted(os.path.relpath(path, top) for path in found if path.endswith(".h"))


def included_by(path, top):
    """The headers of ours that a file includes, relative to the top."""
    with open(os.path.join(top, path), encoding="utf-8") as file:
        names = re.findall(r'^ *# *include "([^"]+)"', file.read(), re.MULTILINE)
    beside = (os.path.join(folder, name) for name in names for folder in ("lib", "app", "tests", os.path.dirname(path)))
    return {os.path.normpath(candidate) for candidate in beside if os.path.isfile(os.path.join(top, candidate))}


def main():
    top, build, *options = sys.argv[1:]
    top = os.path.realpath(top)
    if not shutil.which("clang-tidy") or "version 14." not in output_of("clang-tidy", "--version"):
        print("clang-tidy 14 is not installed: nothing was looked at")
        sys.exit(77)
    show_that_it_bites(top)

    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    listed = {os.path.relpath(os.path.realpath(entry["file"]), top) for entry in commands}
    sources = sorted(path for path in listed if path.split("/")[0] in ("lib", "app", "tests"))
    chosen = sources
    if "--all" not in options:
        paths = touched(top)
        if paths is None:
            print("no history here: nothing was looked at")
            sys.exit(77)
        chosen = sources_for(paths, sources, top)
        if len(chosen) > MOST:
            print(f"{len(chosen)} sources were touched; {MOST} are looked at here, all by tests/full")
            chosen = chosen[:MOST]

    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for entry in commands:  # gcc's precompiled header is none for clang
            entry["command"] = re.sub(r" -Winvalid-pch| -include \S*cmake_pch\.hxx", "", entry["command"])
        with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as file:
            json.dump(commands, file)
        found = set()
        for n, lines in enumerate(pool.map(lambda path: complaints(os.path.join(top, path), "-p", folder), chosen), 1):
            for line in sorted(set(lines) - found):
                print(line, flush=True)
            found |= set(lines)
            if n % 20 == 0:
                print(f"  {n} of {len(chosen)} sources looked at", file=sys.stderr, flush=True)
    print(f"{len(chosen)} sources looked at, {len(found)} complaints")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
