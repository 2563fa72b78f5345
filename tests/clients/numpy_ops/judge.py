#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""judge.py — five kernels in numpy against golden/op (ctest: client.numpy_ops).

For each op, in float64 and float32: `etalon check` accepts the op as ops.py writes it (exit 0), and refuses it with a
mistake that its golden cases were made to show (exit 1). The client reads <case>/in/<k>, <case>/y_bar and the setting; it
writes <case>/y and <case>/x_bar/<k>.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit(f"client.numpy_ops: {sys.executable} cannot import numpy: apt-get install python3-numpy")

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "torch"))
import safetensors_io
from ops import OPS

COMPUTE = {np.float64: "fp64", np.float32: "fp32"}


# One mistake for each op, in the form of the op.


def softmax_without_max(_, x):
    e = np.exp(x)
    y = e / e.sum(-1, keepdims=True)
    return y, lambda y_bar: [y * (y_bar - (y * y_bar).sum(-1, keepdims=True))]


def layer_norm_eps_outside_root(setting, x, gain, bias):
    eps = float(setting["eps"])
    spread = x.std(-1, keepdims=True)
    inside = {"eps": str(2 * float(spread.flat[0]) * eps + eps * eps)}  # (s + eps)^2 = s^2 + this, for the first row
    return OPS["layer_norm"](inside, x, gain, bias)


def gelu_tanh_without_cube(_, x):
    k = np.sqrt(2 / np.pi)
    t = np.tanh(k * x)
    return x * (1 + t) / 2, lambda y_bar: [y_bar * ((1 + t) + x * (1 - t * t) * k) / 2]


def relu_with_a_slope_at_zero(_, x):
    return np.maximum(x, 0), lambda y_bar: [y_bar * (x >= 0)]


def rope_of_the_other_layout(setting, x):
    return OPS["rope"](setting | {"interleaved": not setting["interleaved"]}, x)


MISTAKES = {"softmax": softmax_without_max, "layer_norm": layer_norm_eps_outside_root, "gelu_tanh": gelu_tanh_without_cube,
            "relu": relu_with_a_slope_at_zero, "rope": rope_of_the_other_layout}


def run(op, folder, dtype):
    """Every case of the op: {tensor name: array}."""
    with open(os.path.join(folder, "manifest.json")) as file:
        cases = json.load(file)["subject"]["cases"]
    out = {}
    for case in cases:
        name = case["name"]
        arrays, _ = safetensors_io.read(os.path.join(folder, f"{name}.safetensors"))
        n_inputs = sum(key.startswith(f"{name}/in/") for key in arrays)
        y, pull = op(case["setting"], *(arrays[f"{name}/in/{k}"].astype(dtype) for k in range(n_inputs)))
        x_bars = pull(arrays[f"{name}/y_bar"].astype(dtype))
        out |= {f"{name}/y": y.astype(dtype)} | {f"{name}/x_bar/{k}": x_bar.astype(dtype) for k, x_bar in enumerate(x_bars)}
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--etalon", required=True, help="the command that judges")
    parser.add_argument("--golden", required=True, help="the folder of the golden cases")
    arguments = parser.parse_args()

    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch, np.errstate(all="ignore"):  # mistakes overflow; the check says so
        candidate = os.path.join(scratch, "candidate.safetensors")
        for name, right in OPS.items():
            folder = os.path.join(arguments.golden, "op", name)
            if not os.path.exists(os.path.join(folder, "manifest.json")):
                failed += 1
                print(f"FAILED  {folder}: the golden case is there; `etalon record op/{name}` writes it")
                continue
            for dtype, compute in COMPUTE.items():
                for op, expected in ((right, 0), (MISTAKES[name], 1)):
                    safetensors_io.write(candidate, run(op, folder, dtype))
                    done = subprocess.run([arguments.etalon, "check", folder, candidate, "--compute", compute],
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                    passed += done.returncode == expected
                    failed += done.returncode != expected
                    if done.returncode != expected:
                        print(f"FAILED  {op.__name__} in {compute}: expected exit {expected}, got {done.returncode}\n{done.stdout}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
