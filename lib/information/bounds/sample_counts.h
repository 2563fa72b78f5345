// SPDX-License-Identifier: Apache-2.0
// sample_counts.h — expectations over K independent draws, exact: by enumerating counts, not samples.
//
//   E value(n),  n ~ Multinomial(K, w),  n_c draws of class c
//
// What depends on K draws only through how often each class came has (K + C - 1 choose C - 1) cases instead of C^K. Symbols that
// give the same number are one class: a copy of 16 symbols has two, "the right one" and "another", and K = 256 is 257 cases.
//
// ORDER      Classes one after the other: n_1 ~ Binomial(K, w_1), n_2 ~ Binomial(K - n_1, w_2 / (1 - w_1)), ... Each level is a sum
//            of at most K + 1 products, so that rounding grows with the levels and not with the number of cases.
//
// ROUNDING   A binomial law is its largest term, taken as 1, times quotients (n - k)/(k + 1) p/(1 - p) outwards, divided by the
//            total. A term d steps from the middle is off by about 3 d ulp, and the law lives within some sqrt(K) steps: 1e-15 at
//            K = 256. Factorials, or lgamma, would lose 1e-13 there, as ln 256! = 1167 has.
#pragma once

#include <algorithm>
#include <vector>

#include "scalar/exact.h"

namespace etalon::information {

// P(k) for k = 0..n, k ~ Binomial(n, odds / (1 + odds)). Terms below 1e-308 of the largest are 0.
std::vector<double> binomial_law(long n, double odds);

// (n_draws + n_classes - 1 choose n_classes - 1), rounded; +infinity beyond the doubles.
double number_of_counts(long n_draws, long n_classes);

// Enough for 256 draws of 4 classes (2.9e6) for each of 5 y; a second or two.
inline constexpr double kMostCounts = 0x1p24;

// Error: more than kMostCounts cases.
void require_enumerable(const char* where, double n_cases);

// The expectation of n_values numbers. value(counts, out) writes them for one case.
template <class Value>
class CountExpectation {
 public:
  // mass > 0, of any total.
  CountExpectation(long n_draws, const std::vector<double>& mass, long n_values, Value value)
      : mass_(mass),
        rest_(mass.size(), 0.0),
        counts_(mass.size(), 0),
        below_(mass.size(), std::vector<double>(n_values)),
        value_(value) {
    for (std::size_t c = mass.size(); c-- > 1;) rest_[c - 1] = rest_[c] + mass[c];
    sum(0, n_draws);
  }

  const std::vector<double>& result() const { return below_[0]; }

 private:
  // below_[c] = the expectation over classes c, c+1, ..., of which `left` draws remain
  void sum(std::size_t c, long left) {
    std::vector<double>& total = below_[c];
    if (c + 1 == mass_.size()) {
      counts_[c] = left;
      value_(counts_, total);
      return;
    }
    std::fill(total.begin(), total.end(), 0.0);
    const auto law = binomial_law(left, mass_[c] / rest_[c]);
    for (long n = 0; n <= left; ++n) {
      if (law[n] == 0) continue;
      counts_[c] = n;
      sum(c + 1, left - n);
      for (std::size_t i = 0; i < total.size(); ++i) total[i] = fma(law[n], below_[c + 1][i], total[i]);
    }
  }

  const std::vector<double>& mass_;
  std::vector<double> rest_;  // mass of the classes after c
  std::vector<long> counts_;
  std::vector<std::vector<double>> below_;
  Value value_;
};

}  // namespace etalon::information
