// SPDX-License-Identifier: Apache-2.0
// The worked numbers of docs/information-exact.md, computed here: each line below must stand in the page, letter for letter.
#include <catch2/catch.hpp>

#include "information/bottleneck/deterministic.h"
#include "information/bottleneck/gaussian.h"
#include "information/law/conditional.h"
#include "information/law/entropy.h"
#include "information/limits/capacity.h"
#include "information/limits/continuous.h"
#include "information/limits/rate_closed_forms.h"
#include "information/limits/rate_distortion.h"
#include "information/truth.h"
#include "law/line.h"
#include "missing.h"

using namespace etalon;
using law::line;
using namespace etalon::information;

namespace {

const std::vector<double> kWeather = {0.75, 0.25};
Tensor<double> hamming() { return Tensor<double>(Shape{2, 2}, {0, 1, 1, 0}); }

std::vector<std::string> capacity_lines() {
  const Tensor<double> w(Shape{3, 2}, {0.9, 0.1, 0.1, 0.9, 0.88, 0.12});
  std::vector<std::string> lines;
  for (const long sweeps : {20L, 200L, 2000L}) {
    const auto c = capacity(w, {.max_sweeps = sweeps, .newton = false});
    lines.push_back(line("sweeps alone  %5ld   %.15f  %.15f  %.1e", c.value.lower.how.iterations, c.value.lower.value.value,
                         c.value.upper.value.value, c.input[2]));
  }
  const auto c = capacity(w);
  lines.push_back(line("with Newton   %5ld   %.15f  %.15f  %.0f", c.value.lower.how.iterations, c.value.lower.value.value,
                       c.value.upper.value.value, c.input[2]));
  return lines;
}

std::vector<std::string> rate_lines() {
  std::vector<std::string> lines;
  for (const double d : {0.0, 0.05, 0.1, 0.2, 0.25}) {
    const auto r = rate_at_distortion(kWeather, hamming(), d);
    lines.push_back(line("%4.2f   %.12f  %.12f  %.5f", d, r.rate.lower.value.value, r.rate.upper.value.value, r.beta));
  }
  const auto points = rate_distortion_curve(kWeather, hamming(), {1.5, 3});
  const auto rough = rate_between(points, 0.1);
  lines.push_back(line("%.4f <= R(.1) = %.4f <= %.4f", rough.lower.value.value, hamming_rate(kWeather, 0.1).value.value,
                       rough.upper.value.value));
  lines.push_back(line("R = %.6f nats", gaussian_rate(1, 0.25).value.value));
  return lines;
}

std::vector<std::string> gaussian_lines() {
  const std::vector<double> rho = {0.9, 0.6};
  std::vector<std::string> lines;
  for (const double beta : {1.0, 2.0, 3.0, 10.0}) {
    const auto p = gaussian_bottleneck(rho, beta);
    lines.push_back(line("%4.0f   %ld    %.6f  %.6f  %.3f  %.3f", beta, p.n_active, p.i_x.value.value, p.i_y.value.value, p.gain[0],
                         p.gain[1]));
  }
  const auto at = gaussian_bottleneck_at_rate(rho, Nats(1));
  lines.push_back(line("beta = %.4f, I(T;Y) = %.6f of %.6f", at.beta, at.i_y.value.value, gaussian_information(rho).value.value));
  return lines;
}

std::vector<std::string> deterministic_lines() {
  const auto family = deterministic_family(truth::joint(3, 3, {0.2, 0, 0.2, 0, 0, 0.2, 0, 0.2, 0.2}));
  std::vector<std::string> lines;
  for (const auto& p : family.best)
    lines.push_back(line("%ld   %.6f  %.6f", p.n_clusters, p.names.value.value, p.relevant.value.value));
  lines.push_back(line("two clusters from beta = %.4f, three from %.4f", family.betas[0], family.betas[1]));
  return lines;
}

std::vector<std::string> other_lines() {
  Tensor<double> p(Shape{2, 2, 2});
  for (long x = 0; x < 2; ++x)
    for (long y = 0; y < 2; ++y) p[(x * 2 + y) * 2 + (x ^ y)] = 0.25;
  const Triple parity(p);
  return {line("I(X;Y) = %.0f, I(X;Y|Z) = %.6f", mutual_information(parity.xy()).value,
               conditional_mutual_information(parity).value.value),
          line("Student, nu = 3, rho = .75    %.6f nats, of which %.6f for the tails", student_information(3, 0.75).value.value,
               student_information(3, 0).value.value),
          line("I(X;Y) = %.6f, with the sign %.6f", zero_inflated_poisson_information(0.15).value.value,
               zero_inflated_poisson_flagged_information(0.15).value.value)};
}

}  // namespace

TEST_CASE("lesson: the numbers of docs/information-exact.md are what the code computes", "[information][docs]") {
  const std::string page = read_text(ETALON_SOURCE_DIR "/docs/information-exact.md");
  for (const auto& lines : {capacity_lines(), rate_lines(), gaussian_lines(), deterministic_lines(), other_lines()})
    for (const std::string& expected : lines) {
      INFO(expected);
      CHECK(missing(page, expected) == "");
    }
}
