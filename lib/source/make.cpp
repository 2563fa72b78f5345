// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/bits.h"
#include "base/error.h"
#include "source/kinds.h"
#include "tensor/sum.h"

namespace etalon::source {
namespace {

struct Kind {
  const char* name;
  std::unique_ptr<const Source> (*make)(const SourceSpec&);
};

constexpr Kind kKinds[] = {
    {"iid", make_iid},
    {"markov", make_markov},
    {"even", make_even},
    {"golden_mean", make_golden_mean},
    {"sns", make_sns},
    {"hidden_markov", make_hidden_markov},
    {"spamlang", make_spamlang},
    {"noisy_spamlang", make_noisy_spamlang},
    {"noisy_copy", make_noisy_copy},
    {"parity", make_parity},
    {"anbn", make_anbn},
    {"dyck", make_dyck},
};

}  // namespace

std::vector<std::string> source_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

std::unique_ptr<const Source> make_source(const SourceSpec& spec) {
  std::string names;
  for (const Kind& kind : kKinds) {
    if (spec.kind == kind.name) return kind.make(spec);
    names += std::string(names.empty() ? "" : ", ") + kind.name;
  }
  throw Error("source", "one of " + names, "'" + spec.kind + "'", "`etalon list` prints the sources with what each one needs");
}

long vocab_size_of(const SourceSpec& spec) {
  if (spec.kind != "markov" || !spec.probabilities.empty()) return make_source(spec)->vocab_size();
  markov_states(spec);
  return spec.vocab_size;
}

Stream sequence_stream(std::uint64_t seed, const std::string& name, std::uint64_t sequence) {
  return Stream(seed, "source." + name + "." + std::to_string(sequence));
}

long draw(std::span<const double> p, double u) {
  double reached = 0;
  long last = 0;
  for (long k = 0; k < static_cast<long>(p.size()); ++k) {
    reached = reached + p[k];
    if (u < reached) return k;
    if (p[k] > 0) last = k;
  }
  return last;
}

void require_rows(const std::string& where, const std::vector<double>& p, long rows, long columns) {
  if (static_cast<long>(p.size()) != rows * columns)
    throw Error(where, std::to_string(rows) + " x " + std::to_string(columns) + " probabilities",
                std::to_string(p.size()) + " numbers", "one row for each past, one column for each symbol");
  for (long i = 0; i < rows; ++i) {
    const double* row = p.data() + i * columns;
    for (long j = 0; j < columns; ++j)
      if (!(row[j] >= 0 && row[j] <= 1))
        throw Error(where, "probabilities in [0, 1]", shortest(row[j]) + " in row " + std::to_string(i),
                    "is a row shifted by one?");
    const double sum = ordered_sum<double>(columns, [&](long j) { return row[j]; });
    if (!(std::fabs(sum - 1) <= 1e-12))
      throw Error(where, "rows that sum to 1", shortest(sum) + " in row " + std::to_string(i),
                  "rows are never rescaled; correct the input");
  }
}

void require_probability(const std::string& where, double eps) {
  if (eps >= 0 && eps <= 1) return;
  throw Error(where, "0 <= eps <= 1", shortest(eps), "eps is a probability, not a percentage");
}

}  // namespace etalon::source
