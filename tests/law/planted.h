// SPDX-License-Identifier: Apache-2.0
// planted.h — liars: a page with one mistake in it. A law that lets a liar pass is no law.
//
// Each liar is the page itself with one function changed by as little as the law promises to see.
#pragma once

#include "op/page.h"

namespace etalon::law {

// One entry of one cotangent is off by a part in 2^40: caught by duality.
template <class Op, std::size_t kInput>
struct VjpOff : Op {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const typename Op::Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = Op::vjp(s, in, y, y_bar);
    Tensor<S>& bar = bars[kInput % bars.size()];
    for (long i = 0; i < bar.size(); ++i) bar[i] = bar[i] * S(1 + 0x1p-40);
    return bars;
  }
};

// Every output is off by three times its bound, in the unit of its own precision: caught by enclosure.
template <class Op>
struct ForwardOff : Op {
  template <Scalar S>
  static Tensor<S> forward(const typename Op::Setting& s, const Args<S>& in) {
    auto y = Op::forward(s, in);
    if constexpr (std::same_as<S, double> || std::same_as<S, float>) {
      std::vector<Tensor<double>> x;
      for (std::size_t k = 0; k < in.size(); ++k) x.push_back(as<double>(in[k]));
      const auto bound = Op::bound(s, Args<double>(x), Op::forward(s, Args<double>(x)));
      constexpr double kUnits = std::same_as<S, double> ? 1 : 0x1p29;  // of this precision in one of double
      for (long i = 0; i < y.size(); ++i)
        y[i] = y[i] + static_cast<S>(kUnits * (3 * bound[i] + 0x1p-52 * static_cast<double>(etalon::abs(y[i]))));
    }
    return y;
  }
};

// NaN is quietly replaced by 0, as `x > 0 ? x : 0` does: caught by the NaN law.
template <class Op>
struct NanWashed : Op {
  template <Scalar S>
  static Tensor<S> forward(const typename Op::Setting& s, const Args<S>& in) {
    auto y = Op::forward(s, in);
    if constexpr (std::same_as<S, double>)
      for (long i = 0; i < y.size(); ++i) y[i] = y[i] == y[i] ? y[i] : 0;
    return y;
  }
};

// The same on the way back: a gradient that is NaN is quietly replaced by 0. Caught by the NaN law of the VJP.
template <class Op>
struct NanWashedBack : Op {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const typename Op::Setting& s, const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar) {
    auto bars = Op::vjp(s, in, y, y_bar);
    if constexpr (std::same_as<S, double>)
      for (Tensor<S>& bar : bars)
        for (long i = 0; i < bar.size(); ++i) bar[i] = bar[i] == bar[i] ? bar[i] : 0;
    return bars;
  }
};

// NaN floods the whole output: caught by the NaN law on pages where entries do not all meet.
template <class Op>
struct NanFlood : Op {
  template <Scalar S>
  static Tensor<S> forward(const typename Op::Setting& s, const Args<S>& in) {
    auto y = Op::forward(s, in);
    if constexpr (std::same_as<S, double>) {
      double any = 0;
      for (long i = 0; i < y.size(); ++i) any = any + (y[i] - y[i]);
      for (long i = 0; i < y.size(); ++i) y[i] = y[i] + any;
    }
    return y;
  }
};

}  // namespace etalon::law
