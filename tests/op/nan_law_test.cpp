// SPDX-License-Identifier: Apache-2.0
// The NaN law on pages that compare: honest ones are let through, and each way of swallowing a NaN is refused.
#include <catch2/catch.hpp>

#include "law/taint.h"
#include "op/relu.h"

using namespace etalon;

namespace {

// A page like relu, entry by entry, with another function.
template <class Function>
struct Entrywise : op::Relu {
  template <Scalar S>
  static Tensor<S> forward(const Setting&, const Args<S>& in) {
    Tensor<S> y = in[0];
    for (long i = 0; i < y.size(); ++i) y[i] = Function::of(in[0][i]);
    return y;
  }
};

// One function a block: those that let a NaN through, and those that swallow it
// clang-format off
struct NegativeToZero { template <Scalar S> static S of(const S& x) { return decided_less(x, S(0), "x < 0") ? S(0) : x; } };
struct Clamp { template <Scalar S> static S of(const S& x) {
  return decided_less(x, S(-1), "x < -1") ? S(-1) : decided_less(S(1), x, "1 < x") ? S(1) : x;
} };
struct ZeroStays { template <Scalar S> static S of(const S& x) { return decided_zero(x, "x = 0") ? S(7) : x; } };

struct PositiveOrZero { template <Scalar S> static S of(const S& x) { return decided_less(S(0), x, "0 < x") ? x : S(0); } };
struct LowerClamp { template <Scalar S> static S of(const S& x) { return decided_less(S(-1), x, "-1 < x") ? x : S(-1); } };
struct Band { template <Scalar S> static S of(const S& x) {
  return decided_less(S(100), x, "100 < x") ? S(0) : decided_less(x, S(200), "x < 200") ? x : S(0);
} };
struct Step { template <Scalar S> static S of(const S& x) { return decided_less(x, S(0), "x < 0") ? S(0) : S(1); } };
struct IsZero { template <Scalar S> static S of(const S& x) { return decided_zero(x, "x = 0") ? S(1) : S(0); } };
// clang-format on

// The maximum of all entries so far. The usual way keeps what it has where a comparison says no, and so forgets a NaN that comes
// later; the other way asks for a reason to keep it.
template <bool kKeepsNan>
struct RunningMaximum : op::Relu {
  template <Scalar S>
  static Tensor<S> forward(const Setting&, const Args<S>& in) {
    Tensor<S> y = in[0];
    for (long i = 1; i < y.size(); ++i) y[i] = larger(y[i - 1], in[0][i]);
    return y;
  }

  template <Scalar S>
  static S larger(const S& a, const S& b) {
    if (decided_less(a, b, "a < b")) return b;
    if (!kKeepsNan || decided_less(b, a, "b < a") || decided_zero(a - b, "a = b")) return a;
    return a + b;  // neither smaller nor larger nor equal: NaN
  }
};

// The slope of relu as `x > 0 ? y_bar : 0`: the gradient of a NaN is 0.
struct SlopeOfPositive : op::Relu {
  template <Scalar S>
  static std::vector<Tensor<S>> vjp(const Setting&, const Args<S>& in, const Tensor<S>&, const Tensor<S>& y_bar) {
    auto x_bar = y_bar;
    for (long i = 0; i < x_bar.size(); ++i) x_bar[i] = decided_less(S(0), in[0][i], "0 < x") ? y_bar[i] : S(0);
    return {std::move(x_bar)};
  }
};

using Example = op::Case<op::None>;

// Numbers on both sides of every threshold above, and on it.
Example example() { return {"numbers", "", {}, {{{7}, {-3, -1, -0.5, 0, 0.25, 1, 4}}}}; }

// The entries whose poison the law sees go astray.
template <op::Page Op>
std::vector<long> refused() {
  std::vector<long> at;
  for (long i = 0; i < 7; ++i)
    if (!law::nan_stays_where_it_belongs<Op>(example(), 0, i)) at.push_back(i);
  return at;
}

const std::vector<long> kNone, kAll = {0, 1, 2, 3, 4, 5, 6};

}  // namespace

TEST_CASE("NaN law: a page that compares and lets a NaN through is let through", "[op][law][nan]") {
  CHECK(refused<op::Relu>() == kNone);
  CHECK(refused<Entrywise<NegativeToZero>>() == kNone);
  CHECK(refused<Entrywise<Clamp>>() == kNone);
  CHECK(refused<Entrywise<ZeroStays>>() == kNone);
  CHECK(refused<RunningMaximum<true>>() == kNone);
}

TEST_CASE("NaN law: a page that takes the other branch for a NaN is refused, whatever the entry was", "[op][law][nan][planted]") {
  CHECK(refused<Entrywise<PositiveOrZero>>() == kAll);
  CHECK(refused<Entrywise<LowerClamp>>() == kAll);
  CHECK(refused<Entrywise<Band>>() == kAll);
  CHECK(refused<Entrywise<Step>>() == kAll);
  CHECK(refused<Entrywise<IsZero>>() == kAll);
  // A NaN in front stays, because every comparison with it says no; one that comes later is forgotten
  CHECK(refused<RunningMaximum<false>>() == std::vector<long>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("NaN law: a slope that is 0 for a NaN is refused", "[op][law][nan][planted]") {
  for (long i = 0; i < 7; ++i) {
    CHECK(law::nan_stays_where_it_belongs<SlopeOfPositive>(example(), 0, i));
    CHECK_FALSE(law::nan_stays_where_it_belongs_in_vjp<SlopeOfPositive>(example(), 0, i));
    CHECK(law::nan_stays_where_it_belongs_in_vjp<op::Relu>(example(), 0, i));
    CHECK(law::nan_stays_where_it_belongs_in_vjp<op::Relu>(example(), 1, i));  // y_bar
  }
}

TEST_CASE("NaN law: both answers of a comparison are read, and a number that no answer changes is not reached", "[op][law][nan]") {
  using law::Taint;
  const Taint x(3, true), clean(3);
  // Relu's two answers; a choice between equal numbers; a choice nobody poisoned
  CHECK(law::reached([&] { return std::vector{decided_less(x, Taint(0), "") ? Taint(0) : Taint(1)}; })[0]);
  CHECK_FALSE(law::reached([&] { return std::vector{decided_less(x, Taint(0), "") ? Taint(5) : Taint(5)}; })[0]);
  CHECK_FALSE(law::reached([&] { return std::vector{decided_less(clean, Taint(0), "") ? Taint(0) : Taint(1)}; })[0]);

  // Three choices in a row have eight answers; an early return has fewer
  long n = 0;
  law::Choices::each([&] {
    for (int k = 0; k < 3; ++k) decided_zero(x, "");
    ++n;
  });
  CHECK(n == 8);
  n = 0;
  law::Choices::each([&] {
    ++n;
    for (int k = 0; k < 3; ++k)
      if (decided_less(x, Taint(k), "")) return;
  });
  CHECK(n == 4);

  // Outside of a walk, and without end
  CHECK_THROWS_WITH(decided_less(x, Taint(0), "is x < 0"), Catch::Contains("is x < 0") && Catch::Contains("hint:"));
  CHECK_THROWS_WITH(law::Choices::each([&] {
                      for (int k = 0; k < 20; ++k) decided_zero(x, "");
                    }),
                    Catch::Contains("4096 readings"));
  CHECK_THROWS_WITH(law::Choices::each([&] {
                      while (!decided_zero(x, "until 0")) {
                      }
                    }),
                    Catch::Contains("64 choices"));
}
