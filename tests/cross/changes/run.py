# SPDX-License-Identifier: Apache-2.0
"""What does change bits: runs one program under two switches, counts the results that differ, and prints one table.

    run.py FOLDER [--page PAGE.md]

FOLDER is where the programs of this folder were built (build/release/tests/cross/changes). The last column is Etalon's own
way to the same numbers under the same two switches; it must be 0 in every row, and every other count must not be. With
--page, each row printed must stand in that page, if the page speaks of the same versions. A row that this machine cannot
show says so, and is not held to anything.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys

NO_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2"}
ISA_OF = {"Nehalem": "portable", "Haswell": "avx2", "SkylakeX": "avx512"}  # what ETALON_ISA calls the same registers


def core(name, n_threads):
    return {"OPENBLAS_CORETYPE": name, "OPENBLAS_NUM_THREADS": str(n_threads), "ETALON_ISA": ISA_OF[name],
            "ETALON_THREADS": str(n_threads)}


# A run is a program with its arguments, and an environment. A row: what, the switch in words, what the CPU must have, two
# runs to compare, and two of Etalon's (None: there is nothing of ours to compare).
def rows():
    for f in ("exp", "sin", "cos", "tanh", "erf", "pow"):
        libm, exact = f"libm {f}", f"exact {f}"
        yield f"libm {f}", "the CPU has FMA → not (GLIBC_TUNABLES)", {"fma", "avx2"}, (libm, {}), (libm, NO_FMA), (exact, {}), (exact, NO_FMA)
    yield "libm erf", "x86-64 → aarch64 (qemu-aarch64)", {"qemu"}, ("libm erf", {}), ("qemu-aarch64 libm_aarch64 erf", {}), None, None
    for f in ("exp", "log", "tanh", "erf"):
        yield f"libm {f}", "glibc → SLEEF", set(), (f"libm {f}", {}), (f"exact {f}", {}), None, None
    for f in ("sum", "dot"):
        for kind, flags, needs in (("sse2", "-msse2", {"sse2"}), ("avx2", "-mavx2 -mfma", {"avx2", "fma"}),
                                   ("avx512", "-mavx512f -mfma", {"avx512f", "fma"})):
            a, b = "eigen_plain " + f, f"eigen_{kind} {f}"
            yield f"Eigen {f}", f"EIGEN_DONT_VECTORIZE → {flags}", needs, (a + " eigen", {}), (b + " eigen", {}), (a + " etalon", {}), (b + " etalon", {})
    for f in ("dgemm", "ddot"):
        for one, other, n, needs in (("Nehalem", "Haswell", 1, {"avx2", "fma"}), ("Haswell", "SkylakeX", 1, {"avx512f", "fma"}),
                                     ("Haswell", "Haswell", 2, {"avx2", "fma", "two cores"})):
            switch = f"OPENBLAS_NUM_THREADS=1 → {n}" if one == other else f"OPENBLAS_CORETYPE={one} → {other}"
            a, b = core(one, 1), core(other, n)
            theirs, ours = f"openblas {f} openblas", f"openblas {f} etalon"
            yield f"OpenBLAS {f}", switch, needs, (theirs, a), (theirs, b), (ours, a), (ours, b)
    for f in ("axpy", "polynomial"):
        off, fast = "contraction_off ", "contraction_fast "
        yield f"contraction {f}", "-ffp-contract=off → fast", {"fma"}, (off + f, {}), (fast + f, {}), (off + "etalon", {}), (fast + "etalon", {})


def machine():
    """The words that rows() may ask for, as far as this machine has them."""
    has = set()
    if platform.machine() == "x86_64":
        for line in open("/proc/cpuinfo", encoding="ascii"):
            if line.startswith("flags"):
                has |= set(line.split(":")[1].split())
    else:
        has.add("fma")  # every 64-bit machine but x86-64 has it from the start
    if len(os.sched_getaffinity(0)) >= 2:
        has.add("two cores")
    return has


def run(folder, what, environment):
    words = ["changes_" + word if os.path.exists(os.path.join(folder, "changes_" + word)) else word for word in what.split()]
    words = [os.path.join(folder, word) if word.startswith("changes_") else word for word in words]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS", "ETALON", "GLIBC_TUNABLES"))}
    done = subprocess.run(words, env={**clean, **environment}, capture_output=True, text=True, timeout=300, check=True)
    wanted = environment.get("OPENBLAS_CORETYPE")
    if wanted and done.stderr.strip() != wanted:
        raise RuntimeError(f"OpenBLAS was asked for {wanted} and took {done.stderr.strip()}")
    return done.stdout.split()


def n_different(a, b):
    assert len(a) == len(b) > 0, "two runs of other lengths"
    return sum(x != y for x, y in zip(a, b))


def versions(folder):
    """What the counts belong to: another library may round elsewhere."""
    with open(os.path.join(folder, "versions.txt"), encoding="ascii") as built:
        return f"{platform.machine()}, {' '.join(platform.libc_ver())}, {built.read().strip()}"


def not_in_page(page, printed):
    """The lines that do not stand in the page, whatever the spaces."""
    words = lambda line: " ".join(line.split())
    held = {words(line) for line in open(page, encoding="utf-8")}
    return [line for line in printed if words(line) not in held]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--page")
    options = parser.parse_args()
    has = machine()
    if shutil.which("qemu-aarch64") and os.path.exists(os.path.join(options.folder, "changes_libm_aarch64")):
        has.add("qemu")

    failures, table = [], []
    head = ("what", "switch", "results", "differ", "the first that differs", "Etalon")
    for what, switch, needs, first, second, our_first, our_second in rows():
        if not needs <= has:
            print(f"skipped: {what}, {switch}: this machine has no {', '.join(sorted(needs - has))}")
            continue
        a, b = run(options.folder, *first), run(options.folder, *second)
        n = n_different(a, b)
        example = next((f"{x} → {y}" for x, y in zip(a, b) if x != y), "")
        ours = "" if our_first is None else str(n_different(run(options.folder, *our_first), run(options.folder, *our_second)))
        table.append((what, switch, str(len(a)), str(n), example, ours))
        if n == 0:
            failures.append(f"{what}, {switch}: was to change bits, and did not")
        if ours not in ("", "0"):
            failures.append(f"{what}, {switch}: changed {ours} of Etalon's own results")

    widths = [max(len(row[i]) for row in [head, *table]) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths)) + " |" for row in [head, ["-" * w for w in widths], *table]]
    print(*lines, sep="\n")
    print("", versions(options.folder), sep="\n")
    if options.page and not_in_page(options.page, [versions(options.folder)]):
        print(f"{options.page} speaks of other versions: its counts are not compared")
    elif options.page:
        failures += [f"{options.page} does not hold this line: {line}" for line in not_in_page(options.page, lines[2:])]
    print(*failures, sep="\n")
    sys.exit(bool(failures) or not table)


if __name__ == "__main__":
    main()
