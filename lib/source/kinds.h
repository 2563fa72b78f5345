// SPDX-License-Identifier: Apache-2.0
// kinds.h — what the kinds of sources share: one maker for each kind, how symbols are drawn, and what probabilities must satisfy.
#pragma once

#include "source/source.h"
#include "tensor/random.h"

namespace etalon::source {

// The randomness of one sequence; its indices are dealt out by the source.
Stream sequence_stream(std::uint64_t seed, const std::string& name, std::uint64_t sequence);

// The smallest k with u < p_0 + ... + p_k; the last k with p_k > 0 if rounding leaves u above them all.
long draw(std::span<const double> p, double u);

// Error unless every row of p [rows, columns] is nonnegative, finite and sums to 1 within 1e-12: wider than the
// rounding of decimal probabilities, narrower than a forgotten entry.
void require_rows(const std::string& where, const std::vector<double>& p, long rows, long columns);

// Error unless 0 <= eps <= 1.
void require_probability(const std::string& where, double eps);

// The states of its chain, V^order. Error: a size out of range, as make_markov.
long markov_states(const SourceSpec& spec);

// One for each kind; SourceSpec says which fields each reads. Error: as make_source.
std::unique_ptr<const Source> make_iid(const SourceSpec& spec);
std::unique_ptr<const Source> make_markov(const SourceSpec& spec);
std::unique_ptr<const Source> make_noisy_copy(const SourceSpec& spec);
std::unique_ptr<const Source> make_hidden_markov(const SourceSpec& spec);
std::unique_ptr<const Source> make_even(const SourceSpec& spec);
std::unique_ptr<const Source> make_golden_mean(const SourceSpec& spec);
std::unique_ptr<const Source> make_sns(const SourceSpec& spec);
std::unique_ptr<const Source> make_spamlang(const SourceSpec& spec);
std::unique_ptr<const Source> make_noisy_spamlang(const SourceSpec& spec);
std::unique_ptr<const Source> make_parity(const SourceSpec& spec);
std::unique_ptr<const Source> make_anbn(const SourceSpec& spec);
std::unique_ptr<const Source> make_dyck(const SourceSpec& spec);

}  // namespace etalon::source
