// SPDX-License-Identifier: Apache-2.0
// precision_ladder.h — evaluate, and again with more bits, until every entry rounds to one double.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"
#include "certify/certify.h"
#include "certify/rounding.h"

namespace etalon::certify {

// One evaluation of a case: its tensors in the order of the manifest, and how many other values do not round yet.
struct Evaluation {
  std::vector<std::string> names;
  std::vector<Tensor<Ball>> exact;
  std::vector<Rounded> rounded;  // of each tensor
  long n_other_undecided = 0;    // measures that do not round

  long n_entries() const;
  long n_undecided() const;
  std::optional<long> widest_log2() const;
};

// At kMostBits: publishes as 0 what holds 0. Error: what is then left, by name and index.
void settle_or_refuse(Evaluation& evaluation);

// Calls evaluate() with Ball::precision() at kFirstBits and doubling, until no entry is undecided. Returns the last answer and
// fills precision, widest radius and seconds of the certificate. Errors: as settle_or_refuse; a comparison that stays undecided.
template <class Evaluate>
auto evaluate_until_decided(const std::string& name, const Progress& progress, golden::Certificate& certificate,
                            Evaluate evaluate) {
  const auto started = std::chrono::steady_clock::now();
  for (long bits = kFirstBits;; bits *= 2) {
    // Evaluate with so many bits; with the most there are, settle what holds 0
    const Ball::AtPrecision enough(bits);
    const std::string step = name + ", " + std::to_string(bits) + " bits: ";
    try {
      auto evaluation = evaluate();
      if (bits == kMostBits) settle_or_refuse(evaluation);

      // Come again with twice as many while entries are undecided
      const long n_left = evaluation.n_undecided();
      progress(step + std::to_string(n_left) + " of " + std::to_string(evaluation.n_entries()) + " entries undecided");
      if (n_left > 0) continue;

      // Fill in the certificate
      certificate.precision_bits = bits;
      certificate.widest_radius_log2_ulp = evaluation.widest_log2();
      certificate.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
      return evaluation;
    } catch (const Undecided& open) {
      if (bits == kMostBits) throw;
      progress(step + "not decided: " + open.question + "; trying again with " + std::to_string(2 * bits));
    }
  }
}

}  // namespace etalon::certify
