# SPDX-License-Identifier: Apache-2.0
"""Regenerates random entries from the recipe of docs/arithmetic.md alone: nothing here comes from the C++ code.

Run by ctest on tests/tensor/data/normal.txt, which the C++ test checks as well: two implementations, one file.
The lines between the two marks stand in docs/arithmetic.md word for word; tests/house checks that they do.
"""
import sys

# -- recipe
import math

def philox(counter, key):  # Philox4x32-10: four 32-bit words from four, under a key of two
    (a, b, c, d), (k, l), low = counter, key, 2**32 - 1
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = q >> 32 ^ b ^ k, q & low, p >> 32 ^ d ^ l, p & low
        k, l = k + 0x9E3779B9 & low, l + 0xBB67AE85 & low
    return a, b, c, d

def normal(seed, name, index, sigma):  # entry `index` of the tensor `name`: mean 0, standard deviation sigma
    low, h, z = 2**32 - 1, 14695981039346656037, -524280
    for byte in name.encode():
        h = (h ^ byte) * 1099511628211 % 2**64
    for block in 0, 1:
        counter = index & low, (index >> 32) + (block << 24), h & low, h >> 32
        z += sum((word & 0xFFFF) + (word >> 16) for word in philox(counter, (seed & low, seed >> 32)))
    mantissa, exponent = math.frexp(sigma / math.sqrt(16.0 * 4294967295.0 / 12.0))
    return z * math.ldexp(round(math.ldexp(mantissa, 32)), exponent - 32)
# -- end of recipe

KNOWN = [  # Random123's own known answers (tests/kat_vectors, philox4x32 10)
    ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]

if __name__ == "__main__":
    wrong = sum(philox(counter, key) != answer for counter, key, answer in KNOWN)
    rows = [line.split() for line in open(sys.argv[1]) if not line.startswith("#")]
    for seed, name, index, sigma, recorded in rows:
        value = normal(int(seed), name, int(index), float.fromhex(sigma))
        if value.hex() != float.fromhex(recorded).hex():
            wrong += 1
            print(f"{name}[{index}], seed {seed}: recorded {recorded}, the recipe gives {value.hex()}")
    print(f"{len(rows)} entries and {len(KNOWN)} known answers, {wrong} wrong")
    sys.exit(0 if rows and not wrong else 1)
