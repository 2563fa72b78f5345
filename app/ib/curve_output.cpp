// SPDX-License-Identifier: Apache-2.0
#include "ib/curve_output.h"

#include <algorithm>
#include <cstdio>

#include "base/bits.h"
#include "information/bottleneck/bending.h"
#include "say.h"

namespace etalon::app {
namespace {

using information::BottleneckPoint;
using information::Certificate;
using information::Degeneracy;

// How far L may be above the minimum if the search met the largest c there is.
Nats found_gap(const BottleneckPoint& p) { return p.minimum.upper.value - p.lower_found.value; }

nlohmann::ordered_json rows_json(const Tensor<double>& table) {
  auto rows = nlohmann::ordered_json::array();
  for (long i = 0; i < table.n_rows(); ++i)
    rows.push_back(std::vector<double>(table.data() + i * table.n_cols(), table.data() + (i + 1) * table.n_cols()));
  return rows;
}

std::string row_text(const double* row, long n) {
  std::string text;
  char number[32];
  for (long i = 0; i < n; ++i) {
    std::snprintf(number, sizeof number, "  %.9f", row[i]);
    text += number;
  }
  return text;
}

void print_encoder(const BottleneckPoint& p) {
  const long n_t = static_cast<long>(p.clusters.weight.size());
  say("\nbeta %s\n  q(t)    %s\n", shortest(p.beta).c_str(), row_text(p.clusters.weight.data(), n_t).c_str());
  for (long t = 0; t < n_t; ++t)
    say("  p(y|t=%ld)%s\n", t,
        row_text(p.clusters.centre.data() + t * p.clusters.centre.n_cols(), p.clusters.centre.n_cols()).c_str());
  for (long x = 0; x < p.encoder.n_rows(); ++x) say("  q(t|x=%ld)%s\n", x, row_text(p.encoder.data() + x * n_t, n_t).c_str());
}

}  // namespace

void print_curve_table(const Output& o, const CurvePoints& points, bool encoders) {
  say("%12s  %-12s  %-12s  %-13s %-9s %-7s %s\n", "beta", "I(X;T)", "I(T;Y)", "L", "gap", "", "clusters");
  bool all_proved = true;
  for (const auto& p : points) {
    // Print the point, and where it is not proved what the search says
    const bool proved = p.certificate() == Certificate::proved;
    all_proved = all_proved && proved;
    char found[48] = "";
    if (p.certificate() == Certificate::grid) std::snprintf(found, sizeof found, "  (by search: %.1e)", o.in_units(found_gap(p)));
    const auto degeneracy = p.degeneracy();
    say("%12.6g  %-12.9f  %-12.9f  %-13.6g %-9.1e %-7s %zu%s%s%s\n", p.beta, o.in_units(p.i_x), o.in_units(p.i_y),
        o.in_units(p.lagrangian), o.in_units(p.minimum.gap()), to_string(p.certificate()), p.clusters.weight.size(), found,
        degeneracy == Degeneracy::none ? "" : (std::string("  ") + to_string(degeneracy)).c_str(),
        p.converged ? "" : "  (not converged: raise --max-sweeps)");
  }

  // Say what the lines prove, and print the encoders
  say(all_proved ? "\nProved: no encoder has an L that is lower by more than the gap.\n"
                 : "\nWhere a line does not say `proved`, an encoder with these values exists; that there is no better one "
                   "is not proved.\n");
  for (const auto& p : points)
    if (encoders) print_encoder(p);
}

nlohmann::ordered_json curve_json(const Output& o, const CurvePoints& points, bool encoders) {
  auto all = nlohmann::ordered_json::array();
  for (const auto& p : points) {
    // Write the point
    nlohmann::ordered_json point{{"beta", p.beta},
                                 {"I(X;T)", o.in_units(p.i_x)},
                                 {"I(T;Y)", o.in_units(p.i_y)},
                                 {"L", o.in_units(p.lagrangian)},
                                 {"minimum", ib_oracle::to_json(record("min L", p.minimum), o.unit())},
                                 {"lower_found", o.in_units(p.lower_found.value)},
                                 {"clusters", p.clusters.weight.size()},
                                 {"sweeps", p.sweeps},
                                 {"converged", p.converged}};

    // Write its encoder, if that is asked
    if (encoders) {
      point["q(t)"] = p.clusters.weight;
      point["p(y|t)"] = rows_json(p.clusters.centre);
      point["q(t|x)"] = rows_json(p.encoder);
    }
    all.push_back(std::move(point));
  }
  return all;
}

std::string curve_csv(const Output& o, const CurvePoints& points) {
  std::string text = "beta,I(X;T) " + o.units + ",I(T;Y) " + o.units + ",L " + o.units + ",min L from " + o.units + ",to " +
                     o.units + ",certificate,cells,clusters,degeneracy,sweeps,converged,min L by search from " + o.units + "\n";
  for (const auto& p : points)
    text += shortest(p.beta) + "," + shortest(o.in_units(p.i_x)) + "," + shortest(o.in_units(p.i_y)) + "," +
            shortest(o.in_units(p.lagrangian)) + "," + shortest(o.in_units(p.minimum.lower.value)) + "," +
            shortest(o.in_units(p.minimum.upper.value)) + "," + to_string(p.certificate()) + "," +
            std::to_string(p.minimum.upper.how.iterations) + "," + std::to_string(p.clusters.weight.size()) + "," +
            to_string(p.degeneracy()) + "," + std::to_string(p.sweeps) + "," + (p.converged ? "1" : "0") + "," +
            shortest(o.in_units(p.lower_found.value)) + "\n";
  return text;
}

std::string rates_csv(const Output& o, const std::vector<RatePoint>& rates) {
  std::string text = "I(X;T) " + o.units + ",I(T;Y) from " + o.units + ",to " + o.units + ",to by search " + o.units + ",beta\n";
  for (const auto& [rate, at] : rates)
    text += shortest(o.in_units(rate)) + "," + shortest(o.in_units(at.i_y.lower.value)) + "," +
            shortest(o.in_units(at.i_y.upper.value)) + "," + shortest(o.in_units(at.found_above.value)) + "," + shortest(at.beta) +
            "\n";
  return text;
}

std::string curve_svg(const Output& o, const information::Entropies& e, const CurvePoints& points,
                      const std::vector<Series>& over) {
  // Join the points from nothing kept on, and mark each
  Series curve{"best encoders found", {0}, {0}, Mark::line, 0}, marks{"", {}, {}, Mark::points, 0};
  for (const auto& p : points)
    for (Series* s : {&curve, &marks}) {
      s->x.push_back(o.in_units(p.i_x));
      s->y.push_back(o.in_units(p.i_y));
    }

  // Add the limits, and what else is given
  const double mutual = o.in_units(e.mutual);
  Plot plot{
      "Information bottleneck",
      "How much an encoding T of X can keep about Y (up) for what it keeps about X (right). Nothing lies above the dashed line, "
      "I(T;Y) = I(X;T), nor above I(X;Y).",
      {"I(X;T), " + o.units},
      {"I(T;Y), " + o.units},
      {curve, marks, {"data processing", {0, mutual}, {0, mutual}, Mark::dashed, 1}},
      {{Rule::Across::horizontal, mutual, "I(X;Y)"}}};
  plot.series.insert(plot.series.end(), over.begin(), over.end());
  return to_svg_file(plot);
}

std::vector<information::Record> rate_records(const Output& o, const std::vector<RatePoint>& rates) {
  constexpr double kKnown = 1e-9;  // nats: an interval so narrow needs no estimate beside it
  std::vector<information::Record> records;
  for (const auto& [rate, at] : rates) {
    // Record what is proved
    const std::string name = "I_Y(" + shortest(o.in_units(rate)) + ")";
    auto proved = record(name, at.i_y);
    proved.how.choices = {{"beta", shortest(at.beta)}, {"mixture", at.share < 1 ? "two encoders" : "one encoder"}};
    records.push_back(std::move(proved));

    // Record what the search found, where that says more
    if (!(at.i_y.gap().value > kKnown)) continue;
    records.push_back(
        {name + " by search", information::BoundKind::estimate, at.i_y.lower.value, at.found_above.value, at.found_above.how});
  }
  return records;
}

CurvePoints bending_points(const information::Joint& joint, long n) {
  const information::BottleneckProblem problem(joint);
  information::BendingCurve curve(problem);
  while (static_cast<long>(curve.size()) < n) {
    const auto beta = curve.next();
    if (!beta) break;
    curve.add(bottleneck(problem, *beta, {.prove = information::Prove::nothing}, curve.warm_starts()));
  }
  return curve.points();
}

}  // namespace etalon::app
