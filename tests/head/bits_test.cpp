// SPDX-License-Identifier: Apache-2.0
// The bits of every head measure on one case, recorded: compilers, optimisation and CPUs must not change them.
#include "base/bits.h"

#include <catch2/catch.hpp>

#include "base/sha256.h"
#include "head/case.h"

using namespace etalon;
using namespace etalon::head;

namespace {

std::string digest(const HeadReport& r) {
  std::string text;
  const auto put = [&](double x) { text += hex(x) + "\n"; };
  const auto put_all = [&](const std::vector<double>& xs) {
    for (const double x : xs) put(x);
  };
  put(r.loss), put(r.projection.norm), put(r.projection.destroyed_ratio), put(r.projection.cosine), put(r.projection.jointly_lost);
  for (const auto& ratio : r.projection.token_ratio) put(ratio.value());
  put_all(r.spectrum.sigma);
  put_all(r.spectrum.visible);
  put(r.effective_rank_g), put(r.residual_bound_d), put(r.residual_bound_2d), put(r.efficiency.first_order_ratio);
  return sha256(text);
}

// What stands on decompositions and loss decreases alone.
std::string digest_of_curves(const HeadReport& r) {
  std::string text;
  const auto put = [&](double x) { text += hex(x) + "\n"; };
  for (const auto& point : r.efficiency.curve) put(point.eps), put(point.ideal), put(point.visible);
  put(r.condition_w.of_matrix), put(r.condition_w.of_columns), put(r.condition_h.of_matrix), put(r.condition_h.of_columns);
  put(r.alignment);
  return sha256(text);
}

}  // namespace

TEST_CASE("head: the recorded bits of diagnose", "[head][bits]") {
  const auto c = small_head(21, 150, 12, 70);
  const HeadReport r = diagnose(c.w, c.h, c.targets);
  CHECK(digest(r) == "10450844017b58c2538ca57fdd0c54d30fbe47caa7e672efa1d39b4daa38363c");
  CHECK(digest_of_curves(r) == "068a9fd93d1a0dee15c513ab681471de4dcb3d530f2e636e835a726bbe2bc2b0");

  // One last bit of one weight shows
  auto nudged = c.w;
  nudged[5] = from_bits(to_bits(nudged[5]) + 1);
  const HeadReport other = diagnose(nudged, c.h, c.targets);
  CHECK(digest(other) != digest(r));
  auto moved = c.h;
  moved[5] = moved[5] + 0x1p-30;
  CHECK(digest_of_curves(diagnose(c.w, moved, c.targets)) != digest_of_curves(r));
}
