// SPDX-License-Identifier: Apache-2.0
// bending.h — which prices show a bottleneck curve with the fewest points: those where it bends.
//
// The curve is concave, and the point at a price beta is where its tangent has slope 1/beta. So between two known points the price to
// ask for is the slope of their chord: the answer is the point farthest above the chord, or says that the curve is straight there (a
// jump, an erasure channel), and then nothing is ever asked between the two again. The longest piece goes first, each axis measured by
// its whole, so that what is known at any time covers the whole curve, from nothing kept to everything.
//
// LARGE    Towards the end of the curve prices grow without limit, and with them the number of clusters. For a law of more than 256 rows
//          no price is asked for beyond four times that of the chord of the whole curve: what is left out is nearly flat.
//
// SOURCE   The sandwich algorithm for convex curves: Rote 1992.
#pragma once

#include <optional>
#include <vector>

#include "information/bottleneck/bottleneck.h"

namespace etalon::information {

class BendingCurve {
 public:
  explicit BendingCurve(const BottleneckProblem& problem);

  // The next price to solve for; nothing once all that is left is straight, or too short to see. The answer is given to add().
  std::optional<double> next() const;
  std::vector<Clusters> warm_starts() const;  // for that price: of both ends of its piece
  void add(BottleneckPoint point);            // solved at next()

  // The different points, with their betas increasing; of those that keep nothing only the one of the largest beta.
  std::size_t size() const { return points_.size() - 1; }
  std::vector<BottleneckPoint> points() const { return {points_.begin(), points_.end() - 1}; }

 private:
  double length(std::size_t k) const;  // of the piece from point k to k + 1
  std::size_t longest() const;         // points_.size() where none is left
  double chord(std::size_t k) const;   // the beta of its slope; infinite where nothing is gained

  std::vector<BottleneckPoint> points_;  // by I(X;T); the last keeps everything, at no finite beta
  std::vector<char> straight_;           // [pieces]
  double dearest_;                       // no price beyond it is asked for
};

}  // namespace etalon::information
