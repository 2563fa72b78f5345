# SPDX-License-Identifier: Apache-2.0
"""own_ops.py — PyTorch's own functions, held to the op cases: a correct backend is never refused.

    own_ops.py --etalon ETALON --golden GOLDEN

Each op is a line or two of public PyTorch, differentiated by autograd, in float64 and float32. It must be right on every case of
its page. Then each is bent a little (every output 0.1 % larger) and must be refused. Every page of the book has its line here.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from fractions import Fraction

import torch
import torch.nn.functional as F

import safetensors_io


def to_query_heads(kv, queries):
    """Each key and value head as often as query heads read it."""
    return kv.repeat_interleave(queries.shape[1] // kv.shape[1], 1)


def causal_mask(s, x):
    return x.masked_fill(~torch.tensor(s["visible"]).bool().reshape(x.shape), 0)


def cross_entropy(s, x):
    targets = torch.tensor(s["targets"])
    return F.cross_entropy(x.reshape(-1, x.shape[-1]), targets, ignore_index=s.get("ignore", -100))


def embedding(s, table):
    return F.embedding(torch.tensor(s["tokens"]).reshape(s["leading"]), table)


def rope(s, x):
    n_sequences, _, n_tokens, size = x.shape
    position = torch.tensor(s["positions"], dtype=torch.float64).reshape(n_sequences, 1, n_tokens, 1)
    angle = position * float(Fraction(s["theta"])) ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    cosine, sine = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = (x[..., 0::2], x[..., 1::2]) if s["interleaved"] else x.chunk(2, -1)
    turned = (a * cosine - b * sine, b * cosine + a * sine)
    return torch.stack(turned, -1).flatten(-2) if s["interleaved"] else torch.cat(turned, -1)


def scale(s, x):
    factor = float(Fraction(s["factor"]))
    return x * (factor ** 0.5 if s["root"] else factor)


def softmax(s, x):
    if not s.get("visible"):
        return F.softmax(x, -1)
    hidden = ~torch.tensor(s["visible"]).bool().reshape(x.shape)
    return torch.nan_to_num(F.softmax(x.masked_fill(hidden, -torch.inf), -1))


def split_heads(s, x):
    heads, size, first = s["n_heads"], s["head_size"], s["first_column"]
    return x[..., first:first + heads * size].unflatten(-1, (heads, size)).transpose(1, 2)


def vib_head(_, mu, log_variance, noise):
    z = mu + torch.exp(0.5 * log_variance) * noise
    rate = -0.5 * torch.sum(1 + log_variance - mu.pow(2) - log_variance.exp(), -1, keepdim=True)
    return torch.cat([z, rate], -1)


OPS = {
    "add": lambda s, a, b: a + b,
    "attention_mix": lambda s, p, v: p @ to_query_heads(v, p),
    "attention_products": lambda s, q, k: q @ to_query_heads(k, q).transpose(-1, -2),
    "causal_mask": causal_mask,
    "cross_entropy": cross_entropy,
    "embedding": embedding,
    "gelu": lambda s, x: F.gelu(x),
    "gelu_tanh": lambda s, x: F.gelu(x, approximate="tanh"),
    "layer_norm": lambda s, x, gain, bias: F.layer_norm(x, x.shape[-1:], gain, bias, float(s["eps"])),
    "linear": lambda s, x, w, *b: x @ (w.T if s["layout"] == "out_in" else w) + (b[0] if b else 0),
    "merge_heads": lambda s, x: x.transpose(1, 2).flatten(2),
    "relu": lambda s, x: F.relu(x),
    "rms_norm": lambda s, x, gain: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + float(s["eps"])) * gain,
    "rope": rope,
    "scale": scale,
    "silu": lambda s, x: F.silu(x),
    "softmax": softmax,
    "split_heads": split_heads,
    "swiglu": lambda s, gate, up: F.silu(gate) * up,
    "vib_head": vib_head,
}


def outputs(op, folder, case, dtype, bend):
    """What PyTorch makes of one case: y and x_bar by their golden names."""
    arrays, _ = safetensors_io.read(os.path.join(folder, case["name"] + ".safetensors"))
    name = case["name"]
    n_inputs = sum(key.startswith(name + "/in/") for key in arrays)
    inputs = [torch.tensor(arrays[f"{name}/in/{k}"]).to(dtype).requires_grad_() for k in range(n_inputs)]
    y_bar = torch.tensor(arrays[f"{name}/y_bar"]).to(dtype)
    y = OPS[op](case["setting"] or {}, *inputs) * bend
    y.backward(y_bar.reshape(y.shape))
    found = {f"{name}/y": y.detach().numpy().reshape(tuple(y_bar.shape))}
    found.update({f"{name}/x_bar/{k}": x.grad.numpy() for k, x in enumerate(inputs)})
    return found


def verdict(etalon, folder, op, dtype, precision, bend):
    manifest = json.load(open(os.path.join(folder, "manifest.json"), encoding="utf-8"))
    candidate = {}
    for case in manifest["subject"]["cases"]:
        candidate.update(outputs(op, folder, case, dtype, bend))
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "candidate.safetensors")
        safetensors_io.write(path, candidate)
        done = subprocess.run([etalon, "check", folder, path, "--compute", precision], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--etalon", required=True)
    parser.add_argument("--golden", required=True, help="the folder golden/")
    args = parser.parse_args()
    passed = failed = 0
    for op in OPS:
        for dtype, precision in ((torch.float64, "fp64"), (torch.float32, "fp32")):
            for bend, expected in ((1, 0), (1.001, 1)):
                code, text = verdict(args.etalon, os.path.join(args.golden, "op", op), op, dtype, precision, bend)
                if code == expected:
                    passed += 1
                    continue
                failed += 1
                print(f"{op} in {precision}, outputs times {bend}: expected exit {expected}, got {code}\n{text}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
