// SPDX-License-Identifier: Apache-2.0
// bounds.h — every bound on I(X;Y) of lib/information by its name, for commands and claims.
//
//   club, pairwise-kl, pairwise-bhattacharyya      of the joint law alone
//   leave-one-out, infonce, dv-samples             and of K samples, in expectation; the best critic unless one is given
//   dv, nwj, tuba                                  and of a critic f [X, Y]; tuba with its best baseline
//   barber-agakov, vclub                           and of a decoder q(y|x) [X, Y]
//   vib-rate                                       and of a prior r(y) [1, Y]
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "information/law/joint.h"
#include "information/law/quantity.h"

namespace etalon::ib_oracle {

namespace bound_name {
inline constexpr const char* club = "club";
inline constexpr const char* pairwise_kl = "pairwise-kl";
inline constexpr const char* pairwise_bhattacharyya = "pairwise-bhattacharyya";
inline constexpr const char* leave_one_out = "leave-one-out";
inline constexpr const char* infonce = "infonce";
inline constexpr const char* dv_samples = "dv-samples";
inline constexpr const char* dv = "dv";
inline constexpr const char* nwj = "nwj";
inline constexpr const char* tuba = "tuba";
inline constexpr const char* barber_agakov = "barber-agakov";
inline constexpr const char* vclub = "vclub";
inline constexpr const char* vib_rate = "vib-rate";
}  // namespace bound_name

// Thrown where a formula has no value at all, as a difference of two infinities: the other bounds may have one.
struct NoNumber : Error {
  using Error::Error;
};

struct BoundInput {
  std::optional<Tensor<double>> critic = {}, decoder = {}, prior = {};
  std::optional<long> samples = {};
};

// Those that the input has everything for, in the order above.
std::vector<std::string> bounds_for(const BoundInput& input);

// The value, in nats, with its direction and provenance; nothing if there is no such name. Error: a field that it needs is
// missing; shapes; more cases than can be counted (contrastive.h). NoNumber: vclub and dv-samples of a model that rules out what
// happens.
std::optional<information::Record> bound_named(const std::string& name, const information::Joint& joint, const BoundInput& input);

}  // namespace etalon::ib_oracle
