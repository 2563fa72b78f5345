# SPDX-License-Identifier: Apache-2.0
"""answers.py TIMES TEXT COMMAND... - runs the command: it must exit with 0 AND print the text so many times.

ctest's PASS_REGULAR_EXPRESSION looks at the text alone: a command that prints it and exits with 1 passes. First this script is shown
what it must refuse.
"""

import subprocess
import sys


def complaint(times, text, command):
    """What is wrong with the answer of the command, or ''; and what it printed."""
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if answer.returncode != 0:
        return f"exit code {answer.returncode}", answer.stdout
    found = answer.stdout.count(text)
    return ("" if found == times else f"'{text}' stands there {found} times, not {times}"), answer.stdout


def main():
    shell = ["/bin/sh", "-c"]
    for code, line, is_wrong in [(0, "fine", False), (1, "fine", True), (0, "WRONG", True), (0, "fine; fine", True)]:
        if bool(complaint(1, "fine", [*shell, f"echo '{line}'; exit {code}"])[0]) != is_wrong:
            sys.exit(f"answers.py cannot tell '{line}' with exit code {code}")

    wrong, printed = complaint(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
    print(printed)
    sys.exit(f"{' '.join(sys.argv[3:])}: {wrong}" if wrong else 0)


if __name__ == "__main__":
    main()
