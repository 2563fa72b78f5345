// SPDX-License-Identifier: Apache-2.0
#include "certify/precision_ladder.h"

#include "golden/region.h"

namespace etalon::certify {

long Evaluation::n_entries() const {
  long n = 0;
  for (const auto& x : exact) n += x.size();
  return n;
}

long Evaluation::n_undecided() const {
  long n = n_other_undecided;
  for (const Rounded& r : rounded) n += static_cast<long>(r.undecided.size());
  return n;
}

std::optional<long> Evaluation::widest_log2() const {
  std::optional<long> widest;
  for (const Rounded& r : rounded)
    if (r.widest_log2) widest = widest ? std::max(*widest, *r.widest_log2) : *r.widest_log2;
  return widest;
}

void settle_or_refuse(Evaluation& evaluation) {
  for (std::size_t k = 0; k < evaluation.rounded.size(); ++k) {
    settle_as_vanishing(evaluation.exact[k], evaluation.rounded[k]);
    if (evaluation.rounded[k].undecided.empty()) continue;
    const long i = evaluation.rounded[k].undecided.front();
    throw Error(evaluation.names[k] + golden::index_text(i, evaluation.exact[k].shape()),
                "an enclosure that rounds to one double at " + std::to_string(kMostBits) + " bits",
                to_string(evaluation.exact[k][i]), "it lies midway between two doubles, or is infinite: other weights move it");
  }
  if (evaluation.n_other_undecided > 0)
    throw Error("measures", "values that round to one double at " + std::to_string(kMostBits) + " bits",
                std::to_string(evaluation.n_other_undecided) + " that do not", "see certify/measures.h");
}

}  // namespace etalon::certify
