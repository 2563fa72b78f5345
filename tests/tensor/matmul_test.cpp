// SPDX-License-Identifier: Apache-2.0
// The fast product is the naive product: bit for bit, over shapes, strides, special values and instruction sets.
#include "tensor/matmul.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "base/bits.h"
#include "tensor/kernel/choose.h"
#include "tensor/random.h"
#include "tensor/sum.h"

using namespace etalon;

namespace {

template <class Real>
bool same_entry(Real x, Real y) {
  if (x != x || y != y) return x != x && y != y;  // a NaN is a NaN; its payload is not promised
  return same_bits(static_cast<double>(x), static_cast<double>(y));
}

// Products of two normal entries: all 53 bits are in use (the entries of one normal_tensor share a scale).
template <class Real>
Tensor<Real> entries(const Shape& shape, std::string_view name) {
  auto x = normal_tensor(Stream(7, name), shape, 0, 1);
  const auto factor = normal_tensor(Stream(8, name), shape, 0, 1);
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] * factor[i];
  return as<Real>(x);
}

// A window [rows, cols] on `room`, which holds at least 6 (rows + 1)(cols + 1) numbers.
enum class Window { plain, transposed, spread, transposed_spread, backwards };
constexpr Window kWindows[] = {Window::plain, Window::transposed, Window::spread, Window::transposed_spread, Window::backwards};

template <class Real>
Matrix<Real> window(Tensor<Real>& room, Window kind, long rows, long cols) {
  switch (kind) {
    case Window::plain: return {room.data(), rows, cols, cols, 1};
    case Window::transposed: return {room.data(), rows, cols, 1, rows};
    case Window::spread: return {room.data() + 1, rows, cols, 3 * cols + 1, 2};
    case Window::transposed_spread: return {room.data() + 1, rows, cols, 2, 2 * rows + 3};
    case Window::backwards: return {room.data() + rows * cols, rows, cols, -cols, 1};
  }
  return {};
}

template <class Real>
Tensor<Real> room_for(long rows, long cols, std::string_view name) {
  return entries<Real>(Shape{6 * (rows + 1) * (cols + 1)}, name);
}

// Multiplies both ways into rooms full of NaN; true if the windows hold the same bits and nothing outside them was touched.
template <class Real, class Multiply>
bool as_by_definition(Multiply multiply, Matrix<const Real> a, Matrix<const Real> b, Window kind) {
  const Tensor<Real> poison(Shape{6 * (a.rows + 1) * (b.cols + 1)},
                            std::vector<Real>(6 * (a.rows + 1) * (b.cols + 1), std::numeric_limits<Real>::quiet_NaN()));
  auto fast = poison, naive = poison;
  multiply(a, b, window(fast, kind, a.rows, b.cols));
  matmul_by_definition<Real>(a, b, window(naive, kind, a.rows, b.cols));
  for (long i = 0; i < fast.size(); ++i)
    if (!same_entry(fast[i], naive[i])) return false;
  return true;
}

template <class Real>
void check_shape(long m, long n, long p, Window of_a, Window of_b, Window of_c) {
  auto a_room = room_for<Real>(m, n, "a"), b_room = room_for<Real>(n, p, "b");
  const Matrix<const Real> a = window(a_room, of_a, m, n), b = window(b_room, of_b, n, p);
  for (const kernel::Kernel* k : kernel::available()) {
    INFO(k->name << (sizeof(Real) == 8 ? " double " : " float ") << "[" << m << ", " << n << "] [" << n << ", " << p
                 << "], windows " << int(of_a) << int(of_b) << int(of_c));
    CHECK(as_by_definition<Real>([&](auto x, auto y, auto z) { matmul_with(*k, 1, x, y, z); }, a, b, of_c));
  }
}

}  // namespace

TEST_CASE("matmul: every small shape has the bits of the definition", "[tensor][matmul]") {
  const long extents[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 23, 24, 25, 31, 33, 47, 48, 49, 70};
  long trial = 0;
  for (const long m : extents)
    for (const long n : extents)
      for (const long p : extents) {
        const Window of_a = kWindows[trial % 5], of_b = kWindows[trial / 5 % 5], of_c = kWindows[trial / 25 % 5];
        ++trial;
        check_shape<double>(m, n, p, of_a, of_b, of_c);
        if (trial % 3 == 0) check_shape<float>(m, n, p, of_a, of_b, of_c);
      }
}

TEST_CASE("matmul: every combination of strides has the bits of the definition", "[tensor][matmul]") {
  for (const Window of_a : kWindows)
    for (const Window of_b : kWindows)
      for (const Window of_c : kWindows) {
        check_shape<double>(19, 13, 37, of_a, of_b, of_c);
        check_shape<float>(19, 13, 67, of_a, of_b, of_c);
      }
}

TEST_CASE("matmul: sums wait in c between panels of k, and blocks meet without a seam", "[tensor][matmul]") {
  for (const long n : {kernel::kPanelDepth - 1, kernel::kPanelDepth, kernel::kPanelDepth + 1, 2 * kernel::kPanelDepth,
                       3 * kernel::kPanelDepth + 5}) {
    check_shape<double>(11, n, 29, Window::plain, Window::plain, Window::plain);
    check_shape<double>(11, n, 29, Window::transposed, Window::transposed, Window::spread);
    check_shape<float>(9, n, 50, Window::plain, Window::transposed, Window::transposed);
  }
  check_shape<double>(195, 260, 27, Window::plain, Window::plain, Window::plain);       // two blocks of rows
  check_shape<double>(3, 258, 1540, Window::plain, Window::transposed, Window::plain);  // two blocks of columns
  check_shape<double>(401, 257, 1, Window::plain, Window::plain, Window::plain);
  check_shape<double>(1, 257, 401, Window::plain, Window::plain, Window::plain);
}

TEST_CASE("matmul: NaN, infinities, signed zeros and subnormals come out as by definition", "[tensor][matmul]") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const double special[] = {
      0.0, -0.0, 1, -1, 0x1p-1074, -0x1p-1074, 0x1p-1022, 0x1p-540, -0x1p-541, 0x1.fffffffffffffp1023, infinity, -infinity, nan};
  // Mostly ordinary entries, so that a NaN does not hide everything: one in `rarity` is special
  for (const long rarity : {1, 7, 60}) {
    const Stream where(3, "where"), which(3, "which");
    const auto sprinkle = [&](Tensor<double> t, long salt) {
      for (long i = 0; i < t.size(); ++i)
        if (where.below(rarity, salt + i) == 0) t[i] = special[which.below(rarity == 1 ? 9 : 13, salt + i)];
      return t;
    };
    for (const long n : {1L, 5L, 20L, kernel::kPanelDepth + 3}) {
      const auto a = sprinkle(entries<double>(Shape{21, n}, "a"), 0), b = sprinkle(entries<double>(Shape{n, 35}, "b"), 1 << 20);
      const auto a32 = as<float>(a), b32 = as<float>(b);
      for (const kernel::Kernel* k : kernel::available()) {
        INFO(k->name << ", n = " << n << ", one in " << rarity);
        CHECK(as_by_definition<double>([&](auto x, auto y, auto z) { matmul_with(*k, 1, x, y, z); }, a.rows(), b.rows(),
                                       Window::plain));
        CHECK(as_by_definition<float>([&](auto x, auto y, auto z) { matmul_with(*k, 1, x, y, z); }, a32.rows(), b32.rows(),
                                      Window::transposed));
      }
    }
  }
}

TEST_CASE("matmul: a sum starts from +0, and k = 0 gives +0 over whatever was there", "[tensor][matmul]") {
  const Tensor<double> minus_zero(Shape{1, 1}, {-0.0}), one(Shape{1, 1}, {1.0});
  for (const kernel::Kernel* k : kernel::available()) {
    Tensor<double> c(Shape{1, 1}, {5.0});
    matmul_with(*k, 1, minus_zero.rows(), one.rows(), c.rows());
    CHECK(same_bits(c[0], +0.0));  // fma(-0, 1, +0) = +0
    const Tensor<double> none(Shape{3, 0}), nothing(Shape{0, 2});
    Tensor<double> zeros(Shape{3, 2}, std::vector<double>(6, std::numeric_limits<double>::quiet_NaN()));
    matmul_with(*k, 1, Matrix<const double>{none.data(), 3, 0, 0, 1}, nothing.rows(), zeros.rows());
    for (long i = 0; i < 6; ++i) CHECK(same_bits(zeros[i], +0.0));
  }
}

TEST_CASE("matmul: the number of threads does not change a bit", "[tensor][matmul]") {
  const auto a = entries<double>(Shape{301, 259}, "a"),
             b = entries<double>(Shape{259, 119}, "b");  // above the threshold of threads
  for (const kernel::Kernel* k : kernel::available())
    for (const int n_threads : {1, 2, 3, 16}) {
      INFO(k->name << ", " << n_threads << " threads");
      CHECK(as_by_definition<double>([&](auto x, auto y, auto z) { matmul_with(*k, n_threads, x, y, z); }, a.rows(), b.rows(),
                                     Window::plain));
    }
}

TEST_CASE("matmul: the entry that everyone calls has the bits of the definition", "[tensor][matmul]") {
  const auto a = entries<double>(Shape{30, 300}, "a"), b = entries<double>(Shape{300, 41}, "b");
  CHECK(as_by_definition<double>([](auto x, auto y, auto z) { matmul<double>(x, y, z); }, a.rows(), b.rows(), Window::plain));
  const auto a32 = as<float>(a), b32 = as<float>(b);
  CHECK(as_by_definition<float>([](auto x, auto y, auto z) { matmul<float>(x, y, z); }, a32.rows(), b32.rows(), Window::plain));
}

TEST_CASE("matmul: a batch is one product for each matrix of the last two axes, plain and transposed", "[tensor][matmul]") {
  const auto q = entries<double>(Shape{2, 3, 19, 5}, "q"), k = entries<double>(Shape{2, 3, 19, 5}, "k");
  Tensor<double> scores(Shape{2, 3, 19, 19}), mixed(Shape{2, 3, 19, 5});
  for (long i = 0; i < 6; ++i) {
    matmul<double>(q.matrix(i), k.matrix(i).transposed(), scores.matrix(i));
    matmul<double>(scores.matrix(i).transposed(), q.matrix(i), mixed.matrix(i));
  }
  // Entry by entry from the flat arrays, so that a window on the wrong matrix shows
  for (long i = 0; i < 6; ++i)
    for (long t = 0; t < 19; ++t) {
      for (long u = 0; u < 19; ++u)
        CHECK(same_entry(scores[(i * 19 + t) * 19 + u],
                         product_sum<double>(
                             5, [&](long d) { return q[(i * 19 + t) * 5 + d]; }, [&](long d) { return k[(i * 19 + u) * 5 + d]; })));
      for (long d = 0; d < 5; ++d)
        CHECK(same_entry(mixed[(i * 19 + t) * 5 + d], product_sum<double>(
                                                          19, [&](long u) { return scores[(i * 19 + u) * 19 + t]; },
                                                          [&](long u) { return q[(i * 19 + u) * 5 + d]; })));
    }
}

namespace {

// Liars, each a thing that fast kernels do. Two partial sums, added at the end:
void two_accumulators(Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  for (long i = 0; i < c.rows; ++i)
    for (long j = 0; j < c.cols; ++j) {
      double even = 0, odd = 0;
      for (long k = 0; k + 1 < a.cols; k += 2) {
        even = etalon::fma(a(i, k), b(k, j), even);
        odd = etalon::fma(a(i, k + 1), b(k + 1, j), odd);
      }
      if (a.cols % 2) even = etalon::fma(a(i, a.cols - 1), b(a.cols - 1, j), even);
      c(i, j) = even + odd;
    }
}

// Each panel of k summed from zero and then added to c, as OpenBLAS does:
void panels_from_zero(Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  for (long i = 0; i < c.rows; ++i)
    for (long j = 0; j < c.cols; ++j) {
      c(i, j) = 0;
      for (long k0 = 0; k0 < a.cols; k0 += kernel::kPanelDepth) {
        const long depth = std::min(kernel::kPanelDepth, a.cols - k0);
        c(i, j) = c(i, j) + product_sum<double>(
                                depth, [&](long k) { return a(i, k0 + k); }, [&](long k) { return b(k0 + k, j); });
      }
    }
}

// A product rounded before it is added:
void not_fused(Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  for (long i = 0; i < c.rows; ++i)
    for (long j = 0; j < c.cols; ++j) {
      c(i, j) = 0;
      for (long k = 0; k < a.cols; ++k) {
        const double product = a(i, k) * b(k, j);
        c(i, j) = c(i, j) + product;
      }
    }
}

// One more column written than there is: the poison around c must show it.
void one_too_far(Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  matmul_by_definition<double>(a, b, c);
  c(c.rows - 1, c.cols) = 0;
}

}  // namespace

TEST_CASE("matmul: the comparison catches two accumulators, restarted panels, unfused products and a stray store",
          "[tensor][matmul][planted]") {
  const auto a = entries<double>(Shape{9, 300}, "a"), b = entries<double>(Shape{300, 11}, "b");
  const auto caught = [&](auto liar) { return !as_by_definition<double>(liar, a.rows(), b.rows(), Window::plain); };
  CHECK_FALSE(caught([](auto x, auto y, auto z) { matmul_by_definition<double>(x, y, z); }));
  CHECK(caught(two_accumulators));
  CHECK(caught(panels_from_zero));
  CHECK(caught(not_fused));
  CHECK(caught(one_too_far));
}

TEST_CASE("matmul: refuses extents that do not fit", "[tensor][matmul]") {
  Tensor<double> a(Shape{2, 3}), b(Shape{4, 5}), c(Shape{2, 5});
  CHECK_THROWS_WITH(matmul<double>(a.rows(), b.rows(), c.rows()),
                    Catch::StartsWith("tensor.matmul") && Catch::Contains("[2, 3], [4, 5], [2, 5]") && Catch::Contains("hint:"));
  CHECK_THROWS_AS(matmul<float>(Matrix<const float>{}, Matrix<const float>{nullptr, 1, 1, 1, 1}, Matrix<float>{}), Error);
}

TEST_CASE("kernel: the environment names an instruction set, and a wrong name is refused", "[tensor][kernel]") {
  CHECK(kernel::available().front() == kernel::portable());
  CHECK(&kernel::named("portable") == kernel::portable());  // whatever the machine calls it
  CHECK(&kernel::named("") == kernel::available().back());
  for (const auto* k : kernel::available()) CHECK(&kernel::named(k->name) == k);
  CHECK_THROWS_WITH(kernel::named("avx9000"),
                    Catch::Contains("ETALON_ISA") && Catch::Contains(kernel::portable()->name) && Catch::Contains("'avx9000'"));
  CHECK(kernel::parse_threads("") == 1);
  CHECK(kernel::parse_threads("16") == 16);
  for (const char* text : {"0", "-1", "two", "3x", " 3", "99999999999", "1025"})
    CHECK_THROWS_WITH(kernel::parse_threads(text), Catch::Contains("ETALON_THREADS") && Catch::Contains("hint:"));
#if defined(__x86_64__)
  CHECK(kernel::avx2() != nullptr);  // null: the flags of CMakeLists.txt for kernel/avx2.cpp are lost
  CHECK(kernel::avx512() != nullptr);
#endif
}
