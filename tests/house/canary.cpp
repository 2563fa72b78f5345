// SPDX-License-Identifier: Apache-2.0
// The canary alone, so that contraction_dies.sh can compile it with the wrong flags. Exits 0 alive, 1 dead.
#include "canary.h"

int main() { return etalon::house::product_minus_one() == 0 ? 0 : 1; }
