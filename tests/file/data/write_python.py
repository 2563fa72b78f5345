#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes python.safetensors with struct and json alone: a second pair of hands for the format's reader."""
import json
import pathlib
import struct

tensors = [
    ("w", "F64", [2, 3], struct.pack("<6d", 1.0, -0.0, 5e-324, 1e308, float("inf"), -1 / 3)),
    ("half", "F16", [4], struct.pack("<4e", 1.5, -2.0, 6e-8, 65504.0)),
    ("brain", "BF16", [3], struct.pack("<3H", 0x3F80, 0x0001, 0xFF80)),
    ("single", "F32", [1, 2], struct.pack("<2f", 0.1, -3.5)),
    ("targets", "I64", [2, 2], struct.pack("<4q", 0, -100, 2**62, 7)),
    ("small", "I32", [2], struct.pack("<2i", -5, 2**31 - 1)),
    ("mask", "BOOL", [3], bytes([1, 0, 1])),
    ("bytes", "U8", [2], bytes([0, 255])),
    ("empty", "F32", [0, 7], b""),
    ("scalar", "F64", [], struct.pack("<d", 2.5)),
]
header, data = {"__metadata__": {"made by": "struct and json", "greek": "\u03b1"}}, b""
for name, dtype, shape, raw in tensors:
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
path = pathlib.Path(__file__).with_name("python.safetensors")
path.write_bytes(struct.pack("<Q", len(text)) + text + data)
