// SPDX-License-Identifier: Apache-2.0
#include "information/bottleneck/columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "information/bottleneck/certificate_body.h"
#include "information/bottleneck/newton.h"
#include "information/bottleneck/sweeps.h"
#include "information/law/entropy.h"
#include "scalar/interval.h"
#include "tensor/matmul.h"
#include "tensor/sum.h"

namespace etalon::information {

template CertifiedMinimum certify_minimum<Interval>(const BottleneckProblem&, double, const Clusters&, const CertificateSetting&);

namespace {

// Thresholds. ln c and F are in nats; F is of the size of 1 + beta, so what is compared with F is multiplied by that.

// Is a new column worth it?
constexpr double kWorthAColumn = 1e-13;                      // ln c: what a column gains below it is rounding
constexpr double kProofTolerance = 2e-13;                    // ln c: proved below it, the minimum is known
constexpr double kStopsTheProof = 10 * kProofTolerance;      // ln c met by the proof: more than rounding, so a column is missing
constexpr double kRoundingOfF = 0x1p-50;                     // times 1 + beta: below it F no longer tells two solutions apart
constexpr double kSharesOfNewColumns[] = {0.3, 0.01, 1e-4};  // of the weight: where a large one leads nowhere, a smaller one may
constexpr std::size_t kColumnsAtOnce = 8;                    // the highest maxima of c; a column too many loses its weight again
constexpr long kMostRounds = 60;                             // of new columns; each must lower F, or c, by more than rounding

// Is a cluster one too many? If it is left out and were needed, it would come back as a column.
constexpr double kWeighsNothing = 1e-9;  // a weight that is left out if it shrinks as well
constexpr double kShrinks = 1 - 1e-7;    // its share after a sweep: shrinking by more than rounding
constexpr double kSameCentre = 1e-6;     // merging two such centres changes F by about kSameCentre^2 of what they weigh
constexpr double kCostsNothing = 1e-12;  // times 1 + beta: what F may rise by when clusters are left out or merged

// How long on the way to a fixed point?
constexpr long kRoughSweeps = 24;        // enough for a good start from anywhere; from there Newton is faster
constexpr long kSweepsAfterWeights = 4;  // the centres follow their new weights, before Newton moves both
constexpr int kMostAttempts = 8;         // of Newton; each that fails is followed by more sweeps

// Where are the maxima of c?
constexpr long kFirstAscents = 20;       // from every start: enough to see which maxima are high
constexpr long kAscentsFromProof = 40;   // from one point with c > 1 that the proof has met
constexpr long kAllAscents = 1000;       // until nothing moves, for the few that decide
constexpr double kSameMaximum = 1e-3;    // ascents that end so near to each other are on the way to one maximum
constexpr double kWorthClimbing = 1e-3;  // ln c below 0 after the first ascents: the maximum above may still be at c = 1
constexpr double kMayStillRise = 1e-2;   // the same where no proof will follow: look at more of them

// Beyond so many rows c costs so much that it is not climbed from all of them
constexpr long kManyRows = 256;
constexpr long kSpreadStarts = 64;          // rows, each as far as can be from those before, at which c is looked at
constexpr std::size_t kClimbedStarts = 16;  // the highest of these, from which it is climbed
constexpr long kTermsClimbed = 10000000;    // in all, by the few that decide

// Is the optimum unique?
constexpr double kOtherMaximum = 1e-10;  // ln c below 0: such a maximum counts as c = 1
constexpr double kFarApart = 2e-2;       // from every centre, for such a maximum to be another solution
constexpr std::size_t kAllMaxima = 64;   // more are not looked at

// Is beta so large that the encoder is hard, each x in one cluster?
constexpr double kEveryRowBeta = 1e4;     // beyond it a cluster for every W_x is a good start as well
constexpr double kHardEncoderBeta = 1e8;  // beyond it beta KL is rounding, and the encoder as hard as can be
constexpr long kHardSweeps = 50;          // only rows that are nearly equal still change places

double distance(const double* a, const double* b, long n) {
  double most = 0;
  for (long y = 0; y < n; ++y) most = std::max(most, abs(a[y] - b[y]));
  return most;
}

const double* nearest_centre(const Clusters& c, const double* r) {
  const long n_y = c.centre.n_cols();
  const double* best = c.centre.data();
  for (long t = 1; t < c.centre.n_rows(); ++t)
    if (distance(c.centre.data() + t * n_y, r, n_y) < distance(best, r, n_y)) best = c.centre.data() + t * n_y;
  return best;
}

Clusters trivial(const BottleneckProblem& problem) { return {{1}, Tensor<double>(Shape{1, problem.n_y()}, problem.p_y)}; }

Clusters with_centre(const Clusters& c, const double* r, double weight) {
  Clusters out = c;
  std::vector<double> centres = c.centre.values();
  centres.insert(centres.end(), r, r + c.centre.n_cols());
  out.weight.push_back(weight);
  out.centre = Tensor<double>(Shape{static_cast<long>(out.weight.size()), c.centre.n_cols()}, std::move(centres));
  return out;
}

// In one order, whatever the way here: by centre, the largest first entry first.
Clusters sorted(const Clusters& c) {
  const long n_y = c.centre.n_cols();
  std::vector<long> order(c.weight.size());
  for (std::size_t t = 0; t < order.size(); ++t) order[t] = static_cast<long>(t);
  std::sort(order.begin(), order.end(), [&](long s, long t) {
    return std::lexicographical_compare(c.centre.data() + t * n_y, c.centre.data() + (t + 1) * n_y, c.centre.data() + s * n_y,
                                        c.centre.data() + (s + 1) * n_y);
  });
  Clusters out{{}, Tensor<double>::to_fill(Shape{static_cast<long>(order.size()), n_y})};
  for (std::size_t k = 0; k < order.size(); ++k) {
    out.weight.push_back(c.weight[order[k]]);
    std::copy_n(c.centre.data() + order[k] * n_y, n_y, out.centre.data() + static_cast<long>(k) * n_y);
  }
  return out;
}

// s and t as one cluster: at the first centre, at the second or at their mean, whichever has the least F. An entry of 0 against
// one of 1e-11 is a difference in kind: from 0 nothing can move it.
Clusters with_pair_merged(const BottleneckProblem& problem, double beta, const Clusters& c, long s, long t) {
  const long n_y = c.centre.n_cols();
  std::vector<char> kept(c.weight.size(), 1);
  kept[t] = 0;
  Clusters best;
  double least = std::numeric_limits<double>::infinity();
  const double both = c.weight[s] + c.weight[t];
  for (const double share : {0.0, c.weight[t] / both, 1.0}) {
    // Put both weights at one point of the line between the centres
    Clusters one = c;
    one.weight[s] = both;
    for (long y = 0; y < n_y; ++y) one.centre[s * n_y + y] = (1 - share) * c.centre[s * n_y + y] + share * c.centre[t * n_y + y];
    one = keep(one, kept);

    // Keep the point with the least F
    const double energy = free_energy(problem, beta, one);
    if (!(energy < least) && !best.weight.empty()) continue;
    least = energy;
    best = std::move(one);
  }
  return best;
}

// Without the clusters that weigh nothing and shrink, and with equal centres merged: if that costs nothing.
Clusters tidied(const BottleneckProblem& problem, double beta, const Clusters& given) {
  const long n_t = static_cast<long>(given.weight.size()), n_y = given.centre.n_cols();

  // Leave out what weighs nothing and shrinks
  const Clusters next = decode(problem, encode(problem, beta, given), given);
  std::vector<char> kept(n_t, 1);
  for (long t = 0; t < n_t; ++t) kept[t] = !(given.weight[t] < kWeighsNothing && next.weight[t] < kShrinks * given.weight[t]);
  Clusters c = keep(given, kept);

  // Merge equal centres
  for (long s = 0; s < c.centre.n_rows(); ++s)
    for (long t = c.centre.n_rows() - 1; t > s; --t)
      if (distance(c.centre.data() + s * n_y, c.centre.data() + t * n_y, n_y) <= kSameCentre)
        c = with_pair_merged(problem, beta, c, s, t);

  // Stay with the given clusters if F would rise
  if (static_cast<long>(c.weight.size()) == n_t) return given;
  return free_energy(problem, beta, c) < free_energy(problem, beta, given) + kCostsNothing * (1 + beta) ? c : given;
}

bool few_unknowns(const BottleneckProblem& problem, const Clusters& c) {
  return static_cast<long>(c.weight.size()) * (1 + problem.n_y()) <= kMostUnknowns;
}

// Where the self-consistent equations hold, from a start: some sweeps for the rough way, Newton for the rest of it; where Newton is
// too dear, sweeps to the end.
Sweeping fixed_point_from(const BottleneckProblem& problem, double beta, const Clusters& start, const ColumnSetting& setting) {
  // Sweep the rough way
  Sweeping s = sweep(problem, beta, start, std::min(kRoughSweeps, setting.max_sweeps), setting.tolerance);
  long total = s.sweeps;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    // Drop clusters that are one too many: they make Newton's matrix singular
    s.clusters = tidied(problem, beta, s.clusters);
    const bool newton = few_unknowns(problem, s.clusters);
    if (newton) {
      // Give the centres their best weights, the first time
      if (attempt == 0)
        s.clusters = sweep(problem, beta, reweighed(problem, beta, s.clusters), kSweepsAfterWeights, setting.tolerance).clusters;

      // Take Newton steps of weights and centres together
      auto polished = polish(problem, beta, s.clusters);
      total += polished.steps;
      s.converged = polished.converged;

      // Stop if it converged and no cluster is one too many there; if one is, try without it
      const std::size_t polished_size = polished.clusters.weight.size();
      s.clusters = tidied(problem, beta, polished.clusters);
      if (s.converged && s.clusters.weight.size() == polished_size) break;
      if (s.converged) continue;
    }

    // Sweep to a better start where Newton failed, to the end where it is too dear
    if (total >= setting.max_sweeps) break;
    s = sweep(problem, beta, s.clusters, std::min(newton ? 4 * kRoughSweeps : setting.max_sweeps, setting.max_sweeps - total),
              setting.tolerance);
    total += s.sweeps;
    if (s.converged && !newton) break;
  }
  s.sweeps = total;
  return s;
}

// Rows of which each is as far as can be from those before it, the first the farthest from p_Y; all rows if there are not many.
std::vector<long> spread_rows(const BottleneckProblem& problem) {
  const long n_x = problem.n_x(), n_y = problem.n_y();
  std::vector<long> rows;
  if (n_x <= kManyRows) {
    for (long x = 0; x < n_x; ++x) rows.push_back(x);
    return rows;
  }
  std::vector<double> away(n_x, std::numeric_limits<double>::infinity());
  const double* last = problem.p_y.data();
  while (static_cast<long>(rows.size()) < kSpreadStarts) {
    for (long x = 0; x < n_x; ++x) away[x] = std::min(away[x], distance(problem.w.data() + x * n_y, last, n_y));
    rows.push_back(std::max_element(away.begin(), away.end()) - away.begin());
    last = problem.w.data() + rows.back() * n_y;
  }
  return rows;
}

// Laws to begin ascents at: p_Y and the W_x of these rows, each also pulled towards p_Y, since an entry that is 0 stays 0.
Tensor<double> ascent_starts(const BottleneckProblem& problem, const std::vector<long>& rows) {
  const long n = static_cast<long>(rows.size()), n_y = problem.n_y();
  auto r = Tensor<double>::to_fill(Shape{2 * n + 1, n_y});
  for (long y = 0; y < n_y; ++y) {
    r[y] = problem.p_y[y];
    for (long x = 0; x < n; ++x) {
      const double w = problem.w[rows[x] * n_y + y];
      r[(1 + 2 * x) * n_y + y] = w;
      r[(2 + 2 * x) * n_y + y] = fma(0.25, problem.p_y[y] - w, w);
    }
  }
  return r;
}

// The different maxima of c above a threshold, the highest first; at most `most`.
std::vector<std::vector<double>> maxima(const Ascent& ascent, double threshold, std::size_t most) {
  const long n_y = ascent.at.n_cols();

  // Sort what is above the threshold, the highest first
  std::vector<long> order;
  for (std::size_t s = 0; s < ascent.log_c.size(); ++s)
    if (ascent.log_c[s] > threshold) order.push_back(static_cast<long>(s));
  std::stable_sort(order.begin(), order.end(), [&](long a, long b) { return ascent.log_c[a] > ascent.log_c[b]; });

  // Keep the highest of several that end at one maximum
  std::vector<std::vector<double>> found;
  for (const long s : order) {
    const double* r = ascent.at.data() + s * n_y;
    const bool known =
        std::any_of(found.begin(), found.end(), [&](const auto& f) { return distance(f.data(), r, n_y) < kSameMaximum; });
    if (!known && found.size() < most) found.emplace_back(r, r + n_y);
  }
  return found;
}

// New centres with an equal share of some weight. One that is next to an old centre takes its place: with both, weights say
// nothing.
Clusters with_columns(const Clusters& c, const std::vector<std::vector<double>>& columns, double share) {
  const long n_y = c.centre.n_cols();

  // Move an old centre to the new one beside it
  Clusters wider = c;
  std::vector<const double*> apart;
  for (const auto& r : columns) {
    long t = 0;
    while (t < c.centre.n_rows() && distance(c.centre.data() + t * n_y, r.data(), n_y) > kSameCentre) ++t;
    if (t < c.centre.n_rows()) std::copy(r.begin(), r.end(), wider.centre.data() + t * n_y);
    else apart.push_back(r.data());
  }

  // Give the others their share of the weight
  if (apart.empty()) return wider;
  for (double& q : wider.weight) q = q * (1 - share);
  for (const double* r : apart) wider = with_centre(wider, r, share / static_cast<double>(apart.size()));
  return wider;
}

class Solver {
 public:
  Solver(const BottleneckProblem& problem, double beta, const ColumnSetting& setting)
      : problem_(problem), beta_(beta), setting_(setting), starts_(ascent_starts(problem, spread_rows(problem))) {}

  Columns solve(const std::vector<Clusters>& warm_starts) {
    if (beta_ > kHardEncoderBeta) return hard_encoder();

    // Begin with the start of the least F: nothing kept, a given one, every W_x
    Clusters start = trivial(problem_);
    std::vector<Clusters> starts = warm_starts;
    if (beta_ > kEveryRowBeta) starts.push_back({problem_.p_x, problem_.w});
    for (const Clusters& warm : starts)
      if (free_energy(problem_, beta_, warm) < free_energy(problem_, beta_, start)) start = warm;
    move_to_fixed_point(start);

    for (long round = 0; round < kMostRounds; ++round) {
      // Look where c > 1, by some ascents from everywhere
      ascents_ = ascend_from_everywhere(kFirstAscents);
      auto columns = maxima(ascents_, kWorthAColumn, kColumnsAtOnce);

      // Go on, if there is none, with the ascents that are nearly there, or let the proof meet it
      if (columns.empty() && !provable())
        columns = maxima(climbed(maxima(ascents_, -kMayStillRise, kColumnsAtOnce)), kWorthAColumn, kColumnsAtOnce);
      if (columns.empty() && provable()) columns = column_by_proof();

      // Add what was found, or split a centre towards it; stop if there is none or it changes nothing
      if (columns.empty() || !(improve(columns) || split(columns))) break;
    }
    state_.clusters = sorted(state_.clusters);
    return finished();
  }

 private:
  bool provable() const { return setting_.prove && problem_.n_y() <= kMostCertifiedY; }

  void move_to_fixed_point(const Clusters& start) {
    auto s = fixed_point_from(problem_, beta_, start, setting_);
    sweeps_ += s.sweeps;
    state_ = std::move(s);
    proof_.reset();
    energy_ = free_energy(problem_, beta_, state_.clusters);
  }

  // Every W_x a cluster of its own, after some sweeps. Nothing is proved but what any encoder proves.
  Columns hard_encoder() {
    Clusters all{problem_.p_x, problem_.w};
    const auto s = sweep(problem_, beta_, all, kHardSweeps, setting_.tolerance);
    Columns out{sorted(s.clusters), {}, {}, s.sweeps, s.converged};
    out.minimum = enclosed_energy<Interval>(problem_, beta_, out.clusters);
    out.minimum.lower.how.certificate = out.minimum.upper.how.certificate = Certificate::none;
    out.lower_found = {out.minimum.lower.value, out.minimum.lower.how};
    return out;
  }

  // False if the columns change nothing: then what is left of c - 1 is rounding. Where F, of size beta, no longer tells two
  // solutions apart, the largest c does.
  bool improve(const std::vector<std::vector<double>>& columns) {
    const Sweeping before = state_;
    const auto proof = proof_;
    const double energy = energy_, noise = kRoundingOfF * (1 + beta_), excess = largest_at(columns);
    for (const double share : kSharesOfNewColumns) {
      // Add the columns, with the best weights if they can be found, and go to the fixed point
      Clusters wider = with_columns(before.clusters, columns, share);
      const bool few = few_unknowns(problem_, wider);
      if (few) wider = reweighed(problem_, beta_, wider);
      move_to_fixed_point(wider);

      // Stay there if F fell, or if c did
      if (energy_ < energy - noise || (energy_ < energy + noise && largest_at(columns) < excess / 2)) return true;
      if (few) break;  // the share did not matter
    }

    // Go back otherwise
    state_ = before;
    energy_ = energy;
    proof_ = proof;
    return false;
  }

  // Just beyond the beta where a centre r_t splits, c > 1 on both sides of it by 1e-11. A column on one side alone would move the mean
  // of the centres, which costs more. So r_t is replaced by two halves, r_t +- a (column - r_t), at the a of the least F.
  bool split(const std::vector<std::vector<double>>& columns) {
    constexpr int kHalfOctaves = 16;  // a from 2^-8 to 2^8
    if (problem_.n_x() > kManyRows) return false;
    Clusters best;
    double least = energy_;
    for (const auto& r : columns)
      for (long t = 0; t < state_.clusters.centre.n_rows(); ++t)
        for (int k = -kHalfOctaves; k <= kHalfOctaves; ++k) {
          // Keep the pair with the least F
          const Clusters halves = halved(t, r, exp(0.5 * kLn2 * k));
          if (halves.weight.empty()) continue;
          const double energy = free_energy(problem_, beta_, halves);
          if (!(energy < least)) continue;
          least = energy;
          best = halves;
        }

    // Go to the fixed point from there, and stay if F fell
    if (best.weight.empty()) return false;
    const Sweeping before = state_;
    const auto proof = proof_;
    const double energy = energy_;
    move_to_fixed_point(best);
    if (energy_ < energy - kRoundingOfF * (1 + beta_)) return true;
    state_ = before;
    energy_ = energy;
    proof_ = proof;
    return false;
  }

  // Centre t as two, r_t +- a (r - r_t); no clusters where that leaves the simplex.
  Clusters halved(long t, const std::vector<double>& r, double a) const {
    const long n_y = problem_.n_y();
    const double* centre = state_.clusters.centre.data() + t * n_y;
    std::vector<double> one(n_y), other(n_y);
    for (long y = 0; y < n_y; ++y) {
      one[y] = centre[y] + a * (r[y] - centre[y]);
      other[y] = centre[y] - a * (r[y] - centre[y]);
      if (!(one[y] >= 0 && other[y] >= 0)) return {};
    }
    Clusters halves = with_centre(state_.clusters, other.data(), state_.clusters.weight[t] / 2);
    halves.weight[t] = halves.weight[t] / 2;
    std::copy(one.begin(), one.end(), halves.centre.data() + t * n_y);
    return halves;
  }

  // The largest ln c at these laws, under the weights and centres of now.
  double largest_at(const std::vector<std::vector<double>>& laws) const {
    auto at = Tensor<double>::to_fill(Shape{static_cast<long>(laws.size()), problem_.n_y()});
    for (std::size_t s = 0; s < laws.size(); ++s)
      std::copy(laws[s].begin(), laws[s].end(), at.data() + static_cast<long>(s) * problem_.n_y());
    const auto ascent = ascend(problem_, beta_, log_partition(problem_, beta_, state_.clusters), std::move(at), 0);
    return *std::max_element(ascent.log_c.begin(), ascent.log_c.end());
  }
  Ascent ascend_from_everywhere(long n_steps) const {
    const auto log_z = log_partition(problem_, beta_, state_.clusters);
    if (problem_.n_x() <= kManyRows) return ascend(problem_, beta_, log_z, starts_, n_steps);

    // With many rows, look everywhere and climb from the highest
    const Ascent seen = ascend(problem_, beta_, log_z, starts_, 0);
    const auto highest = maxima(seen, -std::numeric_limits<double>::infinity(), kClimbedStarts);
    std::vector<double> from;
    for (const auto& r : highest) from.insert(from.end(), r.begin(), r.end());
    return ascend(problem_, beta_, log_z, Tensor<double>(Shape{static_cast<long>(highest.size()), problem_.n_y()}, std::move(from)),
                  n_steps);
  }
  // As often as it takes for the few that decide; with many rows, as often as time allows.
  long all_ascents(long n_starts) const {
    if (problem_.n_x() <= kManyRows) return kAllAscents;
    return std::clamp(kTermsClimbed / (n_starts * problem_.n_x()), 2 * kFirstAscents, kAllAscents);
  }

  // Branch and bound until the proof, or until it meets a c that is too large: from there, up.
  std::vector<std::vector<double>> column_by_proof() {
    const CertificateSetting search{kProofTolerance, setting_.max_cells, kStopsTheProof, setting_.stop};
    const auto proof = certify_minimum<Interval>(problem_, beta_, state_.clusters, search);
    if (!(proof.log_c_found > search.stop_above)) {
      proof_ = proof;
      return {};
    }
    Tensor<double> from(Shape{1, problem_.n_y()}, proof.found_at);
    return maxima(ascend(problem_, beta_, log_partition(problem_, beta_, state_.clusters), std::move(from), kAscentsFromProof),
                  kWorthAColumn, 1);
  }

  Columns finished() {
    Columns out;
    out.clusters = state_.clusters;
    out.converged = state_.converged;
    out.sweeps = sweeps_;

    // Take the largest c that was met
    double log_c = 0;
    for (const double found : ascents_.log_c) log_c = std::max(log_c, found);

    // Bound the minimum: by the proof, or by what any encoder proves
    if (provable()) {
      if (!proof_)
        proof_ =
            certify_minimum<Interval>(problem_, beta_, state_.clusters, {kProofTolerance, setting_.max_cells, -1, setting_.stop});
      out.minimum = proof_->lagrangian;
      log_c = std::max(log_c, proof_->log_c_found);
    } else {
      out.minimum = enclosed_energy<Interval>(problem_, beta_, state_.clusters);
      out.minimum.lower.how.certificate = out.minimum.upper.how.certificate =
          setting_.prove ? Certificate::grid : Certificate::none;
    }
    out.lower_found = {Nats(out.minimum.upper.value.value - std::max(0.0, log_c)), out.minimum.upper.how};

    // Say whether there are other optima
    const Degeneracy degeneracy = degeneracy_of(ascents_);
    for (Provenance* how : {&out.minimum.lower.how, &out.minimum.upper.how, &out.lower_found.how}) how->degeneracy = degeneracy;
    return out;
  }

  // Another maximum of c at 1 means another optimum; if c stays at 1 on the way there, everything between is optimal too.
  Degeneracy degeneracy_of(const Ascent& ascents) const {
    const long n_y = problem_.n_y();

    // Look for maxima at c = 1 away from every centre, and whether c stays at 1 from there to the nearest centre
    bool jump = false;
    for (const auto& r : maxima(climbed(maxima(ascents, -kWorthClimbing, kAllMaxima)), -kOtherMaximum, kAllMaxima)) {
      const double* centre = nearest_centre(state_.clusters, r.data());
      if (distance(centre, r.data(), n_y) < kFarApart) continue;
      jump = true;
      if (flat_between(r.data(), centre)) return Degeneracy::continuum;
    }

    // Look whether c stays at 1 between neighbouring centres
    for (long s = 0; s + 1 < state_.clusters.centre.n_rows(); ++s) {
      const double* a = state_.clusters.centre.data() + s * n_y;
      if (distance(a, a + n_y, n_y) > kFarApart && flat_between(a, a + n_y)) return Degeneracy::continuum;
    }
    if (jump) return Degeneracy::first_order_jump;
    return state_.clusters.weight.size() == 1 ? Degeneracy::trivial : Degeneracy::none;
  }
  // The ends of those laws that are not on the way to a centre, after many more ascents.
  Ascent climbed(const std::vector<std::vector<double>>& laws) const {
    std::vector<double> from;
    for (const auto& r : laws)
      if (distance(nearest_centre(state_.clusters, r.data()), r.data(), problem_.n_y()) > kFarApart)
        from.insert(from.end(), r.begin(), r.end());
    if (from.empty()) return {};
    const long n = static_cast<long>(from.size()) / problem_.n_y();
    return ascend(problem_, beta_, log_partition(problem_, beta_, state_.clusters),
                  Tensor<double>(Shape{n, problem_.n_y()}, std::move(from)), all_ascents(n));
  }
  bool flat_between(const double* a, const double* b) const {
    auto between = Tensor<double>::to_fill(Shape{3, problem_.n_y()});
    for (long k = 0; k < 3; ++k)
      for (long y = 0; y < problem_.n_y(); ++y)
        between[k * problem_.n_y() + y] = fma(0.25 * static_cast<double>(k + 1), b[y] - a[y], a[y]);
    const auto ascent = ascend(problem_, beta_, log_partition(problem_, beta_, state_.clusters), std::move(between), 0);
    return std::all_of(ascent.log_c.begin(), ascent.log_c.end(), [](double l) { return l > -kOtherMaximum; });
  }

  const BottleneckProblem& problem_;
  double beta_;
  ColumnSetting setting_;
  const Tensor<double> starts_;  // of ascents
  Sweeping state_;
  Ascent ascents_;                         // from everywhere, of the last round
  std::optional<CertifiedMinimum> proof_;  // of state_ as it is
  double energy_ = 0;
  long sweeps_ = 0;
};

}  // namespace

Ascent ascend(const BottleneckProblem& problem, double beta, const std::vector<double>& log_z, Tensor<double> from, long n_steps) {
  const long n_s = from.n_rows(), n_x = problem.n_x(), n_y = problem.n_y();
  Ascent out{std::move(from), std::vector<double>(n_s)};

  // Take the logarithm of what does not depend on r in each term of c:  a_x = p_x / Z_x e^{-beta sum_y W ln W}
  std::vector<double> log_a(n_x);
  for (long x = 0; x < n_x; ++x) log_a[x] = log(problem.p_x[x]) - log_z[x] - beta * problem.minus_h[x];
  auto log_r = Tensor<double>::to_fill(Shape{n_s, n_y}), u = Tensor<double>::to_fill(Shape{n_s, n_x});
  for (long step = 0;; ++step) {
    // Average ln r over each W_x:  u_sx = sum_y W_xy ln r_sy
    for (long k = 0; k < log_r.size(); ++k) log_r[k] = out.at[k] > 0 ? log(out.at[k]) : kLogZero;
    matmul<double>(log_r.rows(), problem.w.rows().transposed(), u.rows());

    for (long s = 0; s < n_s; ++s) {
      // Take the logarithm of each term, and the largest
      double* row = u.data() + s * n_x;
      double m = -std::numeric_limits<double>::infinity();
      for (long x = 0; x < n_x; ++x) {
        row[x] = log_a[x] + beta * row[x];
        m = row[x] > m ? row[x] : m;
      }

      // Add the terms up to ln c, and compute their shares w_x of c
      for (long x = 0; x < n_x; ++x) row[x] = exp(row[x] - m);
      const double sum = ordered_sum<double>(n_x, [&](long x) { return row[x]; });
      out.log_c[s] = m + log(sum);
      for (long x = 0; x < n_x; ++x) row[x] = row[x] / sum;
    }
    if (step == n_steps) return out;

    // Move each r to the mean of the W_x by these shares:  r <- sum_x w_x W_x
    matmul<double>(u.rows(), problem.w.rows(), out.at.rows());
  }
}

Columns solve_by_columns(const BottleneckProblem& problem, double beta, const ColumnSetting& setting,
                         const std::vector<Clusters>& warm_starts) {
  if (beta > 1 && problem.n_x() > 1) return Solver(problem, beta, setting).solve(warm_starts);
  // By data processing L >= (1 - beta) I(T;Y) >= 0 at beta <= 1, and 0 is what forgetting everything costs; with one row there is
  // nothing to forget
  Columns out;
  out.clusters = trivial(problem);
  out.converged = true;
  for (Provenance* how : {&out.minimum.lower.how, &out.minimum.upper.how, &out.lower_found.how}) {
    how->certificate = Certificate::proved;
    how->alphabet = 1;
    // At beta = 1 a nat costs what it is worth: what X and Y know in common may be kept or not
    how->degeneracy = beta == 1 && problem.n_components() > 1 ? Degeneracy::continuum : Degeneracy::trivial;
  }
  return out;
}

}  // namespace etalon::information
