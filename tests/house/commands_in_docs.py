# SPDX-License-Identifier: Apache-2.0
"""Runs every command that a page of the docs shows, and looks for every line that the page says it prints.

    commands_in_docs.py [--long] ETALON REPOSITORY [PAGE.md...]        by default README.md and every page of docs/

A command is a line "    $ ..."; the lines of the same indented block below it are what it prints, in that order, with
others allowed between. Trailing spaces do not count, and "..." stands for anything: the last digits of another
program's float32 are not ours to promise. Commands of one page run in one empty folder, in which golden/
and tests/ are the repository's. --long also runs those that compute for minutes (tests/full does).
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

INDENT = "    "
FEWEST = 8  # pages that show a command

# Commands that compute for minutes: run with --long only. A page that shows one shows a short one of its kind as well.
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


def run_page(page, etalon, repository, too_long):
    """How many commands ran, how many were left out, and what is wrong with the page."""
    failures, n_run, n_left_out = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("golden", "tests"):
            os.symlink(os.path.join(repository, name), os.path.join(folder, name))
        path = os.path.dirname(os.path.abspath(etalon)) + ":" + os.environ["PATH"]
        for command, expected in commands(open(page, encoding="utf-8").read()):
            if command in too_long:
                n_left_out += 1
                continue
            n_run += 1
            done = subprocess.run(["bash", "-c", command], cwd=folder, env={**os.environ, "PATH": path}, timeout=1800,
                                  capture_output=True, text=True)
            line = missing_line(done.stdout + done.stderr, expected)
            if line is not None:
                failures.append(f"{page}: `{command}` did not print\n    {line}\n  it printed\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
            elif not expected and done.returncode != 0:
                failures.append(f"{page}: `{command}` failed with {done.returncode}\n{done.stderr[-1500:]}")
    if n_left_out > 0 and n_run == 0:
        failures.append(f"{page}: none of its commands was run")
    return n_run, n_left_out, failures


def check_planted():
    """A page that lies is caught, and so is one whose only command is left out."""
    for text, n_failures in [("Text\n\n    $ echo one; echo two\n    t...o\n    o...\n\n    $ false\n", 2), ("    $ slow\n    lie\n", 1)]:
        with tempfile.NamedTemporaryFile("w", suffix=".md") as planted:
            planted.write(text)
            planted.flush()
            assert len(run_page(planted.name, "etalon", "/", {"slow"})[2]) == n_failures, f"a page with {n_failures} lies passed"


def main():
    arguments = sys.argv[1:]
    too_long = set() if "--long" in arguments else TOO_LONG
    etalon, repository, *pages = [a for a in arguments if a != "--long"]
    check_planted()
    if not pages:
        pages = [os.path.join(repository, "README.md")] + sorted(glob.glob(os.path.join(repository, "docs/**/*.md"), recursive=True))
    passed, n_left_out, n_pages, failed = 0, 0, 0, []
    for page in pages:
        n, left_out, failures = run_page(page, etalon, os.path.abspath(repository), too_long)
        n_pages += n > 0
        n_left_out += left_out
        passed += n - len(failures)
        failed += failures
    if len(pages) > FEWEST and n_pages < FEWEST:
        failed.append(f"commands were found in {n_pages} pages only")
    print(*failed, sep="\n")
    print(f"{n_pages} pages, {passed} commands passed, {len(failed)} failed, {n_left_out} left out for --long")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
