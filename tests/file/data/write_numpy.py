# SPDX-License-Identifier: Apache-2.0
"""write_numpy.py — what NumPy 1.24 writes, for tests/file/npz_test.cpp: the same arrays in stored.npz and deflated.npz.

    /usr/bin/python3 tests/file/data/write_numpy.py tests/file/data
"""

import os
import sys

import numpy as np

HERE = sys.argv[1]

ARRAYS = {
    "h.0": np.array([[0.5, -2, 65504], [6e-8, 1 / 3, 0]], "f2"),
    "h.10": np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3) / 8),
    "h.2": np.arange(12, dtype=">f8").reshape(2, 2, 3),
    "counts": np.array([[27, 3], [3, 7]]),
    "flags": np.array([True, False, True]),
    "zeros": np.zeros((30, 40), "f4"),
}
for dtype in ("f2", "f4", "f8", ">f2", ">f4", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i8", "?"):
    ARRAYS["eye." + dtype.replace(">", "big_")] = np.array([[1, 0], [0, 1]], dtype)


def main():
    np.savez(os.path.join(HERE, "stored.npz"), **ARRAYS)
    np.savez_compressed(os.path.join(HERE, "deflated.npz"), **ARRAYS)


if __name__ == "__main__":
    main()
