// SPDX-License-Identifier: Apache-2.0
// Lower bounds <= I(X;Y) <= upper bounds where probabilities are tiny and their ratios huge.
#include "ib_oracle/bounds.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "information/bounds/pairwise.h"
#include "information/law/entropy.h"
#include "scalar/exact.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::information;

namespace {

// Entries 10^-u for u up to 320, a quarter of them 0; `rows`: each row a law of its own.
Tensor<double> extreme_table(const Stream& stream, long n_x, long n_y, bool rows, std::uint64_t& index) {
  Tensor<double> p(Shape{n_x, n_y});
  for (long x = 0; x < n_x; ++x)
    for (long y = 0; y < n_y; ++y) {
      const double wide = stream.uniform(index++) < 0.5 ? 20 : 320;
      p[x * n_y + y] = stream.uniform(index++) < 0.25 && y != x % n_y ? 0 : etalon::exp(-wide * 2.3 * stream.uniform(index++));
    }
  for (long x = 0; x < n_x; ++x) {
    double total = 0;
    for (long i = rows ? x * n_y : 0; i < (rows ? (x + 1) * n_y : p.size()); ++i) total += p[i];
    for (long i = rows ? x * n_y : 0; i < (rows ? (x + 1) * n_y : p.size()); ++i) p[i] = p[i] / total;
    if (!rows) break;
  }
  return p;
}

}  // namespace

TEST_CASE("a row that is rare and far from all others: both pairwise bounds are its entropy's share", "[bounds][edge]") {
  // The issue: log1p(-1) made the lower bound +infinity where I is ln 2
  for (const double rare : {1e-15, 1e-16, 1e-20, 1e-300, 0x1p-1074}) {
    const Joint joint(Tensor<double>(Shape{3, 3}, {rare, 0, 0, 0, 0.5, 0, 0, 0, 0.5}));
    const double i = mutual_information(joint).value;
    INFO(rare);
    CHECK(etalon::abs(pairwise_kl_bound(joint).value.value - i) < 1e-13);
    CHECK(etalon::abs(pairwise_bhattacharyya_bound(joint).value.value - i) < 1e-13);
    Tensor<double> weights(Shape{3, 1}, {rare, 0.5, 0.5});
    CHECK(etalon::abs(pairwise_of_each(weights, pairwise_bhattacharyya(joint))[0] - i) < 1e-13);
  }
}

TEST_CASE("every bound stands on its side of I, whatever the ratios", "[bounds][law][edge]") {
  const Stream stream(1, "bounds.extreme");
  std::uint64_t index = 0;
  long n = 0, infinite = 0;
  for (int trial = 0; trial < 1500; ++trial) {
    const long n_x = 2 + static_cast<long>(stream.below(3, index++)), n_y = 2 + static_cast<long>(stream.below(3, index++));
    const Joint joint(extreme_table(stream, n_x, n_y, false, index));
    const double i = mutual_information(joint).value;
    ib_oracle::BoundInput input;
    input.decoder = extreme_table(stream, n_x, n_y, true, index);
    input.prior = extreme_table(stream, 1, n_y, true, index);
    input.critic = Tensor<double>(Shape{n_x, n_y});
    for (long k = 0; k < n_x * n_y; ++k) (*input.critic)[k] = 600 * (stream.uniform(index++) - 0.5);
    for (const bool own_critic : {false, true}) {
      if (own_critic) input.critic.reset();
      for (const long k : {2, 3}) {
        input.samples = k;
        for (const auto& name : ib_oracle::bounds_for(input)) {
          INFO("trial " << trial << " " << name << " K " << k << " I " << i);
          try {
            const auto bound = *ib_oracle::bound_named(name, joint, input);
            const double value = bound.upper.value;
            INFO("value " << value);
            CHECK_FALSE(std::isnan(value));
            if (bound.kind == BoundKind::lower) CHECK(value <= i + 1e-13);
            if (bound.kind == BoundKind::upper) CHECK(value >= i - 1e-13);
            CHECK(std::isinf(value) == !bound.how.why_infinite.empty());
            infinite += std::isinf(value);
            ++n;
          } catch (const Error&) {
            // Refused, with a reason: a value that is no number or beyond the largest double
          }
        }
      }
    }
  }
  CHECK(n > 20000);
  CHECK(infinite > 100);
}
