// SPDX-License-Identifier: Apache-2.0
// contrastive.h — what a bound computed from K samples is worth: its expectation over the samples, exactly.
//
// With x_1 drawn beside y, x_2, ..., x_K drawn from p(x) alone, m_K = mean of K ratios r(x_j, y) = p_xy/(p_x p_y):
//
//   InfoNCE(K)         E ln [e^{f_1} / mean_{j=1..K} e^{f_j}]                   <= min(I, ln K)
//                      best critic: = I - E phi(m_K), growing with K
//
//   leave-one-out(K)   E ln [r_1 / mean_{j=2..K} r_j]                           >= I
//                      = I + E psi(m_{K-1}), falling with K; CLUB at K = 2
//
//   DV(K)              E f - E ln mean_{j=1..K} e^{f_j}
//                      best critic: = leave-one-out(K + 1) >= I
//
//   interpolated       1 + E ln [e^{f_1}/a] - E' [e^{f_1}/a]                    <= I
//                      a = alpha mean_{j=1..K} e^{f_j} + (1 - alpha) e^{b(y)}
//                      E' draws x_1 alone too. alpha = 0 is TUBA with the baseline b, alpha = 1 InfoNCE.
//
//   phi(m) = m ln m - m + 1 >= 0,   psi(m) = m - 1 - ln m >= 0: what Jensen's inequality loses, one on each side of I.
//
// So a DV ("MINE") value from K samples is an upper bound in expectation just when its critic is best, and with any other critic it
// is no bound at all: two functions, two types.
//
// NEGATIVES  The x_j of DV(K) may be drawn beside one y (as InfoNCE and leave-one-out draw them), or each beside a y of its own: K
//            pairs from p(x) p(y), as MINE does. The two agree if the ratios have the same law for each y (symmetric channels).
//
// WHICH SIDE The negatives are x. For negatives y take joint.transposed() and the transposed critic.
//
// EXACT      For each y only the different values of f(x, y) matter, and of K samples only how often each came: sample_counts.h.
//            InfoNCE is a sum over all K samples by symmetry: with R = mean r(x_j, y), E ln(...) = E' of R-weighted terms, so that
//            x_1 needs no enumeration of its own. Ratios that agree to 2^-46 are taken as one, at their mean (the result moves by
//            some 1e-28), and values of a critic that agree to 2^-50 (it moves by less than that): rounding makes no classes.
//
// COST       sum_y (K + C_y - 1 choose C_y - 1) cases, C_y the number of different values. `how.iterations` holds it.
//
// ERRORS     K < 1 (leave-one-out: 2); more than kMostCounts cases, with their number; a critic of another shape, NaN or +infinity
//            in it, finite values more than 600 apart for one y. f = -infinity is allowed where p_xy = 0.
//
// SOURCE     InfoNCE: van den Oord, Li & Vinyals 2018, section 2.3. Leave-one-out, the expectation of InfoNCE and the interpolated
//            bound: Poole, Ozair, van den Oord, Alemi & Tucker 2019, sections 2.1, 2.3, 2.4. MINE: Belghazi et al. 2018, section 3.
#pragma once

#include <vector>

#include "information/law/joint.h"
#include "information/law/quantity.h"

namespace etalon::information {

// f = ln r, the best critic
Lower info_nce(const Joint& joint, long k);
Upper leave_one_out(const Joint& joint, long k);  // infinite, with the reason, where x and y are possible and never meet

enum class Negatives { of_one_y, of_pairs };
constexpr const char* to_string(Negatives negatives) { return negatives == Negatives::of_one_y ? "of one y" : "of pairs"; }
Upper donsker_varadhan_samples(const Joint& joint, long k, Negatives negatives);

// Any critic f [X, Y]
Lower info_nce(const Joint& joint, const Tensor<double>& f, long k);
NotABound donsker_varadhan_samples(const Joint& joint, const Tensor<double>& f, long k, Negatives negatives);
// log_b [Y], finite; alpha in [0, 1]
Lower interpolated(const Joint& joint, const Tensor<double>& f, const std::vector<double>& log_b, double alpha, long k);

// d/df [X, Y]. With s_j = e^{f_j} / sum_k e^{f_k}:
//   InfoNCE   p_xy - p_y E [sum of the s_j with x_j = x]            x_1 beside y
//   DV(K)     p_xy - p_y E'[sum of the s_j with x_j = x]            none beside y
Tensor<double> info_nce_gradient(const Joint& joint, const Tensor<double>& f, long k);
Tensor<double> donsker_varadhan_samples_gradient(const Joint& joint, const Tensor<double>& f, long k, Negatives negatives);

//   interpolated, with M = mean e^{f_j}:  d/d b(y) = p_y (1 - alpha) e^b E'[(M/a - R)/a]
struct InterpolatedGradient {
  Tensor<double> f;           // [X, Y]
  std::vector<double> log_b;  // [Y]
};
InterpolatedGradient interpolated_gradient(const Joint& joint, const Tensor<double>& f, const std::vector<double>& log_b,
                                           double alpha, long k);

}  // namespace etalon::information
