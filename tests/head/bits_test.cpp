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
  put_all(r.projection.token_ratio);
  put_all(r.spectrum.sigma);
  put_all(r.spectrum.visible);
  put(r.effective_rank_g), put(r.residual_bound_d), put(r.residual_bound_2d), put(r.efficiency.first_order_ratio);
  for (const auto& point : r.efficiency.curve) put(point.eps), put(point.ideal), put(point.visible);
  return sha256(text);
}

}  // namespace

TEST_CASE("head: the recorded bits of diagnose", "[head][bits]") {
  const auto c = small_head(21, 150, 12, 70);
  CHECK(digest(diagnose(c.w, c.h, c.targets)) == "aaa4aeb277a2979282ac508366cc94c5d912c454e217ce6c198adc6e2ce60100");

  // One last bit of one weight shows
  auto nudged = c.w;
  nudged[5] = from_bits(to_bits(nudged[5]) + 1);
  CHECK(digest(diagnose(nudged, c.h, c.targets)) != digest(diagnose(c.w, c.h, c.targets)));
}
