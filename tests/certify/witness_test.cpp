// SPDX-License-Identifier: Apache-2.0
// <certified gradients, direction> against central differences of the loss: on every golden case and every family, to 40 digits;
// and a VJP that is off by 1e-12 is caught wherever it stands.
#include "certify/witness.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "base/file.h"
#include "model/family.h"
#include "model/small_case.h"
#include "record/cases.h"

using namespace etalon;
using namespace etalon::certify;

namespace {

constexpr long kBits = 600;
constexpr int kStep = 150;
constexpr std::uint64_t kDirections[] = {1, 2, 3};

struct Model {
  std::string name;
  model::Config config;
  model::Batch batch;
  model::Parameters<double> weights;

  Line line(std::uint64_t seed) const { return {config, batch, weights, direction(weights, seed)}; }
  model::Run<Ball> run() const { return model::forward<Ball>(config, model::as<Ball>(weights), batch); }
};

std::vector<Model> golden_cases() {
  std::vector<Model> out;
  for (const record::CaseSpec& spec : record::built_in_cases()) {
    auto s = record::subject(spec);
    out.push_back({s.name, s.config, s.batch, s.parameters});
  }
  return out;
}

// Padding, ignored targets, positions of their own: what golden cases do not have.
std::vector<Model> families() {
  std::vector<Model> out;
  for (const model::Family& row : model::kFamilies)
    out.push_back({row.name, model::small_config(row.name), model::small_batch(), model::small_weights(row.name)});
  return out;
}

// The entries that lie in turn, and about what: all of them, or of each op the one nearest to the middle of the tape.
std::vector<Lie> lies_everywhere(const model::Run<Ball>& run) {
  std::vector<Lie> out;
  for (int id = 0; const auto& e : run.tape.entries()) {
    for (std::size_t k = 0; k < e.from.size(); ++k) out.push_back({id, k});
    ++id;
  }
  return out;
}
std::vector<Lie> one_lie_for_each_op(const model::Run<Ball>& run) {
  const int middle = static_cast<int>(run.tape.entries().size()) / 2;
  std::map<std::string, int> nearest;
  for (int id = 0; const auto& e : run.tape.entries()) {
    if (e.pull) {
      const auto [at, is_new] = nearest.emplace(e.op, id);
      if (!is_new && std::abs(id - middle) < std::abs(at->second - middle)) at->second = id;
    }
    ++id;
  }
  std::vector<Lie> out;
  for (const auto& [op, id] : nearest) out.push_back({id, 0});
  return out;
}

// Slopes along each direction agree with the honest gradients, and with none that a lie made; docs/certificates.md says by how many
// digits.
template <class Lies>
void hold(const Model& m, Lies lies) {
  // Measure the slope along each direction, and hold the honest gradients to it
  const auto forward = m.run();
  auto honest = forward;
  const auto gradients = model::backward(honest);

  std::ostringstream digits;
  Ball slope_along_first;
  for (const std::uint64_t seed : kDirections) {
    const Line line = m.line(seed);
    const Slope s = slope(line, kStep);
    const Agreement a = agreement(s.enclosure, along(gradients, line.direction));
    INFO(m.name << ", direction " << seed << ": slope " << to_string(s.enclosure) << ", ratio of gaps " << to_string(s.gap_ratio));
    CHECK(agrees(a));
    CHECK((s.gap_ratio - Ball(4)).certainly_within(0x1p-40));
    if (seed == kDirections[0]) slope_along_first = s.enclosure;
    digits << (seed == kDirections[0] ? "" : ", ") << static_cast<long>(a.digits);
  }

  // Plant each lie, and see that its gradient lies off the first slope
  const Line first = m.line(kDirections[0]);
  const auto planted = lies(forward);
  double most_digits = 0;
  for (const Lie& lie : planted) {
    auto lying = with_lie(forward, lie);
    const auto& e = forward.tape.entries()[lie.entry];
    const Agreement a = agreement(slope_along_first, along(model::backward(lying), first.direction));
    INFO(m.name << ": the VJP of " << e.name << " (" << e.op << ") lies about input " << lie.input << "; digits " << a.digits);
    CHECK_FALSE(a.overlaps);
    CHECK_FALSE(agrees(a));
    most_digits = std::max(most_digits, a.digits);
  }

  // Look for the row that docs/certificates.md has of this
  const std::string row = "| " + m.name + " | " + digits.str() + " | " + std::to_string(planted.size()) + " | " +
                          std::to_string(static_cast<long>(most_digits)) + " |";
  CHECK_THAT(read_text(std::string(ETALON_SOURCE_DIR) + "/docs/certificates.md"), Catch::Contains(row));
}

}  // namespace

TEST_CASE("witness: central differences agree with the gradients of every golden case, and a VJP of each op that lies is caught",
          "[certify][witness]") {
  const Ball::AtPrecision enough(kBits);
  for (const Model& m : golden_cases()) hold(m, one_lie_for_each_op);
}

TEST_CASE("witness: central differences agree with the gradients of every family, and any VJP that lies about any input is caught",
          "[certify][witness]") {
  const Ball::AtPrecision enough(kBits);
  for (const Model& m : families()) hold(m, lies_everywhere);
}

TEST_CASE("witness: a tape written again without a lie has the same gradients", "[certify][witness]") {
  const Ball::AtPrecision enough(kBits);
  for (const Model& m : families()) {
    auto forward = m.run(), again = with_lie(forward, {-1, 0});
    const auto a = model::backward(forward), b = model::backward(again);
    for (std::size_t k = 0; k < a.size(); ++k)
      for (long i = 0; i < a[k].size(); ++i) REQUIRE((a[k][i].contains(b[k][i]) && b[k][i].contains(a[k][i])));
  }
}

TEST_CASE("witness: the radius covers the truncation at any step, and is needed", "[certify][witness][planted]") {
  const Ball::AtPrecision enough(kBits);
  for (const Model& m : families()) {
    auto run = m.run();
    const Line line = m.line(4);
    const Ball exact = along(model::backward(run), line.direction);
    for (const int k : {20, 40, 80, kStep}) {
      const Slope s = slope(line, k);
      INFO(m.name << ", h = 2^-" << k << ": " << agreement(s.enclosure, exact).digits << " digits");
      CHECK(agreement(s.enclosure, exact).overlaps);
      // Planted: without the radius the difference quotient is another number
      CHECK_FALSE(agreement(s.unwidened, exact).overlaps);
      // The error is a third of the gap, as RADIUS says
      CHECK((abs(s.unwidened - exact) / s.gap - Ball(1) / Ball(3)).certainly_within(0x1p-10));
    }
    // Planted: a step that is too long, and too few bits, leave 40 digits open
    CHECK_FALSE(agrees(agreement(slope(line, 20).enclosure, exact)));
    const Ball::AtPrecision too_few(200);
    const Agreement blurred = agreement(slope(line, kStep).enclosure, exact);
    CHECK(blurred.overlaps);
    CHECK_FALSE(agrees(blurred));
  }
}
