// SPDX-License-Identifier: Apache-2.0
// The worked numbers of docs/bounds.md, computed here: each line below must stand in the page, letter for letter.
#include <catch2/catch.hpp>

#include "information/bounds/club.h"
#include "information/bounds/contrastive.h"
#include "information/bounds/critic.h"
#include "information/bounds/pairwise.h"
#include "information/bounds/vib.h"
#include "information/law/entropy.h"
#include "information/truth.h"
#include "law/line.h"
#include "missing.h"

using namespace etalon;
using namespace etalon::information;
using law::line;

namespace {

template <class Claimed>
std::string row(const char* name, const Claimed& claim) {
  return line("    %-34s %.10f nats   %s", name, claim.value.value, to_string(Claimed::kind));
}

Tensor<double> flips(double e) { return Tensor<double>(Shape{2, 2}, {1 - e, e, e, 1 - e}); }

std::vector<std::string> lines() {
  // Take the critics ln r / 2 and 1 + ln r / 2
  const auto p = truth::bsc(0.1);
  auto half = log_ratio(p), half_and_one = half;
  for (long i = 0; i < 4; ++i) {
    half[i] = half[i] / 2;
    half_and_one[i] = half[i] + 1;
  }
  const auto a = best_log_baseline(p, half);

  // Print each bound on I(X;Y), as the lesson shows it
  return {
      row("I(X;Y)", Exact{mutual_information(p)}),
      row("q = BSC(.2)", decoder_bound(p, flips(0.2))),
      row("f = ln r / 2", donsker_varadhan(p, half)),
      row("f = 1 + ln r / 2", nwj(p, half_and_one)),
      row("f = ln r / 2, best a", tuba(p, half, a)),
      row("K = 2", info_nce(p, 2)),
      row("K = 16", info_nce(p, 16)),
      row("K = 256", info_nce(p, 256)),
      row("f = ln r, b = 0, alpha .5, K = 4", interpolated(p, log_ratio(p), {0, 0}, 0.5, 4)),
      // Bounds of other kinds, from below and above
      row("Bhattacharyya", pairwise_bhattacharyya_bound(p)),
      row("pairwise KL", pairwise_kl_bound(p)),
      row("r = (.6, .4)", vib_rate(p, {0.6, 0.4})),
      row("p(y|x) itself", club(p)),
      row("leave-one-out, K = 3", leave_one_out(p, 3)),
      row("leave-one-out, K = 64", leave_one_out(p, 64)),
      row("DV of K = 4, best critic", donsker_varadhan_samples(p, 4, Negatives::of_pairs)),
      row("DV of K = 4, f = ln r / 2", donsker_varadhan_samples(p, half, 4, Negatives::of_pairs)),
      row("vCLUB, q = BSC(.4)", vclub(p, flips(0.4))),
      row("vCLUB, q = BSC(.2)", vclub(p, flips(0.2))),
      row("normal, rho = .75", club_normal(0.75)),
      row("objective, beta = 2", vib_objective(p, flips(0.2), {0.6, 0.4}, flips(0.3), 2)),
      row("L, beta = 2", bottleneck_lagrangian(p, flips(0.2), 2)),
  };
}

}  // namespace

TEST_CASE("lesson: the numbers of docs/bounds.md are what the code computes", "[information][bounds][docs]") {
  const std::string page = read_text(ETALON_SOURCE_DIR "/docs/bounds.md");
  for (const std::string& expected : lines()) {
    INFO(expected);
    CHECK(missing(page, expected + "\n") == "");
  }
}
