// SPDX-License-Identifier: Apache-2.0
// conditional.h — three variables: what X says about Y once Z is known, and how information moves when a law is moved.
//
//   I(X;Y|Z) = sum_xyz (p_xz p_yz / p_z) phi(r),  r = p_z p_xyz / (p_xz p_yz)      every term >= 0, as in entropy.h
//
//   chain rule         I(X; Y,Z) = I(X;Z) + I(X;Y|Z)
//   data processing    X - Y - Z a Markov chain:  I(X;Z|Y) = 0,  I(X;Z) <= I(X;Y)
//   gradient           d I(X;Y) / d p_xy = ln r on the tangent space, sum_xy dp_xy = 0
//
// ONE SUM        I(X;Y|Z) = H(X|Z) - H(X|Y,Z) is a difference of numbers that may agree in all their digits, and then -1e-17.
//                Each slice of Z is a table with total p_z, and its part is p_z I of that table.
//
// GRADIENT       d/dp_xy of sum p ln(p_xy / p_x p_y) = ln r + 1 - 1 - 1; constants do nothing on the tangent space. Where
//                p_xy = 0 < p_x p_y the slope is -infinity: the first mass of the cell makes I fall faster than any straight line.
//                The first mass of a row, in a column that has mass, has r = 1/p_y: slope ln 1/p_y. Where neither has, +infinity.
//
// SOURCE         Cover & Thomas 2006, sections 2.5 and 2.8.
#pragma once

#include <string>

#include "information/law/joint.h"
#include "information/law/quantity.h"

namespace etalon::information {

// A finite joint law p(x, y, z), checked once.
class Triple {
 public:
  // SHAPES  p [X, Y, Z]. ERRORS  another rank; then as Joint.
  explicit Triple(Tensor<double> p);

  const Tensor<double>& p() const { return p_; }
  long n_x() const { return p_.shape()[0]; }
  long n_y() const { return p_.shape()[1]; }
  long n_z() const { return p_.shape()[2]; }
  double operator()(long x, long y, long z) const { return p_[(x * n_y() + y) * n_z() + z]; }

  // The same law with its variables in another order: reordered(2, 0, 1) is p(z, x, y). Error: not an order of 0, 1, 2.
  Triple reordered(int first, int second, int third) const;

  Joint xy() const;  // p(x, y)
  Joint xz() const;
  Joint yz() const;
  Joint x_yz() const;  // p(x, (y, z)): X against the pair, [X, Y Z]

 private:
  Tensor<double> p_;
};

// The chain X - Y - Z: p(x, y) W(z|y). SHAPES  channel [Y, Z]. Error: another shape; a row that is no law.
Triple markov_chain(const Joint& joint, const Tensor<double>& channel);

// p(x, z) = sum_y p(x, y) W(z|y): Y seen through a channel. Errors as above.
Joint composed(const Joint& joint, const Tensor<double>& channel);

Exact conditional_mutual_information(const Triple& law);  // I(X;Y|Z) >= 0

struct InformationGradient {
  Tensor<double> slope;  // ln r [X, Y], in nats for a unit of probability, up to one constant
  long n_infinite = 0;
  std::string why_infinite;  // the first such place; empty if there is none
};
InformationGradient mutual_information_gradient(const Joint& joint);

}  // namespace etalon::information
