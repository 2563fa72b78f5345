# SPDX-License-Identifier: Apache-2.0
"""safetensors_io.py — read and write .safetensors files; a file that is not exactly well formed is refused.

    8 bytes     n, the length of the header (unsigned, little-endian)
    n bytes     JSON: {"__metadata__": {text: text}, name: {"dtype", "shape", "data_offsets": [begin, end)}}
    the rest    the numbers, little-endian, row by row; the offsets cover it without gap or overlap

SOURCE  https://github.com/huggingface/safetensors, section Format. This is a separate implementation: it shares
        no code with the program that judges this client.
"""

import json
import math
import os
import struct

import numpy as np

DTYPES = {"F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "I64": np.dtype("<i8")}
MAX_HEADER = 100_000_000  # the limit of the format's own reader


class Malformed(Exception):
    """Says which file, which part of it, what was expected and what came."""


def read(path):
    """Returns (arrays by name in file order, metadata). Raises Malformed; OSError where there is no such file."""
    with open(path, "rb") as file:
        data = file.read()

    def refuse(where, expected, got):
        raise Malformed(f"{path}: {where}: expected {expected}, got {got}")

    # Find the header
    if len(data) < 8:
        refuse("length", "at least 8 bytes", len(data))
    (header_size,) = struct.unpack("<Q", data[:8])
    if header_size > min(MAX_HEADER, len(data) - 8):
        refuse("header length", f"at most the {len(data) - 8} bytes that follow", header_size)
    header = _parse(data[8:8 + header_size], refuse)
    numbers = data[8 + header_size:]

    # Read what the header says
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        refuse("__metadata__", "an object of strings", metadata)
    tensors, spans = {}, []
    for name, entry in header.items():
        dtype, shape, begin, end = _entry(name, entry, len(numbers), refuse)
        spans.append((begin, end, name))
        array = np.frombuffer(numbers, dtype, count=math.prod(shape), offset=begin).reshape(shape)
        tensors[name] = array.astype(dtype.newbyteorder("="))

    # Every byte belongs to exactly one tensor
    covered = 0
    for begin, end, name in sorted(spans):
        if begin != covered:
            refuse(f"data_offsets of {name}", f"to begin at {covered}", begin)
        covered = end
    if covered != len(numbers):
        refuse("data", f"{covered} bytes, as the header says", len(numbers))
    return tensors, metadata


def write(path, tensors, metadata=None):
    """Writes arrays or detached torch tensors in the order given: to a temporary name first, so that nobody reads half a file."""
    header, chunks, offset = {}, [], 0
    if metadata:
        header["__metadata__"] = dict(metadata)
    for name, tensor in tensors.items():
        array = np.asarray(tensor)
        code = next((c for c, dtype in DTYPES.items() if dtype == array.dtype.newbyteorder("<")), None)
        if code is None:
            raise TypeError(f"{name}: expected one of {', '.join(DTYPES)}, got {array.dtype}")
        chunks.append(array.astype(DTYPES[code]).tobytes())
        header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [offset, offset + len(chunks[-1])]}
        offset += len(chunks[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the numbers begin at a multiple of 8
    with open(f"{path}.part", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))
    os.replace(f"{path}.part", path)


def _parse(text, refuse):
    def without_duplicates(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            refuse("header", "every name once", next(n for n in names if names.count(n) > 1))
        return dict(pairs)

    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError) as error:
        refuse("header", "JSON in UTF-8", error)
    if not isinstance(header, dict):
        refuse("header", "a JSON object", type(header).__name__)
    return header


def _entry(name, entry, n_bytes, refuse):
    """One tensor's line of the header: (dtype, shape, begin, end), each checked against the others."""
    def is_count(value):
        return type(value) is int and value >= 0

    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        refuse(name, "dtype, shape and data_offsets", entry)
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in DTYPES:
        refuse(f"dtype of {name}", f"one of {', '.join(DTYPES)}", entry["dtype"])
    shape, span = entry["shape"], entry["data_offsets"]
    if not isinstance(shape, list) or not all(map(is_count, shape)):
        refuse(f"shape of {name}", "a list of counts", shape)
    if not isinstance(span, list) or len(span) != 2 or not all(map(is_count, span)) or not span[0] <= span[1] <= n_bytes:
        refuse(f"data_offsets of {name}", f"[begin, end] within the {n_bytes} bytes of data", span)
    dtype = DTYPES[entry["dtype"]]
    if span[1] - span[0] != math.prod(shape) * dtype.itemsize:
        refuse(f"data_offsets of {name}", f"{math.prod(shape) * dtype.itemsize} bytes for shape {shape}", span)
    return dtype, shape, span[0], span[1]
