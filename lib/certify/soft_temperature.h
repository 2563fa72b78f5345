// SPDX-License-Identifier: Apache-2.0
// soft_temperature.h — the exact rule's temperature, enclosed.
//
//   D(kappa) = kappa A(kappa) - Phi(kappa) = ln m,   eps = 1/kappa          (information/readout/temperature.h)
//
//   Phi = ln F(nu+1),   A = Phi' = (kappa/2)/(nu+1) F(nu+2)/F(nu+1),   F(b) = 0F1(; b; kappa^2/4),   nu = d/2 - 1
//
// ROOT     Newton from the engine's double gives a kappa that nobody need trust. D rises (D' = kappa A', and A' > 0 is a variance),
//          so D(kappa - h) < ln m < D(kappa + h), both certain, prove that the root lies within h of it.
#pragma once

#include "scalar/ball.h"

namespace etalon::certify {

// D(kappa), kappa > 0, d >= 2.
Ball concentration_divergence(const Ball& kappa, long dimension);

// eps of information::Temperature::exact. Error: as information::temperature; Undecided where the precision does not separate
// kappa (1 +- 2^-30) from the root.
Ball exact_temperature(long n_anchors, long dimension);

}  // namespace etalon::certify
