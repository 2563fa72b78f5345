// SPDX-License-Identifier: Apache-2.0
#include "information/readout/temperature.h"

#include "base/error.h"
#include "scalar/scalar.h"

namespace etalon::information {
namespace {

// sum_k (kappa^2/4)^k / (k! (nu+1)_k) = exp(Phi): every term positive. Phi < 700 wherever divergence() sends it here.
double log_0f1(double nu, double kappa) {
  const double quarter = kappa * kappa / 4;
  double term = 1, beyond_first = 0;
  for (double k = 1; term > 0x1p-60 * (1 + beyond_first) || quarter > k * (nu + k); k = k + 1) {
    term = term * quarter / (k * (nu + k));
    beyond_first = beyond_first + term;
  }
  return log1p(beyond_first);
}

// Hankel's expansion,
//
//   sqrt(2 pi kappa) e^-kappa I_nu(kappa) = h_nu = sum_k (-1)^k a_k(nu) / kappa^k,     a_k = prod_{j<=k} (4 nu^2 - (2j-1)^2) / (8j)
//
// cut at its smallest term. Returns {h_nu, h_nu - h_{nu+1}}: the difference term by term, so it does not cancel.
struct Hankel {
  double h, drop;
};
Hankel hankel(double nu, double kappa) {
  const auto factor = [&](double order, double k) {
    return -(2 * order - (2 * k - 1)) * (2 * order + (2 * k - 1)) / (8 * k * kappa);
  };

  // Compute the terms of h_nu and h_{nu+1} and their difference, each from the last:
  //
  //   a_k = a_{k-1} f_a,   b_k = b_{k-1} f_b,   d_k = a_k - b_k = d_{k-1} f_a + b_{k-1} (f_a - f_b)
  //
  //   f_a - f_b = (4 (nu+1)^2 - 4 nu^2) / (8 k kappa)
  double a = 1, b = 1, d = 0, h = 1, drop = 0;
  for (double k = 1; k < 500; k = k + 1) {
    const double next_d = fma(d, factor(nu, k), b * (2 * nu + 1) / (2 * k * kappa));
    const double next_a = a * factor(nu, k), next_b = b * factor(nu + 1, k);

    // Cut the series where its terms begin to grow
    const bool grows = k > nu + 2 && abs(next_a) >= abs(a) && abs(next_b) >= abs(b);
    if (grows) break;

    // Add the terms, until they no longer count
    a = next_a, b = next_b, d = next_d;
    h = h + a;
    drop = drop + d;
    if (abs(a) <= 0x1p-60 * abs(h) && abs(d) <= 0x1p-60 * abs(drop)) break;
  }
  return {h, drop};
}

// The kappa > 0 with f(kappa) = target, f increasing: bracket by doubling, then halve until the ends are neighbours.
template <class F>
double solve_increasing(F f, double target) {
  double low = 0, high = 1;
  while (f(high) < target) {
    low = high;
    high = 2 * high;
  }
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (f(middle) < target ? low : high) = middle;
  }
}

}  // namespace

double bessel_ratio(double nu, double kappa) {
  // Perron's fraction from the tail: beyond k = kappa the denominators double, so 60 more terms leave nothing
  double ratio = 0;
  for (double k = static_cast<double>(static_cast<long>(kappa)) + 60; k >= 1; k = k - 1) ratio = 1 / (2 * (nu + k) / kappa + ratio);
  return ratio;
}

double concentration_divergence(double kappa, long dimension) {
  const double nu = static_cast<double>(dimension) / 2 - 1;
  if (kappa < 30 || kappa < nu * nu) return kappa * bessel_ratio(nu, kappa) - log_0f1(nu, kappa);
  // kappa A - Phi = (kappa - Phi) - kappa (1 - A)
  const double two_pi = 2 * Pi<double>::value();
  const auto [h, drop] = hankel(nu, kappa);
  const double below_linear = log(two_pi * kappa) / 2 - lgamma(nu + 1) - nu * log(2 / kappa) - log(h);
  return below_linear - kappa * (drop / h);
}

double temperature(Temperature kind, long n_anchors, long dimension) {
  const long smallest = kind == Temperature::amos ? 3 : 2;
  if (n_anchors < 2 || n_anchors > 1000000 || dimension < smallest || dimension > 1000000)
    throw Error("information.temperature", "2 to 1000000 anchors in R^d with " + std::to_string(smallest) + " <= d <= 1000000",
                std::to_string(n_anchors) + " anchors, d = " + std::to_string(dimension),
                "one anchor holds no information, and a line has two directions only");

  // Solve the rule's equation for kappa = 1/eps
  const double d = static_cast<double>(dimension), log_m = log(static_cast<double>(n_anchors)), nu = d / 2 - 1;
  switch (kind) {
    case Temperature::exact:
      return 1 / solve_increasing([&](double kappa) { return concentration_divergence(kappa, dimension); }, log_m);
    case Temperature::amos:
      return 1 / solve_increasing(
                     [&](double kappa) {
                       // Write differences as quotients, so that no large numbers cancel: with a = d/2 and
                       // outer = sqrt(kappa^2 + a^2) = G kappa + a, inner = sqrt(kappa^2 + nu^2),
                       // outer - a = kappa^2/(outer + a), inner - nu alike, and a + nu = a^2 - nu^2
                       const double a = d / 2, outer = sqrt(kappa * kappa + a * a), inner = sqrt(kappa * kappa + nu * nu);
                       const double above_a = kappa * kappa / (outer + a), above_nu = kappa * kappa / (inner + nu);
                       return nu * log1p(above_nu / (2 * nu)) - (above_a + above_nu) / (outer + inner);
                     },
                     log_m);
    case Temperature::leading: break;
  }
  return 1 / sqrt(2 * d * log_m);
}

Temperature temperature_named(const std::string& name) {
  for (const auto t : {Temperature::exact, Temperature::amos, Temperature::leading})
    if (name == to_string(t)) return t;
  throw Error("information.temperature", "exact, amos or leading", "'" + name + "'",
              "exact is the default; docs/information.md tells them apart");
}

}  // namespace etalon::information
