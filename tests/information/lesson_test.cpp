// SPDX-License-Identifier: Apache-2.0
// The worked numbers of docs/information.md, computed here: each line below must stand in the page, letter for letter.
#include <catch2/catch.hpp>

#include "base/bits.h"
#include "information/bottleneck/columns.h"
#include "information/bottleneck/rate.h"
#include "information/bounds/barber_agakov.h"
#include "information/readout/soft_entropy.h"
#include "information/truth.h"
#include "law/line.h"
#include "missing.h"
#include "source/source.h"

using namespace etalon;
using law::line;
using namespace etalon::information;

namespace {

std::string row(const char* name, Nats x) { return line("%-8s %-20s nats", name, shortest(x.value).c_str()); }

Joint weather() { return truth::joint(2, 2, {0.675, 0.075, 0.075, 0.175}); }

std::vector<std::string> entropy_lines() {
  const auto e = entropies(weather());
  const auto ratio = [](long x, long y) { return weather()(x, y) / (weather().p_x()[x] * weather().p_y()[y]); };
  return {row("H(X)", e.x),
          row("H(Y)", e.y),
          row("H(X,Y)", e.joint),
          row("H(Y|X)", e.y_given_x),
          row("H(X|Y)", e.x_given_y),
          row("I(X;Y)", e.mutual),
          line("x = 0    %.1f     %.1f", ratio(0, 0), ratio(0, 1)),
          line("x = 1    %.1f     %.1f", ratio(1, 0), ratio(1, 1))};
}

std::vector<std::string> bound_lines() {
  Tensor<double> log_q(Shape{2, 2}, {0.8, 0.2, 0.4, 0.6});
  for (long i = 0; i < 4; ++i) log_q[i] = etalon::log(log_q[i]);
  const auto ba = barber_agakov(weather(), log_q);
  return {line("CE = -sum_xy p_xy ln q(y|x)           = %.8f nats", ba.cross_entropy.value),
          line("CE - H(Y|X) = E KL(p || q)            = %.8f nats", ba.divergence.value.value),
          line("H(Y) - CE = I - E KL(p || q)          = %.8f nats <= I = %.8f", ba.bound.value.value,
               mutual_information(weather()).value),
          line("\"lower bound\" is %.8f nats", kLn2 - ba.cross_entropy.value)};
}

std::vector<std::string> curve_lines() {
  std::vector<std::string> lines;
  for (const auto& p : bottleneck_curve(weather(), {1, 2, 3, 5, 20}))
    lines.push_back(line("%12.6g  %-12.9f  %-12.9f  %-13.6g %-9.1e %-7s %zu", p.beta, p.i_x.value, p.i_y.value, p.lagrangian.value,
                         p.minimum.gap().value, to_string(p.certificate()), p.clusters.weight.size()));
  lines.push_back(line("less than %.2f nats", 1 / second_singular_value_squared(weather())));
  return lines;
}

// ln c(r) at beta = 3, of the trivial solution and of the best.
std::vector<std::string> certificate_lines() {
  const BottleneckProblem problem(weather());
  const auto best = bottleneck(weather(), 3);
  const Clusters trivial{{1}, Tensor<double>(Shape{1, 2}, problem.p_y)};
  std::vector<std::string> lines = {line("at %.4f and %.4f", best.clusters.centre[0], best.clusters.centre[2]),
                                    line("it takes %ld cells", best.minimum.upper.how.iterations)};
  for (int k = 3; k <= 9; ++k) {
    const auto log_c = [&](const Clusters& clusters) {
      Tensor<double> r(Shape{1, 2});
      for (long y = 0; y < 2; ++y) r[y] = problem.y_of[y] == 0 ? k / 10.0 : 1 - k / 10.0;
      return ascend(problem, 3, log_partition(problem, 3, clusters), std::move(r), 0).log_c[0];
    };
    lines.push_back(line("%.1f %19.6f %20.6f", k / 10.0, log_c(trivial), log_c(problem.ordered(best.clusters))));
  }
  return lines;
}

std::vector<std::string> jump_lines() {
  Tensor<double> p(Shape{3, 3});
  for (long k = 0; k < 9; ++k) p[k] = k % 4 == 0 ? 0.8 / 3 : 0.1 / 3;
  const Joint hamming(std::move(p));
  const auto critical = critical_beta(hamming);
  return {line("At beta = %.8f the optimum jumps", critical.beta), line("to %.4f nats", critical.jump.i_x.value),
          line("1/rho^2 = %.4f", 1 / second_singular_value_squared(hamming))};
}

std::vector<std::string> soft_lines() {
  const Tensor<double> w(Shape{6, 3}, {1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1});
  const std::vector<long> labels = {0, 0, 1, 1};
  SoftEntropy soft({w, 0.5, Temperature::exact}, 2);
  soft.add(Tensor<double>(Shape{4, 3}, {1, 0, 0, 0.8, 0.6, 0, 0, 0, 1, 0, -0.6, 0.8}), {labels, shuffled(labels, 0)});
  const auto r = soft.result();
  std::vector<std::string> lines = {row("H(B)", r.h_b), row("H(B|Z)", r.h_b_given_z), row("I(Z;B)", r.ceiling),
                                    row("I(X;B)", r.labels[0].mutual.value), row("shuffled", r.labels[1].mutual.value)};
  for (const auto rule : {Temperature::exact, Temperature::amos, Temperature::leading})
    lines.push_back(line("| %.4f |", temperature(rule, 100, 8)));
  return lines;
}

std::vector<std::string> source_lines() {
  const auto i = source::make_source({.kind = "noisy_spamlang", .vocab_size = 1024, .eps = 0.1})->information(32);
  std::string even = "| I(X;Y) |";
  for (const long length : {1, 2, 3, 6})
    even += line(" %.4f |", in_bits(source::make_source({.kind = "even"})->information(length).mutual).value);
  return {row("H(Y)", i.next), row("H(Y|X)", i.next_given_context), row("I(X;Y)", i.mutual), even};
}

}  // namespace

TEST_CASE("lesson: the numbers of docs/information.md are what the code computes", "[information][docs]") {
  const std::string page = read_text(ETALON_SOURCE_DIR "/docs/information.md");
  for (const auto& lines :
       {entropy_lines(), bound_lines(), curve_lines(), certificate_lines(), jump_lines(), soft_lines(), source_lines()})
    for (const std::string& expected : lines) {
      INFO(expected);
      CHECK(missing(page, expected) == "");
    }
}
