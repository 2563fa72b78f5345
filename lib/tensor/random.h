// SPDX-License-Identifier: Apache-2.0
// random.h — randomness without a state: a number is a pure function of (seed, name, index).
//
// Philox4x32-10 turns a counter into 128 random bits under a key. The key is the seed; the counter
// holds the hash of the tensor's name and the index of the entry. So entry 7 of "h.0.attn.c_attn.weight"
// can be made alone, in any order, on any machine, by integer arithmetic.
//
//   bits(seed, name, index, block) = Philox_seed(index_lo, index_hi + 2^24 block, hash_lo, hash_hi)
//
// NORMAL   z = the sum of sixteen 16-bit words - 524280: an integer with mean 0 and variance
//          16 (2^32 - 1)/12, whose law differs from the normal's by less than 0.004 in distribution
//          function (Irwin-Hall, n = 16). The entry is z * scale, scale = sigma/sqrt(variance) rounded to 32 significant bits:
//          |z| < 2^20, so the product is exact, and any backend that multiplies correctly has it.
//
// SOURCE   Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "tensor/tensor.h"

namespace etalon {

// A seed and a name: one independent sequence of random words.
class Stream {
 public:
  Stream(std::uint64_t seed, std::string_view name);

  // 128 random bits for an index < 2^56; `block` numbers further blocks of the same index.
  std::array<std::uint32_t, 4> words(std::uint64_t index, std::uint32_t block = 0) const;

  // Uniform on the multiples of 2^-53 in [0, 1).
  double uniform(std::uint64_t index) const;

  // The integer z of NORMAL above.
  std::int64_t normal_integer(std::uint64_t index) const;

  // Uniform on {0, ..., n-1} to within 2^-64 n, by one 64 x 64 -> 128 bit product.
  std::uint64_t below(std::uint64_t n, std::uint64_t index) const;

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint64_t name_hash_;
};

// The exact factor of NORMAL: z * normal_scale(sigma) has standard deviation sigma (to 2^-32 relative).
double normal_scale(double sigma);

// A tensor of N(mean, sigma^2) entries: mean + z * scale; exact when mean is 0, one rounding else.
Tensor<double> normal_tensor(const Stream& stream, const Shape& shape, double mean, double sigma);

}  // namespace etalon
