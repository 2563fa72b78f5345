# SPDX-License-Identifier: Apache-2.0
"""Runs every command that a page of the docs shows, and looks for every line that the page says it prints.

    commands_in_docs.py ETALON REPOSITORY [PAGE.md...]        by default README.md and every page of docs/

A command is a line "    $ ..."; the lines of the same indented block below it are what it prints, in that order, with
others allowed between. Trailing spaces do not count, and "..." stands for anything: the last digits of another
program's float32 are not ours to promise. Commands of one page run in one empty folder, in which golden/
and tests/ are the repository's.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

INDENT = "    "
FEWEST = 6  # pages that show a command

# Commands that are shown and not run here, because they compute for minutes
TOO_LONG = {"etalon run --phases 5"}


def commands(text):
    """Pairs of a command and the lines that must appear."""
    found = []
    for line in text.splitlines() + [""]:
        if line.startswith(INDENT + "$ "):
            found.append((line[len(INDENT) + 2:], []))
        elif line.startswith(INDENT) and found and found[-1] is not None:
            found[-1][1].append(line[len(INDENT):].rstrip())
        elif found and found[-1] is not None:
            found.append(None)
    return [pair for pair in found if pair is not None]


def missing_line(output, expected):
    """The first expected line that does not come, in order; None if all do."""
    printed = iter(line.rstrip() for line in output.splitlines())
    for line in expected:
        pattern = re.compile(".*".join(re.escape(piece) for piece in line.split("...")))
        if not any(pattern.fullmatch(candidate) for candidate in printed):
            return line
    return None


def run_page(page, etalon, repository):
    failures, n = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("golden", "tests"):
            os.symlink(os.path.join(repository, name), os.path.join(folder, name))
        path = os.path.dirname(os.path.abspath(etalon)) + ":" + os.environ["PATH"]
        for command, expected in commands(open(page, encoding="utf-8").read()):
            n += 1
            if command in TOO_LONG:
                continue
            done = subprocess.run(["bash", "-c", command], cwd=folder, env={**os.environ, "PATH": path}, timeout=600,
                                  capture_output=True, text=True)
            line = missing_line(done.stdout + done.stderr, expected)
            if line is not None:
                failures.append(f"{page}: `{command}` did not print\n    {line}\n  it printed\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
            elif not expected and done.returncode != 0:
                failures.append(f"{page}: `{command}` failed with {done.returncode}\n{done.stderr[-1500:]}")
    return n, failures


def main():
    etalon, repository, *pages = sys.argv[1:]
    # A page that lies is caught first
    with tempfile.NamedTemporaryFile("w", suffix=".md") as planted:
        planted.write("Text\n\n    $ echo one; echo two\n    t...o\n    o...\n\n    $ false\n")
        planted.flush()
        assert len(run_page(planted.name, etalon, repository)[1]) == 2, "a page with two lies passed"

    if not pages:
        pages = [os.path.join(repository, "README.md")] + sorted(glob.glob(os.path.join(repository, "docs/**/*.md"), recursive=True))
    passed, n_pages, failed = 0, 0, []
    for page in pages:
        n, failures = run_page(page, etalon, os.path.abspath(repository))
        n_pages += n > 0
        passed += n - len(failures)
        failed += failures
    if n_pages < FEWEST:
        failed.append(f"commands were found in {n_pages} pages only")
    print(*failed, sep="\n")
    print(f"{n_pages} pages, {passed} commands passed, {len(failed)} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
