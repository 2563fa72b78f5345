// SPDX-License-Identifier: Apache-2.0
// tolerance.h — how near is near enough: measured on correct models, never tuned.
//
// VARIANT    A correct model in precision S that rounds differently: the same templated code in S, on parameters each rounded to S
//            and then left alone or moved to the neighbouring number above or below (one Stream for each variant). A backend
//            that sums in another order is off by such amounts and no more.
//
// TOLERANCE  kMultiple x the largest |variant - golden| over the entries of the tensor (structural zeros apart) and over the
//            variants; at least kFloorUnits u max|golden|, so that one lucky measurement does not ask for more than the precision
//            holds. Per tensor, because AdamW divides m by sqrt(v): where a gradient is near 0, rounding noise is amplified, and
//            only the tensor's own variants know by how much.
//
// FP64       The golden value is itself a left-to-right sum in fp64, and its variants round almost as it does: their distance
//            does not show what they have in common (of the clip norm, a sum of 7000 squares, a twentieth). fp32 variants show
//            all of it, and first-order errors are linear in u. So fp64 takes the larger of what it shows and fp64_per_fp32() of
//            what fp32 shows: the ratio of the units, and twice that where the golden value is the engine's own, which is itself
//            off by as much.
//
// ZEROS      Of the noise inside a structural zero the same multiple; of v, which holds squares, its square.
//
// DRIFT      The key bias under AdamW. |m_t|/sqrt(v_t) <= c_t for every sequence of gradients, by Cauchy-Schwarz:
//
//              m = sum_i a_i g_i, v = sum_i b_i g_i^2  =>  |m| <= sqrt(sum_i a_i^2/b_i) sqrt(v),
//              a_i = (1 - beta1) beta1^(t-i)/(1 - beta1^t),  b_i likewise of beta2  (c_1 = 1, c_10 = 1.04 at the usual betas)
//
//            and |m_t| <= g, the allowance of the gradient, so that after k steps the parameter has moved by at most
//            lr sum_{t <= k} min(c_t, g/eps). A certified golden value has not moved; the engine's own has, as the candidate's.
//
// MARGIN     tests/record/tolerance_test.cpp: 24 variants that were not used here pass, in both precisions.
#pragma once

#include <string>
#include <vector>

#include "golden/golden.h"
#include "record/cases.h"
#include "record/trace.h"

namespace etalon::record {

inline constexpr long kVariants = 8;      // beside the plain rounding, which is variant 0
inline constexpr double kMultiple = 8;    // of the largest error seen
inline constexpr double kFloorUnits = 4;  // of u max|golden|

// The golden values are the exact ones, rounded once; or the engine's, with errors of their own.
enum class Truth { exact, engine };

// An error in fp32, as it is seen in fp64: of the candidate alone, or of the golden value too.
constexpr double fp64_per_fp32(Truth golden) { return golden == Truth::exact ? 0x1p-29 : 2 * 0x1p-29; }

// The sentence that manifests carry, with the constants above written out, and the words that it shares with that of op cases: a
// whole number as text, and fp64_per_fp32 as a power of two.
std::string tolerance_method(Truth truth);
std::string counted(double n);
std::string per_fp32_text(Truth truth);

// The parameters of variant `number`; 0 only rounds to S. Instantiated for double and float.
template <class S>
model::Parameters<S> variant(const model::Parameters<double>& parameters, long number);

// x moved as above, for a tensor that is no parameter; `name` names the stream.
template <class S>
Tensor<S> moved(const Tensor<double>& x, const std::string& name, long number);

// Fills `allowed` of each entry and of each of its structural zeros. `golden` is what is published, `entries` its judged
// entries in the same order, with regions and reasons in place. Error: as model::forward.
void derive_tolerances(const Subject& subject, const std::vector<Traced<double>>& golden, Truth truth,
                       std::vector<golden::TensorEntry*>& entries);

// lr sum_{t <= k} min(c_t, noise/eps), DRIFT above: how far k >= 0 steps move a parameter whose gradient holds `noise`.
double adam_drift(const model::AdamW& rule, long k, double noise);

}  // namespace etalon::record
