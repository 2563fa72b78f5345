// SPDX-License-Identifier: Apache-2.0
// The whole model in balls: the certificate of the engine, and the witness of its gradient.
//
// The only file that compiles the transformer for Ball, Dual<Ball> and the other scalars of every_scalar.h.
#include "model/every_scalar.h"

using namespace etalon;
using namespace etalon::model;

namespace etalon::model {
ETALON_TEST_SCALARS()
}

namespace {

// The largest |double - ball| of a tensor, and its largest radius. Both rounded up by at most a part in 2^50.
struct Distance {
  double error = 0, radius = 0;
};
Distance distance(const Tensor<double>& x, const Tensor<Ball>& exact) {
  Distance out;
  for (long i = 0; i < x.size(); ++i) {
    const Ball e = abs(Ball(x[i]) - exact[i]);
    out.error = worse(out.error, midpoint(e));
    out.radius = worse(out.radius, radius(exact[i]));
  }
  return out;
}

Example small_example(const Family& row) { return {row, small_config(row.name), small_weights(row.name)}; }

}  // namespace

TEST_CASE("witness: the derivative along a direction in all parameters at once is <gradient, direction>", "[model][law]") {
  const Ball::AtPrecision enough(320);
  for (const Family& row : kFamilies) {
    INFO(row.name);
    const Example example = small_example(row);
    const auto direction = directions(example.weights);
    auto run = forward(example.config, as<Ball>(example.weights), small_batch());
    auto gradients = backward(run);
    const Ball loss_dot = directional_derivative<Ball>(example, direction);

    const Verdict verdict = witness(gradients, direction, loss_dot);
    CHECK(verdict.holds);
    CHECK(verdict.tightness < kTight);

    // Planted: in each tensor in turn, its largest entry off by a part in 2^40
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      long at = 0;
      for (long i = 0; i < gradients[k].size(); ++i)
        if (etalon::abs(midpoint(gradients[k][i])) > etalon::abs(midpoint(gradients[k][at]))) at = i;
      const Ball right = gradients[k][at];
      gradients[k][at] = right * Ball(1 + 0x1p-40);
      INFO(gradients.name(k));
      CHECK_FALSE(witness(gradients, direction, loss_dot).holds);
      gradients[k][at] = right;
    }
    CHECK(witness(gradients, direction, loss_dot).holds);
  }
}

TEST_CASE("witness: both families in every scalar", "[model][law]") {
  for (const Family& row : kFamilies) {
    INFO(row.name);
    check_every_scalar(small_example(row));
  }
}

TEST_CASE("certificate: every activation and gradient of the engine lies at its ball", "[model][law]") {
  const Ball::AtPrecision enough(320);
  for (const Family& row : kFamilies) {
    const Config config = small_config(row.name);
    const auto weights = small_weights(row.name);
    auto engine = forward(config, weights, small_batch());
    auto exact = forward(config, as<Ball>(weights), small_batch());
    const auto engine_bars = backward(engine);
    const auto exact_bars = backward(exact);

    for (std::size_t id = 0; id < engine.tape.entries().size(); ++id) {
      const auto& e = engine.tape.entries()[id];
      INFO(row.name << " " << e.name);
      const auto value = distance(e.value, exact.tape.value(static_cast<int>(id)));
      CHECK(value.error <= 1e-14 * largest(e.value));
      CHECK(value.radius < kTight);
      const auto bar = distance(e.bar, exact.tape.bar(static_cast<int>(id)));
      CHECK(bar.error <= 1e-13 * largest(e.bar));
      CHECK(bar.radius < kTight);
    }
    for (std::size_t k = 0; k < engine_bars.size(); ++k) {
      INFO(row.name << " " << engine_bars.name(k));
      CHECK(distance(engine_bars[k], exact_bars[k]).error <= 1e-13 * largest(engine_bars[k]));
      CHECK(largest(engine_bars[k]) > 1e-6);
    }
  }
}

TEST_CASE("certificate: all-zero weights give ln V, in balls", "[model][law]") {
  for (const Family& row : kFamilies) {
    INFO(row.name);
    Parameters<Ball> zeros;
    for (const Slot& slot : slots(small_config(row.name))) zeros.add(slot.name, Tensor<Ball>(slot.shape));
    const auto run = forward(small_config(row.name), zeros, small_batch());
    const Ball& loss = run.tape.value(run.loss)[0];
    CHECK(loss.overlaps(log(Ball(11))));
    CHECK_FALSE(loss.overlaps(log(Ball(12))));
    CHECK(radius(loss) < kTight);
  }
}

// Softmax does not see a shift of its row, and a key bias shifts each row q . k by q . b_k: the same for every key.
TEST_CASE("certificate: the gradient of gpt2's key bias is a structural zero", "[model][law]") {
  const Ball::AtPrecision enough(320);
  const Config config = small_config("gpt2");
  auto run = forward(config, as<Ball>(small_weights("gpt2")), small_batch());
  const auto gradients = backward(run);
  for (long layer = 0; layer < config.n_layers; ++layer) {
    const auto& bias_bar = gradients.at(name_in_layer("transformer.h.{l}.attn.c_attn.bias", layer));
    for (long i = 0; i < bias_bar.size(); ++i) {
      const bool is_key = i >= config.width && i < 2 * config.width;
      CAPTURE(layer, i);
      CHECK(bias_bar[i].contains_zero() == is_key);
      CHECK(radius(bias_bar[i]) < kTight);
    }
  }
}
