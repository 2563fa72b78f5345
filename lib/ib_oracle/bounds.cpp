// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/bounds.h"

#include <algorithm>

#include "base/bits.h"
#include "base/error.h"
#include "information/bounds/barber_agakov.h"
#include "information/bounds/club.h"
#include "information/bounds/contrastive.h"
#include "information/bounds/critic.h"
#include "information/bounds/pairwise.h"
#include "information/bounds/vib.h"
#include "scalar/exact.h"

namespace etalon::ib_oracle {
namespace {

using information::Joint;
using information::record;
using information::Record;

struct Row {
  const char* name;
  bool critic, decoder, prior, samples;  // what it needs
  Record (*value)(const std::string& name, const Joint& joint, const BoundInput& in);
};

Tensor<double> logarithms(const Tensor<double>& q) {
  auto log_q = q;
  for (long i = 0; i < q.size(); ++i) log_q[i] = log(q[i]);
  return log_q;
}

// Refuses a q(y|x), or an e^f, that is 0 where p(x, y) > 0. Shapes that do not fit are the bound's own to refuse.
void require_possible(const std::string& name, const Joint& joint, const Tensor<double>& model, double impossible) {
  if (model.shape() != joint.p().shape()) return;
  for (long i = 0; i < model.size(); ++i)
    if (model[i] == impossible && joint.p()[i] > 0)
      throw NoNumber(
          "bound " + name, "a model that allows what happens",
          shortest(impossible) + " at [" + std::to_string(i / joint.n_y()) + ", " + std::to_string(i % joint.n_y()) + "]",
          "it is the difference of two expectations that are infinite then, which is no number");
}

const Row kRows[] = {
    {bound_name::club, false, false, false, false,
     [](const std::string& name, const Joint& joint, const BoundInput&) { return record(name, information::club(joint)); }},
    {bound_name::pairwise_kl, false, false, false, false,
     [](const std::string& name, const Joint& joint, const BoundInput&) {
       return record(name, information::pairwise_kl_bound(joint));
     }},
    {bound_name::pairwise_bhattacharyya, false, false, false, false,
     [](const std::string& name, const Joint& joint, const BoundInput&) {
       return record(name, information::pairwise_bhattacharyya_bound(joint));
     }},
    {bound_name::leave_one_out, false, false, false, true,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       return record(name, information::leave_one_out(joint, *in.samples));
     }},
    {bound_name::infonce, false, false, false, true,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       return record(name,
                     in.critic ? information::info_nce(joint, *in.critic, *in.samples) : information::info_nce(joint, *in.samples));
     }},
    {bound_name::dv_samples, false, false, false, true,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       constexpr auto kNegatives = information::Negatives::of_pairs;
       if (in.critic) require_possible(name, joint, *in.critic, -information::kInfinity);
       return in.critic ? record(name, information::donsker_varadhan_samples(joint, *in.critic, *in.samples, kNegatives))
                        : record(name, information::donsker_varadhan_samples(joint, *in.samples, kNegatives));
     }},
    {bound_name::dv, true, false, false, false,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       return record(name, information::donsker_varadhan<double>(joint, *in.critic));
     }},
    {bound_name::nwj, true, false, false, false,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       return record(name, information::nwj<double>(joint, *in.critic));
     }},
    {bound_name::tuba, true, false, false, false,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       return record(name, information::tuba<double>(joint, *in.critic, information::best_log_baseline<double>(joint, *in.critic)));
     }},
    {bound_name::barber_agakov, false, true, false, false,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       return record(name, information::barber_agakov(joint, logarithms(*in.decoder)).bound);
     }},
    {bound_name::vclub, false, true, false, false,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       require_possible(name, joint, *in.decoder, 0);
       return record(name, information::vclub<double>(joint, *in.decoder));
     }},
    {bound_name::vib_rate, false, false, true, false,
     [](const std::string& name, const Joint& joint, const BoundInput& in) {
       return record(name, information::vib_rate(joint, in.prior->values()));
     }},
};

const char* missing(const Row& row, const BoundInput& in) {
  if (row.critic && !in.critic) return "a critic f(x, y)";
  if (row.decoder && !in.decoder) return "a decoder q(y|x)";
  if (row.prior && !in.prior) return "a prior r(y)";
  if (row.samples && !in.samples) return "a number of samples K";
  return nullptr;
}

}  // namespace

std::vector<std::string> bounds_for(const BoundInput& input) {
  std::vector<std::string> names;
  for (const Row& row : kRows)
    if (!missing(row, input)) names.emplace_back(row.name);
  return names;
}

std::optional<Record> bound_named(const std::string& name, const Joint& joint, const BoundInput& input) {
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return name == r.name; });
  if (row == std::end(kRows)) return std::nullopt;
  if (const char* what = missing(*row, input))
    throw Error("bound " + name, what, "none", "lib/ib_oracle/bounds.h lists what each needs");
  return row->value(name, joint, input);
}

}  // namespace etalon::ib_oracle
