// SPDX-License-Identifier: Apache-2.0
// The worked numbers of docs/lm-head.md, computed here: each line below must stand in the page, letter for letter.
#include <catch2/catch.hpp>

#include "base/file.h"
#include "head/case.h"
#include "law/line.h"

using namespace etalon;
using law::line;
using namespace etalon::head;

namespace {

// Four symbols at the compass points, one hidden state that looks east, and north is the next token.
std::vector<std::string> four_symbols() {
  const SmallHead c{Tensor<double>({4, 2}, {1, 0, 0, 1, -1, 0, 0, -1}), Tensor<double>({1, 2}, {1, 0}), {1}};
  const auto g = gradient_of<double>(c).g;
  const auto w = orthonormal_basis<double>(c.w.rows().transposed());
  Tensor<double> along(Shape{1, w.rank()}), gw(Shape{1, 2});
  matmul<double>(g.rows(), w.q.rows().transposed(), along.rows());
  matmul<double>(g.rows(), c.w.rows(), gw.rows());
  const Tensor<double> visible = product(along, w.q);
  const auto p = projection_of<double>(c);
  return {
      line("G      = (%7.4f, %7.4f, %7.4f, %7.4f)", g[0], g[1], g[2], g[3]),
      line("G_vis  = (%7.4f, %7.4f, %7.4f, %7.4f)", visible[0], visible[1], visible[2], visible[3]),
      line("G_lost = (%7.4f, %7.4f, %7.4f, %7.4f)", g[0] - visible[0], g[1] - visible[1], g[2] - visible[2], g[3] - visible[3]),
      line("G W    = (%7.4f, %7.4f)", gw[0], gw[1]),
      line("r = %.4f, c = %.4f, a random head: %.4f", p.destroyed_ratio, p.cosine, random_head_baseline(4, 2)),
  };
}

// W -> 10 W at H = 0, where G does not depend on W.
std::vector<std::string> two_readings() {
  std::vector<std::string> lines;
  SmallHead c = small_head(5, 10, 3, 4);
  c.h = Tensor<double>(c.h.shape());
  for (const double scale : {1.0, 10.0}) {
    SmallHead scaled = c;
    for (long i = 0; i < c.w.size(); ++i) scaled.w[i] = scale * c.w[i];
    const auto g = gradient_of<double>(scaled).g;
    const Tensor<double> gw = product(g, scaled.w);
    lines.push_back(line("| %2.0f W | %.4f | %.4f |", scale, projection_of<double>(scaled).destroyed_ratio,
                         norm(gw.data(), gw.size()) / norm(g.data(), g.size())));
  }
  return lines;
}

std::vector<std::string> spamlang() {
  std::vector<std::int64_t> all;
  for (long i = 0; i < 101; ++i) all.push_back(i);
  std::vector<std::string> lines;
  for (const long d : {5L, 10L, 25L, 50L}) {
    const auto c = uniform_head(101, d, all);
    const Spectrum s = spectrum_of(gradient_of<double>(c).g, orthonormal_basis<double>(c.w.rows().transposed()));
    lines.push_back(line("| %2ld | %ld | %.6f | %.6f |", d, numerical_rank(s.sigma, 101, 101),
                         std::fabs(residual_bound(s.sigma, 2 * d)), std::sqrt(static_cast<double>(100 - 2 * d) / 100)));
  }
  return lines;
}

std::vector<std::string> random_heads() {
  std::vector<std::string> lines;
  for (const long d : {8L, 32L, 128L}) {
    SmallHead c = uniform_head(256, d, {3, 77, 200});
    c.w = normal_tensor(Stream(1, "gaussian head"), {256, d}, 0, 1);
    const auto p = projection_of<double>(c);
    lines.push_back(line("| %3ld | %.4f | %.4f | %.4f |", d, p.destroyed_ratio, p.mean_token_ratio, random_head_baseline(256, d)));
  }
  return lines;
}

// The root mean square of r over 40 Gaussian heads of rank k = 32, V = 256, eight tokens,
// logits of standard deviation `spread`.
std::string over_heads(const char* what, long d, double spread) {
  double squares = 0;
  const long n_heads = 40, v = 256, n = 8, rank = 32;
  for (long k = 0; k < n_heads; ++k) {
    const auto seed = static_cast<std::uint64_t>(k);
    SmallHead c = small_head(seed, v, d, n);
    const Tensor<double> columns = normal_tensor(Stream(seed, "gaussian head"), {v, rank}, 0, 1);
    for (long i = 0; i < v; ++i)
      for (long j = 0; j < d; ++j) c.w.rows()(i, j) = columns.rows()(i, j % rank);
    c.h = normal_tensor(Stream(seed, "hidden"), {n, d}, 0, spread / std::sqrt(static_cast<double>(d)));
    const double r = projection_of<double>(c).destroyed_ratio;
    squares += r * r / static_cast<double>(n_heads);
  }
  return line("| %s | %ld | %.4f | %.4f | %.4f |", what, d, std::sqrt(squares), random_head_baseline(v, rank),
              random_head_baseline(v, d));
}

std::vector<std::string> baselines() {
  return {over_heads("unrelated to W (H = 0)", 32, 0), over_heads("unrelated to W (H = 0), each column twice", 64, 0),
          over_heads("of logits of standard deviation 3", 32, 3)};
}

std::vector<std::string> published_bounds() {
  std::vector<std::string> lines;
  for (const long v : {4096L, 16384L, 65536L, 131072L}) {
    std::vector<double> sigma(v, 1 / static_cast<double>(v));
    sigma.back() = 0;
    lines.push_back(line("| %6ld | %.4f |", v, residual_bound(sigma, 2 * 576)));
  }
  return lines;
}

}  // namespace

TEST_CASE("head: every number in docs/lm-head.md is the one the code prints", "[head][docs]") {
  const std::string page = read_text(ETALON_SOURCE_DIR "/docs/lm-head.md");
  for (const auto& block : {four_symbols(), two_readings(), spamlang(), random_heads(), baselines(), published_bounds()})
    for (const std::string& text : block) CHECK_THAT(page, Catch::Contains(text));
}
