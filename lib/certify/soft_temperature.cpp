// SPDX-License-Identifier: Apache-2.0
#include "certify/soft_temperature.h"

#include "information/readout/temperature.h"

namespace etalon::certify {
namespace {

// F(nu+1) and A at kappa.
struct Bessel {
  Ball f, ratio;
};
Bessel bessel(const Ball& kappa, long dimension) {
  const Ball b = ratio<Ball>(dimension, 2), quarter = ldexp(kappa * kappa, -2);
  const Ball f = hypergeometric_0f1(b, quarter);
  return {f, ldexp(kappa, -1) / b * hypergeometric_0f1(b + Ball(1.0), quarter) / f};
}

// D' = kappa A',  A' = 1 - A^2 - (d-1)/kappa A.
Ball slope(const Ball& kappa, const Ball& a, long dimension) {
  return kappa * (Ball(1.0) - a * a) - Ball(static_cast<double>(dimension - 1)) * a;
}

}  // namespace

Ball concentration_divergence(const Ball& kappa, long dimension) {
  const Bessel at = bessel(kappa, dimension);
  return kappa * at.ratio - log(at.f);
}

Ball exact_temperature(long n_anchors, long dimension) {
  const Ball wanted = log(Ball(static_cast<double>(n_anchors)));
  Ball kappa(1 / information::temperature(information::Temperature::exact, n_anchors, dimension));

  // Improve it by Newton's method, which doubles the right bits, 40 at the start:  kappa <- kappa + (ln m - D) / D'
  for (long right = 40; right < 2 * Ball::precision(); right *= 2) {
    const Bessel at = bessel(kappa, dimension);
    kappa = centre(kappa + (wanted - (kappa * at.ratio - log(at.f))) / slope(kappa, at.ratio, dimension));
  }

  // Prove it, in as narrow an interval as the precision separates from the root
  for (long bits = Ball::precision() - 8; bits > 30; bits -= 8) {
    const Ball h = ldexp(kappa, -bits);
    if (certainly_less(concentration_divergence(kappa - h, dimension), wanted) &&
        certainly_less(wanted, concentration_divergence(kappa + h, dimension)))
      return Ball(1.0) / widened(kappa, h);
  }
  throw Undecided("certify.exact_temperature", "a sign of D(kappa) - ln m on either side of the root", "balls that hold 0",
                  "raise Ball::precision() above its " + std::to_string(Ball::precision()) + " bits");
}

}  // namespace etalon::certify
