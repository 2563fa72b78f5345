// SPDX-License-Identifier: Apache-2.0
#include "bench/bottleneck.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "information/bottleneck/bottleneck.h"
#include "say.h"
#include "tensor/random.h"

namespace etalon::app {
namespace {

using Json = nlohmann::ordered_json;
using information::Joint;

Joint random_law(long n_x, long n_y) {
  const Stream stream(1, "bench.joint");
  Tensor<double> p(Shape{n_x, n_y});
  double total = 0;
  for (long i = 0; i < p.size(); ++i) {
    p[i] = stream.uniform(2 * i) * stream.uniform(2 * i + 1);
    total += p[i];
  }
  for (long i = 0; i < p.size(); ++i) p[i] = p[i] / total;
  return Joint(std::move(p));
}

template <class F>
double milliseconds(F work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return 1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// {p_Y} and every W_x, with one weight: what the equations begin with when nothing else is known.
information::Clusters columns(const Joint& joint) {
  const long n_x = joint.n_x(), n_y = joint.n_y();
  information::Clusters c{std::vector<double>(n_x + 1, 1 / static_cast<double>(n_x + 1)), Tensor<double>(Shape{n_x + 1, n_y})};
  for (long y = 0; y < n_y; ++y) {
    c.centre[y] = joint.p_y()[y];
    for (long x = 0; x < n_x; ++x) c.centre[(x + 1) * n_y + y] = joint(x, y) / joint.p_x()[x];
  }
  return c;
}

Json bench_curve(long n_x, long n_y, long n_points, bool prove, long plain_sweeps) {
  // Time our curve
  const Joint joint = random_law(n_x, n_y);
  const auto betas = information::default_betas(joint, n_points);
  information::BottleneckSetting setting;
  setting.prove = prove ? information::Prove::minimum : information::Prove::nothing;
  std::vector<information::BottleneckPoint> points;
  const double ours = milliseconds([&] { points = bottleneck_curve(joint, betas, setting); });

  // Time the equations alone, and see how far above our points they end
  setting.max_sweeps = plain_sweeps;
  setting.tolerance = 1e-13;
  double above = 0;
  const double plain = milliseconds([&] {
    for (std::size_t k = 0; k < betas.size(); ++k) {
      const auto end = sweep_to_rest(joint, betas[k], columns(joint), setting, true);
      above = std::max(above, end.lagrangian.back() - points[k].lagrangian.value);
    }
  });

  // Count what is proved
  double gap = 0;
  long proved = 0;
  for (const auto& point : points) {
    gap = std::max(gap, point.minimum.gap().value);
    proved += point.certificate() == information::Certificate::proved;
  }
  return {{"law", std::to_string(n_x) + " x " + std::to_string(n_y)},
          {"points", n_points},
          {"points_proved", proved},
          {"ms", ours},
          {"widest_gap_nats", gap},
          {"plain_sweeps", plain_sweeps},
          {"plain_ms", plain},
          {"ratio", plain / ours},
          {"plain_above_nats", above}};
}

}  // namespace

Json bench_bottleneck(bool quick) {
  if (quick) return Json::array({bench_curve(4, 2, 12, true, 200)});
  return {bench_curve(8, 2, 60, true, 20000), bench_curve(8, 3, 60, true, 20000), bench_curve(64, 64, 60, false, 40)};
}

void print_bottleneck(const Json& rows) {
  say("\n%-10s %7s %10s %12s %20s %14s %8s %26s\n", "bottleneck", "points", "ms", "proved", "widest gap, nats", "plain, ms",
      "ratio", "plain ends higher by, nats");
  for (const Json& row : rows)
    say("%-10s %7ld %10.1f %12ld %20.2g %14.1f %8.2f %26.2g  (at most %ld sweeps)\n", row["law"].get<std::string>().c_str(),
        row["points"].get<long>(), row["ms"].get<double>(), row["points_proved"].get<long>(), row["widest_gap_nats"].get<double>(),
        row["plain_ms"].get<double>(), row["ratio"].get<double>(), row["plain_above_nats"].get<double>(),
        row["plain_sweeps"].get<long>());
}

}  // namespace etalon::app
