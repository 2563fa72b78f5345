#include "scalar/ball.h"

#include <arb_hypgeom.h>

namespace etalon {

Ball erf(const Ball& a) {
  Ball r;
  arb_hypgeom_erf(r.x_, a.x_, Ball::precision());
  return r;
}

}  // namespace etalon
