// SPDX-License-Identifier: Apache-2.0
// critic.h — lower bounds from a critic: any table f(x, y) proves something about I(X;Y).
//
//   Donsker-Varadhan   I >= E f - ln E_prod e^f                              gap: KL(p_xy || p_x p_y e^f / E_prod e^f)
//   TUBA               I >= E f - E_y[ E_x e^f / a(y) + ln a(y) - 1 ]        any baseline a(y) > 0
//   NWJ                I >= E f - E_prod e^{f-1}                             TUBA with a = e
//
// E is the expectation over p(x, y), E_prod over p(x) p(y), E_x and E_y over one of them: whole expectations, never samples. With
// them the bounds hold for every f and a. What K samples do to them is another subject: contrastive.h.
//
// WHY    x ln x is convex: for every m > 0, ln m <= m/a + ln a - 1, with equality at a = m. Donsker-Varadhan is TUBA with the best
//        constant, a = E_prod e^f; a(y) = E_x e^f is the best of all. So NWJ <= DV <= TUBA at its best baseline <= I.
//        With f = ln p_xy/(p_x p_y) (+ 1 for NWJ, + ln a(y) for TUBA) each of them is I.
//
// ROUNDING   Where f hardly varies, I is small of second order and the terms above are not. With h = f - ln a and sums over the
//            product law, E h - E_prod h = sum excess h and E_prod e^h - 1 - E_prod h = E_prod exp_excess(h), so
//              TUBA = sum excess h - E_prod exp_excess(h)
//              DV   = sum excess h - ln(1 + E_prod exp_excess(h)),    ln a the mean of f
//            where nothing cancels to first order.
//
// INFINITE   f = -infinity is allowed where p_xy = 0; where p_xy > 0 the bound is -infinity, with the reason.
//
// SOURCE     Donsker & Varadhan 1983; Nguyen, Wainwright & Jordan 2010; Barber & Agakov 2003; in one notation, Poole, Ozair,
//            van den Oord, Alemi & Tucker 2019, "On variational bounds of mutual information", section 2.2.
#pragma once

#include <vector>

#include "information/law/law.h"
#include "information/law/quantity.h"

namespace etalon::information {

// The best critic, ln p_xy/(p_x p_y) [X, Y]: -infinity where p_xy = 0 although x and y are possible; 0 where one of them is not.
Tensor<double> log_ratio(const Joint& joint);

// The best baseline of a critic, ln E_x e^f(x, y) [Y]; 0 for an impossible y. Errors: as below.
template <class S>
std::vector<S> best_log_baseline(const Joint& joint, const Tensor<S>& f);

// SHAPES  f [X, Y], log_a [Y]. ERRORS  another shape; NaN or +infinity in f; what is not finite in log_a.
template <class S>
LowerIn<S> donsker_varadhan(const Joint& joint, const Tensor<S>& f);
template <class S>
LowerIn<S> nwj(const Joint& joint, const Tensor<S>& f);
template <class S>
LowerIn<S> tuba(const Joint& joint, const Tensor<S>& f, const std::vector<S>& log_a);

// d/df [X, Y]. Errors: as above.
//   DV    p_xy - p_x p_y e^f / E_prod e^f
//   NWJ   p_xy - p_x p_y e^{f-1}
template <class S>
Tensor<S> donsker_varadhan_gradient(const Joint& joint, const Tensor<S>& f);
template <class S>
Tensor<S> nwj_gradient(const Joint& joint, const Tensor<S>& f);

//   TUBA  d/df = p_xy - p_x p_y e^f / a,    d/d ln a = p_y (E_x e^f / a - 1)
template <class S>
struct TubaGradientIn {
  Tensor<S> f;           // [X, Y]
  std::vector<S> log_a;  // [Y]
};
template <class S>
TubaGradientIn<S> tuba_gradient(const Joint& joint, const Tensor<S>& f, const std::vector<S>& log_a);

}  // namespace etalon::information
