// SPDX-License-Identifier: Apache-2.0
#include "tensor/random.h"

#include <Random123/philox.h>

#include <cmath>

#include "scalar/exact.h"

namespace etalon {
namespace {

// FNV-1a, 64 bit: a name becomes two counter words.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

std::uint64_t join(std::uint32_t high, std::uint32_t low) { return std::uint64_t{high} << 32 | low; }

}  // namespace

Stream::Stream(std::uint64_t seed, std::string_view name)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}, name_hash_(hash_name(name)) {}

std::array<std::uint32_t, 4> Stream::words(std::uint64_t index, std::uint32_t block) const {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32) + (block << 24),
       static_cast<std::uint32_t>(name_hash_), static_cast<std::uint32_t>(name_hash_ >> 32)}};
  const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
  const auto out = r123::Philox4x32()(counter, key);
  return {out[0], out[1], out[2], out[3]};
}

double Stream::uniform(std::uint64_t index) const {
  const auto w = words(index);
  return static_cast<double>(join(w[1], w[0]) >> 11) * 0x1p-53;
}

std::int64_t Stream::normal_integer(std::uint64_t index) const {
  std::int64_t z = -524280;  // minus the mean of sixteen words, 16 (2^16 - 1)/2
  for (const std::uint32_t block : {0u, 1u})
    for (const std::uint32_t word : words(index, block)) z += (word & 0xffff) + (word >> 16);
  return z;
}

std::uint64_t Stream::below(std::uint64_t n, std::uint64_t index) const {
  const auto w = words(index);
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(Wide{join(w[1], w[0])} * n >> 64);
}

double normal_scale(double sigma) {
  const double deviation = sqrt(16.0 * 4294967295.0 / 12.0);
  int exponent = 0;
  const double mantissa = std::frexp(sigma / deviation, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, 32)), exponent - 32);
}

Tensor<double> normal_tensor(const Stream& stream, const Shape& shape, double mean, double sigma) {
  const double scale = normal_scale(sigma);
  auto t = Tensor<double>::to_fill(shape);
  for (long i = 0; i < t.size(); ++i) t[i] = mean + static_cast<double>(stream.normal_integer(i)) * scale;
  return t;
}

}  // namespace etalon
