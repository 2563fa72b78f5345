// SPDX-License-Identifier: Apache-2.0
// every_scalar.h — one model in every scalar that a forward pass can be read in, held to balls and to the derivative of duals.
//
// The transformer is compiled for all of them once, in witness_test.cpp; the tests that include this only call it.
#pragma once

#include <catch2/catch.hpp>

#include "law/weave.h"
#include "model/small_case.h"
#include "model/transformer_body.h"
#include "scalar/ball.h"
#include "scalar/dual.h"
#include "scalar/noisy.h"

namespace etalon::model {

// NOLINTBEGIN(bugprone-macro-parentheses): EXTERN is a keyword or nothing, and S a type
#define ETALON_TEST_FORWARD(EXTERN, S) \
  EXTERN template Run<S> forward_as<S>(const Family&, const Config&, const Parameters<S>&, const Batch&);
#define ETALON_TEST_SCALARS(EXTERN)                                        \
  ETALON_TEST_FORWARD(EXTERN, double)                                      \
  ETALON_TEST_FORWARD(EXTERN, float)                                       \
  ETALON_TEST_FORWARD(EXTERN, Noisy<double>)                               \
  ETALON_TEST_FORWARD(EXTERN, Noisy<float>)                                \
  ETALON_TEST_FORWARD(EXTERN, Dual<double>)                                \
  ETALON_TEST_FORWARD(EXTERN, Ball)                                        \
  ETALON_TEST_FORWARD(EXTERN, Dual<Ball>)                                  \
  EXTERN template Parameters<Noisy<double>> backward(Run<Noisy<double>>&); \
  EXTERN template Parameters<Noisy<float>> backward(Run<Noisy<float>>&);   \
  EXTERN template Parameters<Ball> backward(Run<Ball>&);
// NOLINTEND(bugprone-macro-parentheses)
ETALON_TEST_SCALARS(extern)

inline constexpr double kTight = 1e-40;

// The larger one; NaN if either is.
inline double worse(double a, double b) { return a != a || a >= b ? a : b; }

inline double largest(const Tensor<double>& x) {
  double most = 0;
  for (const double v : x.values()) most = worse(most, etalon::abs(v));
  return most;
}

// The middle of every entry: what a tensor of any scalar says as doubles.
template <class S>
Tensor<double> middle(const Tensor<S>& x) {
  Tensor<double> out(x.shape());
  for (long i = 0; i < x.size(); ++i) out[i] = midpoint(x[i]);
  return out;
}

// A model to be read: a row of the family table, which may be none of the published ones, its sizes and its weights.
struct Example {
  Family row;
  Config config;
  Parameters<double> weights;
};

// Directions for every parameter at once.
inline Parameters<double> directions(const Parameters<double>& weights) {
  Parameters<double> out;
  for (const auto& [name, value] : weights) out.add(name, law::weave(value.shape(), "direction/" + name));
  return out;
}

// loss_dot along `direction`, from the forward code alone.
template <class S>
S directional_derivative(const Example& e, const Parameters<double>& direction) {
  Parameters<Dual<S>> dual;
  for (std::size_t k = 0; k < e.weights.size(); ++k) {
    Tensor<Dual<S>> x(e.weights[k].shape());
    for (long i = 0; i < x.size(); ++i) x[i] = Dual<S>(S(e.weights[k][i]), S(direction[k][i]));
    dual.add(e.weights.name(k), std::move(x));
  }
  const auto run = forward_as(e.row, e.config, dual, small_batch());
  return run.tape.value(run.loss)[0].dot;
}

struct Verdict {
  bool holds = false;
  double tightness = 0;  // radius of the difference over 1 + the sum of |terms|
};

// <gradient, direction> = loss_dot ?
inline Verdict witness(const Parameters<Ball>& gradients, const Parameters<double>& direction, const Ball& loss_dot) {
  Ball difference = loss_dot, size(1);
  for (std::size_t k = 0; k < gradients.size(); ++k)
    for (long i = 0; i < gradients[k].size(); ++i) {
      const Ball term = gradients[k][i] * Ball(direction[k][i]);
      difference = difference - term;
      size = size + abs(term);
    }
  return {difference.is_finite() && difference.contains_zero(), radius(difference / size)};
}

// The largest |x - exact| of an entry, over the largest entry.
inline double off(const Tensor<double>& x, const Tensor<Ball>& exact) {
  double error = 0;
  for (long i = 0; i < x.size(); ++i) error = worse(error, midpoint(abs(Ball(x[i]) - exact[i])));
  return error / largest(x);
}

// The gradients of the model in S, and how far the worst tensor of them is from balls.
template <class S>
double gradient_off(const Example& e, const Parameters<Ball>& exact) {
  auto run = forward_as(e.row, e.config, as<S>(e.weights), small_batch());
  const auto gradients = backward(run);
  double most = 0;
  for (std::size_t k = 0; k < exact.size(); ++k) most = worse(most, off(middle(gradients[k]), exact[k]));
  return most;
}

// Holds the model to itself in every scalar: finite tight balls; duals of balls and of doubles, along one direction through all
// parameters, against the gradient; the engine, float and both with noise, against the balls.
inline void check_every_scalar(const Example& e) {
  // Prove the gradient, and that no part of it is trivially 0
  const Ball::AtPrecision enough(320);
  const auto direction = directions(e.weights);
  auto run = forward_as(e.row, e.config, as<Ball>(e.weights), small_batch());
  const auto gradients = backward(run);
  const Ball loss_dot = directional_derivative<Ball>(e, direction);
  const Verdict verdict = witness(gradients, direction, loss_dot);
  CHECK(verdict.holds);
  CHECK(verdict.tightness < kTight);
  for (std::size_t k = 0; k < gradients.size(); ++k) {
    INFO(gradients.name(k));
    CHECK(largest(middle(gradients[k])) > 1e-6);
  }

  // Hold the machine numbers to it. Bias gradients of keys are noise around 0 and part of a tensor that is not
  CHECK(off(Tensor<double>(Shape{}, {directional_derivative<double>(e, direction)}), Tensor<Ball>(Shape{}, {loss_dot})) < 1e-12);
  const double in_double = gradient_off<double>(e, gradients), in_float = gradient_off<float>(e, gradients);
  CHECK(in_double < 1e-13);
  CHECK(in_float < 0x1p-18);
  CHECK(in_float > 0x1p-30);  // it IS float
  const Noise seed(7);
  CHECK(gradient_off<Noisy<double>>(e, gradients) < 1e-12);
  CHECK(gradient_off<Noisy<float>>(e, gradients) < 0x1p-15);
}

}  // namespace etalon::model
