// SPDX-License-Identifier: Apache-2.0
#include "information/bounds/sample_counts.h"

#include <cmath>
#include <string>

#include "base/bits.h"
#include "base/error.h"
#include "tensor/sum.h"

namespace etalon::information {

std::vector<double> binomial_law(long n, double odds) {
  std::vector<double> law(n + 1);
  if (std::isinf(odds)) return law[n] = 1, law;
  const double middle = static_cast<double>(n + 1) * (odds / (1 + odds));
  const long mode = std::clamp(static_cast<long>(middle), 0L, n);
  law[mode] = 1;
  // P(k+1) / P(k) = (n - k)/(k + 1) odds
  for (long k = mode; k < n; ++k) law[k + 1] = law[k] * (static_cast<double>(n - k) / static_cast<double>(k + 1) * odds);
  for (long k = mode; k > 0; --k) law[k - 1] = law[k] * (static_cast<double>(k) / (static_cast<double>(n - k + 1) * odds));
  const double total = ordered_sum<double>(n + 1, [&](long k) { return law[k]; });
  for (double& p : law) p = p / total;
  return law;
}

double number_of_counts(long n_draws, long n_classes) {
  double cases = 1;
  for (long c = 1; c < n_classes; ++c) cases = cases * (1 + static_cast<double>(n_draws) / static_cast<double>(c));
  return cases;
}

void require_enumerable(const char* where, double n_cases) {
  if (!(n_cases <= kMostCounts))
    throw Error(where, "at most " + shortest(kMostCounts) + " cases to enumerate", shortest(n_cases),
                "fewer samples K, or a critic with fewer different values: symbols that share a value are enumerated together");
}

}  // namespace etalon::information
