// SPDX-License-Identifier: Apache-2.0
// Rows of unit length and rows of softmax: every kernel has the bits of the definition, over odd sizes and extreme rows.
#include "tensor/rows.h"

#include <catch2/catch.hpp>
#include <limits>

#include "base/bits.h"
#include "scalar/ball.h"
#include "tensor/kernel/choose.h"
#include "tensor/random.h"

using namespace etalon;

namespace {

// All 53 bits in use.
Tensor<double> entries(const std::string& name, const Shape& shape, double size) {
  auto x = normal_tensor(Stream(1, name), shape, 0, 1);
  const auto factor = normal_tensor(Stream(2, name), shape, 0, 1);
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] * factor[i] * size;
  return x;
}

std::vector<double> largest_of(const Tensor<double>& x) {
  std::vector<double> largest(x.n_rows(), 0);
  for (long i = 0; i < x.size(); ++i) largest[i / x.n_cols()] = std::max(largest[i / x.n_cols()], etalon::abs(x[i]));
  return largest;
}

long n_unlike(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  long n = 0;
  for (std::size_t i = 0; i < a.size(); ++i) n += !same_bits(a[i], b[i]);
  return n;
}

// Rows of scores with room between them.
struct Scores {
  Scores(const Tensor<double>& x) : m(x.n_cols()), data(Shape{x.n_rows(), row_stride<double>(m)}), entropy(x.n_rows()) {
    for (long i = 0; i < x.size(); ++i) data[i / m * data.n_cols() + i % m] = x[i];
  }
  Matrix<double> rows() { return {data.data(), data.n_rows(), m, data.n_cols(), 1}; }
  std::vector<double> values() {
    std::vector<double> all(entropy);
    for (long i = 0; i < data.n_rows(); ++i)
      for (long j = 0; j < m; ++j) all.push_back(data[i * data.n_cols() + j]);
    return all;
  }
  long m;
  Tensor<double> data;
  std::vector<double> entropy;
};

}  // namespace

TEST_CASE("softmax rows: every kernel has the bits of the definition", "[rows]") {
  for (const kernel::Kernel* k : kernel::available())
    for (const auto& [n, m] : {std::pair{1L, 1L}, {3L, 2L}, {8L, 7L}, {9L, 8L}, {17L, 9L}, {65L, 100L}, {40L, 257L}})
      for (const double size : {1e-3, 1.0, 40.0, 700.0}) {
        CAPTURE(k->name, n, m, size);
        const auto x = entries("scores", Shape{n, m}, size);
        Scores defined(x), fast(x);
        softmax_rows_by_definition(defined.rows(), 0.7, defined.entropy.data());
        softmax_rows_with(*k, fast.rows(), 0.7, fast.entropy.data());
        CHECK(n_unlike(fast.values(), defined.values()) == 0);
      }
}

TEST_CASE("softmax rows: certain, uniform and vanishing probabilities", "[rows]") {
  const Tensor<double> x(Shape{5, 5}, {0,   0,    0,    0, 0,     -1e5,  0,     -1e5, -1e5, -1e5, -0.0, 0.0, -0.0,
                                       0.0, -0.0, 1000, 0, 260.1, 255.5, 254.9, -700, -709, -740, -745, 0});
  for (const kernel::Kernel* k : kernel::available()) {
    CAPTURE(k->name);
    Scores defined(x), fast(x);
    softmax_rows_by_definition(defined.rows(), 1.0, defined.entropy.data());
    softmax_rows_with(*k, fast.rows(), 1.0, fast.entropy.data());
    CHECK(n_unlike(fast.values(), defined.values()) == 0);
    CHECK(fast.entropy[1] == 0);
    CHECK(fast.values()[5] == 0.2);
  }
}

TEST_CASE("softmax rows: entropies and probabilities lie where balls say", "[rows]") {
  const auto x = entries("scores", Shape{4, 11}, 5);
  Scores fast(x);
  softmax_rows<double>(fast.rows(), 0.3, fast.entropy.data());
  auto exact = as<Ball>(x);
  std::vector<Ball> entropy(4);
  softmax_rows<Ball>(exact.rows(), Ball(0.3), entropy.data());
  for (long i = 0; i < 4; ++i) CHECK(etalon::abs(fast.entropy[i] - midpoint(entropy[i])) < 1e-13);
}

TEST_CASE("unit rows: every kernel has the bits of the definition, whatever the size of the row", "[rows]") {
  for (const kernel::Kernel* k : kernel::available())
    for (const auto& [n, d] : {std::pair{1L, 1L}, {7L, 3L}, {8L, 8L}, {17L, 33L}, {50L, 128L}}) {
      auto x = entries("rows", Shape{n, d}, 1);
      for (long i = 0; i < n; ++i)
        for (long j = 0; j < d; ++j) x[i * d + j] = std::ldexp(x[i * d + j], static_cast<int>(i * 331 % 1900) - 950);
      const auto largest = largest_of(x);
      Tensor<double> defined(x.shape()), fast(x.shape());
      unit_rows_by_definition(x.data(), n, d, largest.data(), defined.data());
      unit_rows_with(*k, x.data(), n, d, largest.data(), fast.data());
      CAPTURE(k->name, n, d);
      CHECK(n_unlike(fast.values(), defined.values()) == 0);
    }
}

TEST_CASE("unit rows: the largest and the smallest numbers there are", "[rows]") {
  const double huge = std::numeric_limits<double>::max(), tiny = 0x1p-1074;
  const Tensor<double> large(Shape{3, 2}, {huge, huge, huge, tiny, -1, 1}), small(Shape{2, 2}, {tiny, -tiny, 0x1p-1022, tiny});
  for (const auto& x : {large, small})
    for (const kernel::Kernel* k : kernel::available()) {
      const auto largest = largest_of(x);
      Tensor<double> defined(x.shape()), fast(x.shape());
      unit_rows_by_definition(x.data(), x.n_rows(), 2, largest.data(), defined.data());
      unit_rows_with(*k, x.data(), x.n_rows(), 2, largest.data(), fast.data());
      CAPTURE(k->name);
      CHECK(n_unlike(fast.values(), defined.values()) == 0);
      CHECK(etalon::abs(fast[0] - etalon::sqrt(0.5)) < 2e-16);
    }
}

TEST_CASE("planted: sums in another order, exp of another library, the padding summed", "[rows][planted]") {
  const auto x = entries("scores", Shape{16, 100}, 3);
  Scores ours(x);
  softmax_rows<double>(ours.rows(), 0.7, ours.entropy.data());
  Scores backwards(x), padded(x);
  // Z from right to left
  for (long i = 0; i < 16; ++i) {
    double* row = backwards.data.data() + i * 104;
    double most = row[0] / 0.7;
    for (long j = 0; j < 100; ++j) row[j] = row[j] / 0.7, most = std::max(most, row[j]);
    for (long j = 0; j < 100; ++j) row[j] = etalon::exp(row[j] - most);
    double z = 0;
    for (long j = 99; j >= 0; --j) z = z + row[j];
    for (long j = 0; j < 100; ++j) row[j] = row[j] / z;
  }
  backwards.entropy = ours.entropy;
  CHECK(n_unlike(ours.values(), backwards.values()) > 10);
  softmax_rows<double>({padded.data.data(), 16, 104, 104, 1}, 0.7, padded.entropy.data());
  CHECK(n_unlike(ours.values(), padded.values()) > 1000);
}
