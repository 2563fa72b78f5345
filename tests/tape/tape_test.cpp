// SPDX-License-Identifier: Apache-2.0
#include "tape/tape.h"

#include <catch2/catch.hpp>

#include "base/bits.h"
#include "op/linear.h"
#include "op/softmax.h"

using namespace etalon;

namespace {

using Tape64 = Tape<double>;
using Id = Tape64::Id;
using Bars = std::vector<Tensor<double>>;

Tensor<double> vec(std::vector<double> values) {
  const long n = static_cast<long>(values.size());
  return Tensor<double>(Shape{n}, std::move(values));
}

// y = x + x, one entry that names its input twice; `visits` counts its pulls.
Id doubled(Tape64& tape, const std::string& name, Id x, int* visits = nullptr) {
  auto y = tape.value(x);
  for (long i = 0; i < y.size(); ++i) y[i] = y[i] + y[i];
  return tape.record(name, "double", y, {x, x}, [visits](const Args<double>&, const Tensor<double>&, const Tensor<double>& y_bar) {
    if (visits) ++*visits;
    return Bars{y_bar, y_bar};
  });
}

// An entry of the value of x whose cotangent for x is `bar`, whatever comes from above.
Id sends(Tape64& tape, const std::string& name, Id x, double bar) {
  return tape.record(name, "send", tape.value(x), {x}, [bar](const Args<double>&, const Tensor<double>& y, const Tensor<double>&) {
    return Bars{Tensor<double>(y.shape(), std::vector<double>(y.size(), bar))};
  });
}

Id joined(Tape64& tape, const std::string& name, std::vector<Id> from) {
  const auto n = from.size();
  return tape.record(name, "join", tape.value(from[0]), from,
                     [n](const Args<double>&, const Tensor<double>&, const Tensor<double>& y_bar) { return Bars(n, y_bar); });
}

}  // namespace

TEST_CASE("tape: a shared value is visited once, not once per path", "[tape]") {
  Tape64 tape;
  int visits = 0;
  const Id x = tape.leaf("x", vec({1}));
  Id y = x;
  for (int i = 0; i < 60; ++i) y = doubled(tape, "y" + std::to_string(i), y, &visits);  // 2^60 paths, 60 entries
  CHECK(tape.value(y)[0] == 0x1p60);
  tape.backward(y, vec({1}));
  CHECK(tape.bar(x)[0] == 0x1p60);
  CHECK(visits == 60);
}

// 1e16 + 1 rounds to 1e16, so the order of the three decides between 0 and 1.
TEST_CASE("tape: cotangents are added later use first", "[tape]") {
  const auto bar_of = [](std::vector<double> sent) {
    Tape64 tape;
    const Id x = tape.leaf("x", vec({1}));
    std::vector<Id> uses;
    for (const double bar : sent) uses.push_back(sends(tape, "use" + std::to_string(uses.size()), x, bar));
    tape.backward(joined(tape, "y", uses), vec({1}));
    return tape.bar(x)[0];
  };
  CHECK(bar_of({1, -1e16, 1e16}) == 1);  // (1e16 - 1e16) + 1
  CHECK(bar_of({-1e16, 1, 1e16}) == 0);  // (1e16 + 1) - 1e16
  CHECK(bar_of({1e16, 1, -1e16}) == 0);
  CHECK(bar_of({1, 1e16, -1e16}) == 1);
}

TEST_CASE("tape: within one entry that names an input twice, the later input comes first", "[tape]") {
  const auto bar_of = [](std::vector<double> sent) {
    Tape64 tape;
    const Id x = tape.leaf("x", vec({1}));
    const Id y =
        tape.record("y", "thrice", vec({1}), {x, x, x}, [sent](const Args<double>&, const Tensor<double>&, const Tensor<double>&) {
          Bars bars;
          for (const double bar : sent) bars.push_back(vec({bar}));
          return bars;
        });
    tape.backward(y, vec({1}));
    return tape.bar(x)[0];
  };
  CHECK(bar_of({1, -1e16, 1e16}) == 1);
  CHECK(bar_of({1e16, 1, -1e16}) == 0);
}

TEST_CASE("tape: a pull is called with the inputs, the value and the whole cotangent", "[tape]") {
  Tape64 tape;
  const Id x = tape.leaf("x", vec({2, 3})), w = tape.leaf("w", vec({5, 7}));
  const Id y = tape.record("y", "probe", vec({11, 13}), {x, w},
                           [](const Args<double>& in, const Tensor<double>& value, const Tensor<double>& y_bar) {
                             CHECK(in.size() == 2);
                             CHECK(in[0][1] == 3);
                             CHECK(in[1][0] == 5);
                             CHECK(value[1] == 13);
                             CHECK(y_bar[0] == 3);  // both uses arrived before the pull
                             return Bars{y_bar, value};
                           });
  tape.backward(joined(tape, "z", {y, y, y}), vec({1, 1}));
  CHECK(tape.bar(x)[0] == 3);
  CHECK(tape.bar(w)[1] == 13);
}

TEST_CASE("tape: what the root does not depend on has no cotangent, and says so", "[tape]") {
  Tape64 tape;
  const Id x = tape.leaf("x", vec({1})), unused = tape.leaf("unused", vec({1}));
  const Id y = doubled(tape, "y", x), later = doubled(tape, "later", y);
  tape.backward(y, vec({1}));
  CHECK(tape.bar(x)[0] == 2);
  CHECK_FALSE(tape.entries()[unused].has_bar);
  CHECK_FALSE(tape.entries()[later].has_bar);
  CHECK_THROWS_WITH(tape.bar(unused), Catch::Contains("unused") && Catch::Contains("hint:"));
}

TEST_CASE("tape: every entry has a name of its own", "[tape]") {
  Tape64 tape;
  const Id x = tape.leaf("x", vec({1}));
  CHECK_THROWS_WITH(tape.leaf("x", vec({2})), Catch::Contains("'x' a second time") && Catch::Contains("hint:"));
  CHECK(tape.find("x") == x);
  CHECK_THROWS_WITH(tape.find("y"), Catch::Contains("'y'") && Catch::Contains("hint:"));
  CHECK(tape.entries().size() == 1);
}

TEST_CASE("tape: an entry names earlier entries only", "[tape]") {
  Tape64 tape;
  tape.leaf("x", vec({1}));
  CHECK_THROWS_AS(joined(tape, "self", {0, 1}), Error);
  CHECK_THROWS_WITH(tape.record("later", "op", vec({1}), {7}, nullptr), Catch::Contains("later") && Catch::Contains("input 7"));
  CHECK_THROWS_AS(tape.record("negative", "op", vec({1}), {-1}, nullptr), Error);
}

TEST_CASE("tape: cotangents of the wrong shape or number are refused by name", "[tape]") {
  {
    Tape64 tape;
    const Id x = tape.leaf("x", vec({1, 2}));
    CHECK_THROWS_WITH(tape.backward(x, vec({1, 1, 1})),
                      Catch::Contains("cotangent of x from the root") && Catch::Contains("[2]") && Catch::Contains("[3]"));
  }
  {
    Tape64 tape;
    const Id x = tape.leaf("x", vec({1, 2}));
    const Id y = tape.record("y", "op", vec({1}), {x},
                             [](const Args<double>&, const Tensor<double>&, const Tensor<double>& y_bar) { return Bars{y_bar}; });
    CHECK_THROWS_WITH(tape.backward(y, vec({1})), Catch::Contains("cotangent of x from y"));
  }
  {
    Tape64 tape;
    const Id x = tape.leaf("x", vec({1}));
    const Id y = tape.record("y", "op", vec({1}), {x, x},
                             [](const Args<double>&, const Tensor<double>&, const Tensor<double>& y_bar) { return Bars{y_bar}; });
    CHECK_THROWS_WITH(tape.backward(y, vec({1})), Catch::Contains("vjp of y") && Catch::Contains("2 cotangents"));
  }
}

TEST_CASE("tape: a second sweep is refused", "[tape]") {
  Tape64 tape;
  const Id x = tape.leaf("x", vec({1})), y = doubled(tape, "y", x);
  tape.backward(y, vec({1}));
  CHECK_THROWS_WITH(tape.backward(y, vec({1})), Catch::Contains("one sweep per tape") && Catch::Contains("hint:"));
  CHECK(tape.bar(x)[0] == 2);
}

TEST_CASE("tape: pages join it in one line, and their VJPs chain", "[tape][op]") {
  Tape64 tape;
  const Tensor<double> x(Shape{2, 3}, {1, -2, 0.5, 0.25, 3, -0.1}),
      w(Shape{4, 3}, {0.3, 0.7, -1.1, 2, -1, 0.9, 0, 1, 1, -0.5, 0.2, 0.1});
  const Tensor<double> b(Shape{4}, {0.1, -5, 0, 2}), y_bar(Shape{2, 4}, {1, -1, 0.5, 0, 2, 0.25, -3, 1});
  const Id x_id = tape.leaf("x", x), w_id = tape.leaf("w", w), b_id = tape.leaf("b", b);
  const Id scores = op::apply<op::Linear>(tape, "scores", {op::Layout::out_in, true}, {x_id, w_id, b_id});
  const Id probs = op::apply<op::Softmax>(tape, "probs", {}, {scores});
  tape.backward(probs, y_bar);

  const op::Linear::Setting setting = {op::Layout::out_in, true};
  const auto scores_bar = op::Softmax::vjp<double>({}, {&tape.value(scores)}, tape.value(probs), y_bar);
  const auto bars = op::Linear::vjp<double>(setting, {&x, &w, &b}, tape.value(scores), scores_bar[0]);
  CHECK(tape.bar(scores).values() == scores_bar[0].values());
  CHECK(tape.bar(x_id).values() == bars[0].values());
  CHECK(tape.bar(w_id).values() == bars[1].values());
  CHECK(tape.bar(b_id).values() == bars[2].values());
  CHECK(tape.entries()[scores].op == std::string("linear"));
  // Each row of probabilities sums to 1, so a constant cotangent pulls nothing: here row sums of scores_bar vanish
  for (long i = 0; i < 2; ++i) {
    const double row = scores_bar[0][4 * i] + scores_bar[0][4 * i + 1] + scores_bar[0][4 * i + 2] + scores_bar[0][4 * i + 3];
    CHECK(std::fabs(row) < 0x1p-50);
  }
}
