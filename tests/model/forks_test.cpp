// SPDX-License-Identifier: Apache-2.0
// The forks of the forward pass that no published family takes yet: gelu_erf and rotary_interleaved, in every scalar.
//
// A gradient that fits its own forward pass says nothing of which fork was taken. So each fork is also held to its formula, written
// again here, and the other fork is shown not to fit.
#include "model/every_scalar.h"

using namespace etalon;
using namespace etalon::model;

namespace {

Family erf_row() {
  Family row = family("gpt2");
  row.mlp = Mlp::gelu_erf;
  return row;
}

Family interleaved_row() {
  Family row = family("llama");
  row.position = Position::rotary_interleaved;
  return row;
}

Example example(const Family& row) { return {row, small_config(row.name), small_weights(row.name)}; }

template <class S>
Tensor<double> node(const Run<S>& run, long layer, const char* name) {
  return middle(run.tape.value(run.tape.find("h." + std::to_string(layer) + "." + name)));
}

// How far mlp.act is from up (1 + erf(up / sqrt 2)) / 2, over all layers.
template <class S>
double off_erf(const Family& row) {
  const Example e = example(row);
  const auto run = forward_as(row, e.config, as<S>(e.weights), small_batch());
  double most = 0;
  for (long layer = 0; layer < e.config.n_layers; ++layer) {
    const auto up = node(run, layer, "mlp.up"), act = node(run, layer, "mlp.act");
    for (long i = 0; i < up.size(); ++i) {
      const Ball x(up[i]), y = x * (Ball(1) + erf(x / sqrt(Ball(2)))) / Ball(2);
      most = worse(most, etalon::abs(act[i] - midpoint(y)));
    }
  }
  return most;
}

// How far one of q and k after the rotation is from its pairs (2i, 2i + 1) before it, turned by position theta^(-2i/D).
template <class S>
double off_interleaved(const Family& row, const char* before, const char* after) {
  // Go forward, and take what stands before and after the rotation: [B, heads, T, D]
  const Example e = example(row);
  const Batch batch = small_batch();
  const auto run = forward_as(row, e.config, as<S>(e.weights), batch);
  double most = 0;
  for (long layer = 0; layer < e.config.n_layers; ++layer) {
    const auto x = node(run, layer, before), y = node(run, layer, after);
    const long n_heads = x.shape()[1], length = x.shape()[2], size = x.shape()[3];
    for (long i = 0; i < x.size(); i += 2) {
      // Turn the pair by its angle
      const long column = i % size, t = i / size % length, b = i / (size * length * n_heads);
      const Ball angle = Ball(static_cast<double>(batch.position_ids[b * length + t])) *
                         pow(Ball(10000), -Ball(static_cast<double>(column)) / Ball(static_cast<double>(size)));
      const Ball c = cos(angle), s = sin(angle), p(x[i]), q(x[i + 1]);
      most = worse(most, etalon::abs(y[i] - midpoint(p * c - q * s)));
      most = worse(most, etalon::abs(y[i + 1] - midpoint(q * c + p * s)));
    }
  }
  return most;
}

// The weights with which the interleaved model computes what the half-split one does with these: within each head, row i of the
// first half goes to 2i, row i of the second half to 2i + 1.
Parameters<double> interleaved_weights(const Config& config, const Parameters<double>& weights) {
  Parameters<double> out;
  for (const auto& [name, value] : weights) {
    Tensor<double> moved = value;
    const bool is_turned = name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight");
    for (long row = 0; is_turned && row < value.n_rows(); ++row) {
      const long d = config.head_size, i = row % d, to = i < d / 2 ? 2 * i : 2 * (i - d / 2) + 1;
      for (long c = 0; c < value.n_cols(); ++c) moved[(row - i + to) * value.n_cols() + c] = value[row * value.n_cols() + c];
    }
    out.add(name, std::move(moved));
  }
  return out;
}

}  // namespace

TEST_CASE("forks: a model with gelu_erf has its derivative, in every scalar", "[model][forks][law]") {
  check_every_scalar(example(erf_row()));
}

TEST_CASE("forks: a model with interleaved rotation has its derivative, in every scalar", "[model][forks][law]") {
  check_every_scalar(example(interleaved_row()));
}

TEST_CASE("forks: gelu_erf computes with erf, in every scalar, and gelu_tanh does not", "[model][forks]") {
  CHECK(off_erf<double>(erf_row()) < 1e-14);
  CHECK(off_erf<float>(erf_row()) < 0x1p-20);
  CHECK(off_erf<Noisy<double>>(erf_row()) < 1e-13);
  CHECK(off_erf<Noisy<float>>(erf_row()) < 0x1p-18);
  CHECK(off_erf<Dual<double>>(erf_row()) < 1e-14);
  CHECK(off_erf<Ball>(erf_row()) < 1e-14);
  CHECK(off_erf<Dual<Ball>>(erf_row()) < 1e-14);
  // Planted: the other fork is off by up to 4.7e-4
  CHECK(off_erf<double>(family("gpt2")) > 1e-4);
  CHECK(off_erf<float>(family("gpt2")) > 1e-4);
  CHECK(off_erf<Ball>(family("gpt2")) > 1e-4);
}

TEST_CASE("forks: the interleaved rotation turns neighbours, in every scalar, and the half-split one does not", "[model][forks]") {
  for (const auto& [before, after] : {std::pair{"attn.q", "attn.q_rot"}, std::pair{"attn.k", "attn.k_rot"}}) {
    INFO(before);
    CHECK(off_interleaved<double>(interleaved_row(), before, after) < 1e-14);
    CHECK(off_interleaved<float>(interleaved_row(), before, after) < 0x1p-20);
    CHECK(off_interleaved<Noisy<double>>(interleaved_row(), before, after) < 1e-13);
    CHECK(off_interleaved<Noisy<float>>(interleaved_row(), before, after) < 0x1p-18);
    CHECK(off_interleaved<Dual<double>>(interleaved_row(), before, after) < 1e-14);
    CHECK(off_interleaved<Ball>(interleaved_row(), before, after) < 1e-14);
    CHECK(off_interleaved<Dual<Ball>>(interleaved_row(), before, after) < 1e-14);
    // Planted: the other fork turns other pairs
    CHECK(off_interleaved<double>(family("llama"), before, after) > 0.1);
    CHECK(off_interleaved<Ball>(family("llama"), before, after) > 0.1);
  }
}

TEST_CASE("forks: interleaved with its rows in that order is half-split, to the proved loss", "[model][forks][law]") {
  const Ball::AtPrecision enough(320);
  const Example half_split = example(family("llama"));
  const auto moved = interleaved_weights(half_split.config, half_split.weights);
  const auto loss = [&](const Family& row, const Parameters<double>& weights) {
    const auto run = forward_as(row, half_split.config, as<Ball>(weights), small_batch());
    return run.tape.value(run.loss)[0];
  };
  const Ball expected = loss(half_split.row, half_split.weights), found = loss(interleaved_row(), moved);
  CHECK(found.overlaps(expected));
  CHECK(radius(found) < kTight);
  // Planted: either change alone is another model
  CHECK_FALSE(loss(interleaved_row(), half_split.weights).overlaps(expected));
  CHECK_FALSE(loss(half_split.row, moved).overlaps(expected));
}

TEST_CASE("forks: the gradient of one fork is not the derivative of the other", "[model][forks][law][planted]") {
  const Ball::AtPrecision enough(320);
  for (const Family& fork : {erf_row(), interleaved_row()}) {
    INFO(fork.name);
    const Example e = example(fork);
    const auto direction = directions(e.weights);
    auto other = forward(e.config, as<Ball>(e.weights), small_batch());
    CHECK_FALSE(witness(backward(other), direction, directional_derivative<Ball>(e, direction)).holds);
  }
}
