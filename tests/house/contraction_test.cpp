// SPDX-License-Identifier: Apache-2.0
// The flags that the bits stand on are in force in this very build.
#include <catch2/catch.hpp>

#include "house/canary.h"

// If this fails the compiler is fusing, and every golden file in the house is void: restore -ffp-contract=off.
// contraction_dies.sh shows that it can fail.
TEST_CASE("build: a*b-c is two roundings, not one", "[house][build]") { CHECK(etalon::house::product_minus_one() == 0); }

TEST_CASE("build: NaN is NaN and subnormals are kept", "[house][build]") {
  volatile double zero = 0, smallest_normal = 0x1p-1022;
  const double nan = zero / zero;
  CHECK(nan != nan);
  CHECK(smallest_normal / 2 == 0x1p-1023);
  CHECK(smallest_normal / 2 != 0);
  CHECK(-zero - zero == 0);
  CHECK(1 / (-zero) < 0);
}
