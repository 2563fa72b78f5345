// SPDX-License-Identifier: Apache-2.0
// points.h — numbers to work on, and how a program of this folder prints its answers.
//
// The numbers come from integers and one exact product (splitmix64), so that the inputs are the same everywhere and only the
// answers may differ. Answers are printed one a line, every bit of them, so that diff compares two runs.
#pragma once

#include <cstdint>
#include <cstdio>
#include <vector>

// The i-th of a sequence, uniform in [-1, 1), a multiple of 2^-52.
inline double point(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  z = z ^ z >> 31;
  return static_cast<double>(static_cast<std::int64_t>(z) >> 11) * 0x1p-52;
}

inline std::vector<double> points(long n, std::uint64_t from) {
  std::vector<double> out(n);
  for (long i = 0; i < n; ++i) out[i] = point(from + i);
  return out;
}

inline void print(double answer) { std::printf("%a\n", answer); }
