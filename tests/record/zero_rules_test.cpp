// SPDX-License-Identifier: Apache-2.0
// Which entries are declared to be zero: how many, that they are, that no zero is left out, and that symbols see what the rules say.
// The proof in balls is tests/certify/zeros_test.cpp.
#include "record/zero_rules.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "golden/golden.h"
#include "op/attention_mix.h"
#include "op/attention_products.h"
#include "op/causal_mask.h"
#include "op/linear.h"
#include "op/rope.h"
#include "op/softmax.h"
#include "op/split_heads.h"
#include "record/trace.h"
#include "scalar/ball.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::golden;
using namespace etalon::record;

namespace {

const std::filesystem::path kCommitted = std::filesystem::path(ETALON_SOURCE_DIR) / "golden";

// Reasons by how many entries they explain, each entry counted for the first that names it.
std::map<std::string, long> explained(const Golden& golden) {
  std::map<std::string, long> n;
  for (const TensorEntry& entry : golden.manifest.tensors) {
    std::vector<char> seen(entry.shape.size(), 0);
    for (const StructuralZero& zero : entry.zeros) {
      const auto inside = flags(zero.where, entry.shape, entry.name);
      for (std::size_t i = 0; i < seen.size(); ++i) n[zero.reason] += inside[i] && !seen[i], seen[i] |= inside[i];
    }
  }
  return n;
}

long n_with(const std::map<std::string, long>& reasons, const std::string& words) {
  long n = 0;
  for (const auto& [reason, count] : reasons)
    if (reason.find(words) != std::string::npos) n += count;
  return n;
}

}  // namespace

TEST_CASE("zero rules: in the last block the rows of ignored targets are declared, 5,356 entries of GPT-2 and 5,436 of Llama",
          "[zeros]") {
  for (const auto& [name, expected] :
       {std::pair{"gpt2-nano", 5356}, {"gpt2-nano-stress", 5356}, {"llama-nano", 5436}, {"llama-nano-stress", 5436}}) {
    INFO(name);
    CHECK(n_with(explained(read_golden(kCommitted / name)), "nothing leads from here to the loss") == expected);
  }
}

TEST_CASE("zero rules: a published 0 is declared, and what is declared is published as 0", "[zeros][golden]") {
  for (const CaseSpec& spec : built_in_cases()) {
    const Golden golden = read_golden(kCommitted / spec.name);
    const ZeroRules rules(subject(spec));
    long n_declared = 0, n_other = 0;
    for (const TensorEntry& entry : golden.manifest.tensors) {
      // Flag what is declared; the rules say the same as the manifest
      if (entry.is_given()) continue;
      std::vector<char> zero(entry.shape.size(), 0), drifting = zero;
      const auto of_subject = rules.of(entry.name, entry.shape);
      REQUIRE(of_subject.size() == entry.zeros.size());
      for (std::size_t z = 0; z < of_subject.size(); ++z) {
        REQUIRE(of_subject[z].where == entry.zeros[z].where);
        const auto inside = flags(of_subject[z].where, entry.shape, entry.name);
        for (std::size_t i = 0; i < zero.size(); ++i) (of_subject[z].drifts ? drifting : zero)[i] |= inside[i];
      }

      // Hold each entry to it
      const auto& values = golden.stored(entry.name).values;
      for (std::size_t i = 0; i < values.size(); ++i) {
        INFO(spec.name << " " << entry.name << index_text(static_cast<long>(i), entry.shape));
        if (zero[i]) REQUIRE(values[i] == 0);
        else if (!drifting[i]) REQUIRE(values[i] != 0);
        if (values[i] == 0) REQUIRE_FALSE(std::signbit(values[i]));
        ++(zero[i] ? n_declared : n_other);
      }
    }
    INFO(spec.name);
    CHECK(n_declared > 10000);
    CHECK(n_other > 50000);
  }
}

TEST_CASE("zero rules: symbols see every zero that the other rules declare, but the shift of softmax", "[zeros][symbol]") {
  for (const CaseSpec& spec : built_in_cases()) {
    const Subject s = subject(spec);
    const ZeroRules rules(s);
    const Structure structure = structure_of(s.config, s.batch);
    long n_seen = 0, n_shift = 0;
    for (const auto& t : trace<double>(s, s.parameters))
      for (const ZeroRule& rule : rules.of(t.name, t.value.shape())) {
        const auto at = structure.zeros.find(t.name);
        const auto inside = flags(rule.where, t.value.shape(), t.name);
        const bool is_shift = rule.reason.find("softmax does not depend on a shift") != std::string::npos;
        if (t.name.starts_with("step")) continue;
        for (std::size_t i = 0; i < inside.size(); ++i) {
          if (!inside[i]) continue;
          INFO(spec.name << " " << t.name << index_text(static_cast<long>(i), t.value.shape()) << ": " << rule.reason);
          ++(is_shift ? n_shift : n_seen);
          if (!is_shift) REQUIRE((at != structure.zeros.end() && at->second[i]));
        }
      }
    CHECK(n_seen > 10000);
    CHECK(n_shift == (spec.config.family == "gpt2" ? 2 * 16 : 0));
  }
}

namespace {

// Rotates the first `n_rotated` columns of each head, and leaves the others: GPT-NeoX and Phi turn a share of them.
template <class S>
typename Tape<S>::Id rotate_share(Tape<S>& tape, const char* name, typename Tape<S>::Id x, long n_rotated,
                                  const std::vector<long>& positions) {
  const op::Rope::Setting setting{{10000, 1}, false, positions};
  const auto part = [=](const Tensor<S>& whole, auto turn) {
    Tensor<S> out = whole, first(Shape{whole.shape()[0], whole.shape()[1], whole.shape()[2], n_rotated});
    const long size = whole.n_cols();
    for (long i = 0; i < first.size(); ++i) first[i] = whole[i / n_rotated * size + i % n_rotated];
    const Tensor<S> turned = turn(first);
    for (long i = 0; i < first.size(); ++i) out[i / n_rotated * size + i % n_rotated] = turned[i];
    return out;
  };
  return tape.record(
      name, "rope", part(tape.value(x), [=](const Tensor<S>& y) { return op::Rope::forward<S>(setting, {&y}); }), {x},
      [=](const Args<S>&, const Tensor<S>&, const Tensor<S>& y_bar) {
        return std::vector<Tensor<S>>{part(y_bar, [=](const Tensor<S>& y) { return op::Rope::vjp<S>(setting, {&y}, y, y)[0]; })};
      });
}

// One layer of attention with biases, two heads of six columns, of which the first n_rotated are rotated; its gradients.
template <class S>
struct PartlyRotated {
  static constexpr long kHeads = 2, kSize = 6, kLength = 4, kWidth = kHeads * kSize;
  Tape<S> tape;

  explicit PartlyRotated(long n_rotated) {
    // Map the input to queries, keys and values, each with a bias
    using Id = typename Tape<S>::Id;
    const auto leaf = [&](const char* name, Shape shape) {
      return tape.leaf(name, leaf_value(normal_tensor(Stream(3, name), shape, 0, 1)));
    };
    const Id x = leaf("x", {1, kLength, kWidth});
    const auto heads = [&](const std::string& name) {
      const Id y =
          op::apply<op::Linear>(tape, name + "_proj", {op::Layout::out_in, true},
                                {x, leaf((name + ".weight").c_str(), {kWidth, kWidth}), leaf((name + ".bias").c_str(), {kWidth})});
      return op::apply<op::SplitHeads>(tape, name, {kHeads, kSize, 0}, {y});
    };
    const Id q = heads("q"), k = heads("k"), v = heads("v");

    // Rotate, attend, and pull any cotangent back
    std::vector<long> positions;
    for (long t = 0; t < kLength; ++t) positions.push_back(t);
    const Id q_rot = rotate_share(tape, "q_rot", q, n_rotated, positions),
             k_rot = rotate_share(tape, "k_rot", k, n_rotated, positions);
    const op::Softmax::Setting visible{op::visibility(1, kHeads, kLength, {})};
    const Id scores = op::apply<op::AttentionProducts>(tape, "products", {}, {q_rot, k_rot});
    const Id mix = op::apply<op::AttentionMix>(tape, "mix", {}, {op::apply<op::Softmax>(tape, "probs", visible, {scores}), v});
    tape.backward(mix, leaf_value(normal_tensor(Stream(3, "mix_bar"), tape.value(mix).shape(), 0, 1)));
  }

  static Tensor<S> leaf_value(const Tensor<double>& x) {
    if constexpr (std::same_as<S, Symbol>) {
      Tensor<Symbol> out(x.shape());
      for (long i = 0; i < out.size(); ++i) out[i] = Symbol::fresh();
      return out;
    } else {
      return as<S>(x);
    }
  }
};

}  // namespace

TEST_CASE("zero rules: of a key that is rotated in part, the bias of the other columns has gradient 0, and of no other",
          "[zeros][ball]") {
  for (const long n_rotated : {2L, 4L, 6L}) {
    INFO(n_rotated << " of 6 columns are rotated");
    const PartlyRotated<Symbol> in_symbols(n_rotated);
    const auto keys =
        unturned(in_symbols.tape.value(in_symbols.tape.find("k")), in_symbols.tape.value(in_symbols.tape.find("k_rot")));
    const auto regions = key_bias_zeros(0, keys);

    // Decided for each column: a range in each head, none where whole heads are rotated
    REQUIRE(regions.size() == (n_rotated == 6 ? 0U : 2U));
    std::vector<char> declared(12, 0);
    for (const Region& region : regions) {
      const auto inside = flags(region, Shape{12}, "k.bias");
      for (std::size_t i = 0; i < declared.size(); ++i) declared[i] |= inside[i];
    }

    // Balls say which gradients are 0
    const PartlyRotated<Ball> in_balls(n_rotated);
    const auto& bias_bar = in_balls.tape.bar(in_balls.tape.find("k.bias"));
    for (long j = 0; j < 12; ++j) {
      INFO("column " << j << ": " << to_string(bias_bar[j]));
      CHECK((j % 6 >= n_rotated) == (declared[j] != 0));
      CHECK(bias_bar[j].contains_zero() == (declared[j] != 0));
      CHECK(radius(bias_bar[j]) < 1e-30);
    }
  }
}

TEST_CASE("zero rules: whole heads are rotated in Llama at every position but 0, and none in GPT-2", "[zeros][symbol]") {
  for (const auto& [name, n_keys] : {std::pair{"gpt2-nano", 4 * 4}, {"llama-nano", 2 * 4}}) {
    const Subject s = subject(built_in_case(name));
    const auto layers = structure_of(s.config, s.batch).keys_unturned;
    REQUIRE(layers.size() == 2);
    for (const auto& keys : layers) CHECK(keys == std::vector<char>(n_keys, s.config.family == "gpt2"));
    const model::Batch at_0{2, 1, {3, 1}, {1, 0}, {}, {}}, elsewhere{2, 1, {3, 1}, {1, 0}, {}, {0, 1}};
    CHECK(structure_of(s.config, at_0).keys_unturned[1] == std::vector<char>(n_keys, 1));
    CHECK(structure_of(s.config, elsewhere).keys_unturned[1] == std::vector<char>(n_keys, s.config.family == "gpt2"));
  }
}

TEST_CASE("zero rules: the ranges of a key bias begin after the queries, and join where heads touch", "[zeros]") {
  CHECK(key_bias_zeros(16, {1, 1, 1, 1}) == std::vector<Region>{Region::in_box({{16, 20}})});
  CHECK(key_bias_zeros(0, {0, 0, 1, 0, 0, 1}) == std::vector<Region>{Region::in_box({{2, 3}}), Region::in_box({{5, 6}})});
  CHECK(key_bias_zeros(7, {0, 0}).empty());
}
