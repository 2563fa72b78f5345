// SPDX-License-Identifier: Apache-2.0
// curve.h — the bottleneck curve of a source at one context length, and how far below it a layer lies.
//
//   distance = I_Y(I(X;T)) - I(T;Y),    I_Y(R) the most that any T can know about Y at R nats about X
//
// PROVED   |Y| <= 4: every point of the curve is proved (information/bottleneck/bottleneck.h), so the distance lies between two
//          envelopes (information/bottleneck/rate.h), whatever T is. Forty prices leave some 1e-3 nats between them; a search at
//          the layer's own rate leaves 1e-12.
//
// GRID     Larger |Y|: the lower end is proved, since encoders reach it; the upper end is as far as ascents from every context
//          found.
//
// TWO LAWS The curve is that of the contexts merged by their future, the layer's point that of the words. Both are the source's
//          law, each entry right to about d = (V+1)(L+1) 2^-53. That moves an information of N contexts by less than
//          d (3 + 2 ln N), and the curve, whose slope is at most 1, by as much: three times 3e-13 for V = 4, L = 20, N = 10^5.
//          Every interval is wider by 1e-12 at both ends.
#pragma once

#include <functional>
#include <vector>

#include "information/bottleneck/rate.h"

namespace etalon::study {

// The most I(T;Y) that the curve allows at this I(X;T): the lowest of the lines I_Y = (I_X - L_beta)/beta, L_beta the lower side
// of each point's bracket: proved where the point is, else as far as the search went (`is_proved`).
Nats allowed_by_curve(const std::vector<information::BottleneckPoint>& curve, Nats i_x);
bool is_proved(const std::vector<information::BottleneckPoint>& curve);

inline constexpr long kCurvePoints = 40;

enum class Sharpness { envelope, search };

class SourceCurve {
 public:
  // `merged`: p(context, next), contexts of one future merged (model::Source::joint). `on_point` is told of each of the kCurvePoints
  // points when it is solved: 0, 1, ...; what it throws ends the work.
  explicit SourceCurve(
      const information::Joint& merged, const std::function<void(long)>& on_point = [](long) {});

  const std::vector<information::BottleneckPoint>& points() const { return points_; }  // by increasing beta

  // The distance of an encoder of the words, its plane enclosed; 0 <= lower. `upper.how` says proved or grid.
  // `search` narrows what is proved, for some 10 to 100 ms.
  information::Bracket distance(const information::EnclosedPlane& plane, Sharpness sharpness = Sharpness::envelope) const;

 private:
  information::Joint merged_;
  std::vector<information::BottleneckPoint> points_;
  information::BottleneckEnvelope envelope_;
};

}  // namespace etalon::study
