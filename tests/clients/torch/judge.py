#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""judge.py — is the oracle right about this client? (ctest: client.torch)

    1. The reader refuses malformed files.
    2. For every golden case, in float64 and float32: `etalon check` accepts the client (exit 0).
    3. In float64, engine and client agree to 1e-12 of a tensor's largest value, structural zeros aside. Computed
       here, from the files: it does not rest on the judgement of `etalon check`.
    4. With a fault planted, on the stress cases: `etalon check` refuses (exit 1), and the first divergence that it
       reports is the tensor that the fault declares.
    5. The same as 2. and 3. for models whose heads have a size of their own (free_heads.json), which `etalon run` trains here.

Prints what failed and 'N passed, N failed'; the exit code is 1 if anything failed or nothing ran.
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError as missing:
    sys.exit(f"client.torch: {sys.executable} cannot import {missing.name}: apt-get install python3-torch python3-numpy")

import faults
import run
import safetensors_io

FREE_HEADS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "free_heads.json")
CASES = ("gpt2-nano", "gpt2-nano-stress", "llama-nano", "llama-nano-stress")
COMPUTE = {torch.float64: "fp64", torch.float32: "fp32"}
AGREEMENT = 1e-12  # of the tensor's largest absolute value: some 4500 units in its last place, after 10 steps of AdamW


class Score:
    def __init__(self):
        self.passed = self.failed = 0

    def expect(self, holds, what):
        self.passed += bool(holds)
        self.failed += not holds
        if not holds:
            print(f"FAILED  {what}", flush=True)


# 1. The reader


def malformed_files():
    """(why, bytes) of files that are almost right."""
    def file(header, data=bytes(16)):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data

    def one(**change):
        return {"a": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]} | change}

    yield "empty", b""
    yield "half a length", b"\x08\0\0"
    yield "header longer than the file", struct.pack("<Q", 1 << 62) + b"{}"
    yield "header not JSON", file(b"{")
    yield "header not UTF-8", file(b'{"\xff": 1}')
    yield "header a list", file([])
    yield "header nested too deeply", file(b"[" * 100_000)
    yield "a name twice", file(json.dumps(one()).encode()[:-1] + b", " + json.dumps(one()).encode()[1:])
    yield "metadata not text", file({"__metadata__": {"n_steps": 10}} | one())
    yield "no dtype", file({"a": {"shape": [2], "data_offsets": [0, 16]}})
    yield "unknown dtype", file(one(dtype="F128"))
    yield "negative extent", file(one(shape=[-2]))
    yield "extent true", file(one(shape=[True, 2]))
    yield "shape of another size", file(one(shape=[3]))
    yield "huge shape", file(one(shape=[1 << 62, 1 << 62]))
    yield "offsets backwards", file(one(data_offsets=[16, 0]))
    yield "offsets past the end", file(one(data_offsets=[8, 24]))
    yield "truncated", file(one(), bytes(15))
    yield "bytes left over", file(one(), bytes(17))
    yield "gap at the start", file(one(data_offsets=[8, 24]), bytes(24))
    yield "overlap", file(one() | {"b": {"dtype": "F64", "shape": [1], "data_offsets": [8, 16]}})


def judge_reader(score, folder):
    path = os.path.join(folder, "file.safetensors")
    right = {"a": np.array([[1.5, -0.0]], np.float32), "b": np.array(2.0), "c": np.empty((0, 3), np.int64)}
    safetensors_io.write(path, right, {"k": "v"})
    tensors, metadata = safetensors_io.read(path)
    def contents(arrays):
        return [(name, x.dtype, x.shape, x.tobytes()) for name, x in arrays.items()]

    same = contents(tensors) == contents(right) and metadata == {"k": "v"}
    score.expect(same, "safetensors_io: what was written is read back")
    for why, data in malformed_files():
        with open(path, "wb") as file:
            file.write(data)
        try:
            safetensors_io.read(path)
            score.expect(False, f"safetensors_io: refuses a file with: {why}")
        except safetensors_io.Malformed:
            score.expect(True, why)


# 2 and 4. The verdict of `etalon check`


def check(etalon, case, paths, dtype, folder):
    """Exit code of `etalon check` and its report."""
    report = os.path.join(folder, "report.json")
    command = [etalon, "check", case, *paths, "--compute", COMPUTE[dtype], "--json", report]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    try:
        with open(report) as file:
            return done.returncode, json.load(file), done.stdout
    except (OSError, ValueError):
        return done.returncode, {}, done.stdout
    finally:
        if os.path.exists(report):
            os.remove(report)


# 3. Agreement, in our own words


def structural_zeros(entry):
    """True where the manifest says that exact arithmetic gives 0 whatever the weights."""
    shape = entry["shape"]
    inside = np.zeros(shape, bool)
    for zero in entry["structural_zeros"]:
        where = zero["where"]
        if "all" in where:
            inside[...] = True
        elif "above_diagonal" in where:
            inside |= np.triu(np.ones(shape[-2:], bool), 1)
        elif "rows" in where:
            inside.reshape(-1, shape[-1])[where["rows"]] = True
        elif "entries" in where:
            inside.reshape(-1)[where["entries"]] = True
        else:
            inside[tuple(slice(first, last) for first, last in where["box"])] = True
    return inside


def disagreement(golden, candidate, skip):
    """The largest |error| relative to the tensor's largest |value|, over the entries that are not skipped."""
    golden, candidate = golden[~skip], candidate[~skip]
    if golden.size == 0:
        return 0.0
    error, size = np.abs(candidate - golden).max(), np.abs(golden).max()
    return error / size if size > 0 else error


def judge_disagreement(score):
    """The measure itself, on planted errors: just within, just beyond, NaN, and one hidden in a structural zero."""
    golden = np.array([[4.0, -1.0], [0.0, 2.0]])
    nowhere, corner, entry, row, other = ([], *([{"where": where}] for where in (
        {"box": [[1, 2], [0, 1]]}, {"entries": [2]}, {"rows": [1]}, {"entries": [1, 3]})))
    planted = ((0, nowhere, True), (3e-12, nowhere, True), (5e-12, nowhere, False), (np.nan, nowhere, False), (1, corner, True),
               (1, entry, True), (1, row, True), (1, other, False))
    for error, zeros, agrees in planted:
        candidate = golden.copy()
        candidate[1, 0] += error
        apart = disagreement(golden, candidate, structural_zeros({"shape": [2, 2], "structural_zeros": zeros}))
        verdict = "allowed" if agrees else "seen"
        score.expect((apart <= AGREEMENT) == agrees, f"disagreement: a planted error of {error} is {verdict}; got {apart}")


def judge_agreement(score, case, files):
    """Every tensor of the manifest that is no input, once; returns the largest disagreement and its tensor."""
    with open(os.path.join(case, "manifest.json")) as file:
        entries = {entry["name"]: entry for entry in json.load(file)["tensors"] if entry["op"] != "input"}
    worst = (0.0, "")
    names = [name for tensors in files.values() for name in tensors]
    score.expect(sorted(names) == sorted(entries), f"{case}: the client writes the tensors of the manifest, no more and no less")
    for file_name, tensors in files.items():
        golden, _ = safetensors_io.read(os.path.join(case, file_name))
        for name in tensors.keys() & entries.keys():
            apart = disagreement(golden[name], tensors[name].numpy(), structural_zeros(entries[name]))
            score.expect(apart <= AGREEMENT, f"{case}: {name} agrees to {AGREEMENT} of its largest value; got {apart:.3g}")
            worst = max(worst, (apart, name))
    return worst


def judge_case(score, etalon, case, folder):
    arrays, metadata = safetensors_io.read(os.path.join(case, "inputs.safetensors"))
    for dtype, compute in COMPUTE.items():
        files = run.candidate(arrays, metadata, dtype)
        code, report, printed = check(etalon, case, run.write(files, folder), dtype, folder)
        score.expect(code == 0, f"{case}: a correct {compute} run is accepted; got exit {code}\n{printed}")
        if dtype is torch.float64:
            apart, name = judge_agreement(score, case, files)
            print(f"{os.path.basename(case)}: apart by at most {apart:.2g} of a tensor's largest value, in {name}")


def judge_free_heads(score, etalon, folder):
    results = os.path.join(folder, "free_heads")
    done = subprocess.run([etalon, "run", FREE_HEADS, "--out", results], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    score.expect(done.returncode == 0, f"`etalon run` trains models with heads of a size of their own\n{done.stdout}")
    for name in ("free-gpt2", "free-llama"):
        case = os.path.join(results, "golden", name)
        _, metadata = safetensors_io.read(os.path.join(case, "inputs.safetensors"))
        usual = int(metadata["width"]) // int(metadata["n_heads"])
        score.expect(int(metadata["head_size"]) != usual, f"{name}: the heads are not of size {usual}")
        judge_case(score, etalon, case, folder)


def judge_faults(score, etalon, case, folder):
    arrays, metadata = safetensors_io.read(os.path.join(case, "inputs.safetensors"))
    for fault in faults.FAULTS.values():
        if metadata["family"] not in fault.first:
            continue
        expected = fault.first[metadata["family"]]
        for dtype, compute in COMPUTE.items():
            if dtype is torch.float32 and not fault.in_float32:
                continue
            paths = run.write(run.candidate(arrays, metadata, dtype, fault), folder)
            code, report, printed = check(etalon, case, paths, dtype, folder)
            hint = f"\n{printed}" if code > 1 else ""
            score.expect(code == 1, f"{case}: {fault.name} in {compute} is refused; got exit {code}{hint}")
            first = (report.get("first_divergence") or {}).get("name")
            score.expect(first == expected, f"{case}: {fault.name} in {compute} shows first at {expected}; the check says {first}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--etalon", required=True, help="the command that judges")
    parser.add_argument("--golden", required=True, help="the folder of the golden cases")
    arguments = parser.parse_args()

    torch.set_num_threads(1)  # the tensors are tiny
    score = Score()
    with tempfile.TemporaryDirectory() as folder:
        judge_reader(score, folder)
        judge_disagreement(score)
        for name in CASES:
            case = os.path.join(arguments.golden, name)
            if not os.path.exists(os.path.join(case, "manifest.json")):
                score.expect(False, f"{case}: the golden case is there; `etalon record {name}` writes it")
                continue
            judge_case(score, arguments.etalon, case, folder)
            if name.endswith("-stress"):
                judge_faults(score, arguments.etalon, case, folder)
        judge_free_heads(score, arguments.etalon, folder)
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed or not score.passed else 0


if __name__ == "__main__":
    sys.exit(main())
