// SPDX-License-Identifier: Apache-2.0
// Wrong formulas for the bounds on I(X;Y): a term left out, one too many or one too few in a mean.
#include <limits>

#include "base/error.h"
#include "ib_oracle/bounds.h"
#include "ib_oracle/faulty_formulas.h"
#include "ib_oracle/truth.h"
#include "information/bounds/contrastive.h"
#include "information/bounds/critic.h"
#include "information/law/entropy.h"

namespace etalon::ib_oracle {
namespace {

using information::Joint;

// Expectations over K samples that are too many to count give NaN, which FaultyValues leaves out: they are nobody's mistake.
template <class F>
double nan_if_uncountable(F value) {
  try {
    return value();
  } catch (const Error&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

// E ln(q + eps) of a decoder, which needs no eps where q > 0 and hides what is infinite where q = 0.
void add_eps_in_decoder(FaultyValues& out, const Joint& joint, const Tensor<double>& q, double h_y) {
  for (int k = 4; k <= 16; ++k) {
    const double eps = pow(10.0, -k);
    double mean = 0;
    for (long i = 0; i < q.size(); ++i)
      if (joint.p()[i] > 0) mean = fma(joint.p()[i], log(q[i] + eps), mean);
    out.add_nats(Fault::eps_inside_log, "eps = 1e-" + std::to_string(k) + " in ln(q + eps)", h_y + mean);
  }
}

// H(Y) + E ln q
void of_barber_agakov(FaultyValues& out, const Joint& joint, const Claim& claim, double truth) {
  const double h_y = information::entropies(joint).y.value;
  out.add_nats(Fault::log_alphabet_for_entropy, "ln |Y| + E ln q", truth - h_y + log(static_cast<double>(joint.n_y())));
  out.add_nats(Fault::entropy_left_out, "E ln q", truth - h_y);
  add_eps_in_decoder(out, joint, *claim.decoder, h_y);
}

// E f - E_prod f, of which K samples with their own partners among the pairs see (1 - 1/K)
void of_club(FaultyValues& out, const Joint&, const Claim& claim, double truth) {
  const long k = claim.samples.value_or(0);
  if (k > 1) out.add_nats(Fault::diagonal_kept, "E_prod over all K^2 pairs", (1 - 1 / static_cast<double>(k)) * truth);
}

// E ln(ratio / mean of the K - 1 others)
void of_leave_one_out(FaultyValues& out, const Joint& joint, const Claim& claim, double) {
  const long k = claim.samples.value_or(0);
  out.add_nats(Fault::diagonal_kept, "the mean of all K ratios",
               nan_if_uncountable([&] { return information::info_nce(joint, k).value.value; }));
}

// ln K + E ln softmax
void of_info_nce(FaultyValues& out, const Joint& joint, const Claim& claim, double truth) {
  constexpr auto kNegatives = information::Negatives::of_one_y;
  const long k = claim.samples.value_or(0);
  const auto critic = claim.critic ? *claim.critic : information::log_ratio(joint);
  out.add_nats(Fault::log_samples_left_out, "E ln softmax", truth - log(static_cast<double>(k)));
  if (k > 1)
    out.add_nats(Fault::diagonal_dropped, "the mean of the K - 1 others", nan_if_uncountable([&] {
                   return information::donsker_varadhan_samples(joint, critic, k - 1, kNegatives).value.value;
                 }));
}

// E f - E_prod e^(f-1): with f + 1 for f, it is 1 + E f - E_prod e^f
void of_nwj(FaultyValues& out, const Joint& joint, const Claim& claim, double) {
  auto raised = *claim.critic;
  for (long i = 0; i < raised.size(); ++i) raised[i] = raised[i] + 1;
  out.add_nats(Fault::minus_one_left_out, "E f - E_prod e^f", information::nwj<double>(joint, raised).value.value - 1);
}

// Of the other bounds no wrong formula is known.
struct OfBound {
  const char* name;
  void (*add)(FaultyValues& out, const Joint& joint, const Claim& claim, double truth);
};
constexpr OfBound kOfBound[] = {
    {bound_name::barber_agakov, of_barber_agakov}, {bound_name::club, of_club},        {bound_name::vclub, of_club},
    {bound_name::leave_one_out, of_leave_one_out}, {bound_name::infonce, of_info_nce}, {bound_name::nwj, of_nwj},
};

}  // namespace

void add_faults_of_bound(FaultyValues& out, const Joint& joint, const Claim& claim, double truth) {
  for (const auto& row : kOfBound)
    if (bound_of(claim) == row.name) row.add(out, joint, claim, truth);
}

}  // namespace etalon::ib_oracle
