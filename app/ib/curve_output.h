// SPDX-License-Identifier: Apache-2.0
// curve_output.h — a bottleneck curve as a table, CSV, JSON and SVG.
#pragma once

#include <string>
#include <vector>

#include "ib/ib.h"
#include "information/bottleneck/rate.h"
#include "information/law/entropy.h"
#include "report/plot.h"

namespace etalon::app {

using CurvePoints = std::vector<information::BottleneckPoint>;

struct RatePoint {
  Nats rate;
  information::FixedRate at;
};

// One line for each point, then what the lines prove. With `encoders`, also the weights, centres p(.|t) and encoder q(t|x) of each.
void print_curve_table(const Output& o, const CurvePoints& points, bool encoders);

// The same as JSON, and as CSV with a heading.
nlohmann::ordered_json curve_json(const Output& o, const CurvePoints& points, bool encoders);
std::string curve_csv(const Output& o, const CurvePoints& points);
std::string rates_csv(const Output& o, const std::vector<RatePoint>& rates);

// The curve through the points, from nothing kept, with the two limits that hold for every encoder; more series over it.
std::string curve_svg(const Output& o, const information::Entropies& e, const CurvePoints& points,
                      const std::vector<Series>& over = {});

// Records of I_Y at each rate; beyond |Y| = 4 each with an estimate beside what is proved.
std::vector<information::Record> rate_records(const Output& o, const std::vector<RatePoint>& rates);

// The points where the curve bends, not proved: what a plot needs of it.
CurvePoints bending_points(const information::Joint& joint, long n);

}  // namespace etalon::app
