// SPDX-License-Identifier: Apache-2.0
#include "information/readout/ksg.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/bits.h"
#include "base/error.h"
#include "scalar/scalar.h"

namespace etalon::information {
namespace {

constexpr const char* kWhere = "information.ksg";
constexpr const char* kNoTies = "rounded or repeated numbers have no density: count them instead (plug_in_information)";

void require_finite(const char* name, const Tensor<double>& x) {
  for (long i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i]))
      throw Error(
          kWhere, "finite numbers",
          shortest(x[i]) + " at " + name + "[" + std::to_string(i / x.n_cols()) + ", " + std::to_string(i % x.n_cols()) + "]",
          "did the training diverge?");
}

void require_distinct_rows(const char* name, const Tensor<double>& x) {
  // Number the rows
  const long n = x.n_rows(), d = x.n_cols();
  std::vector<long> order(n);
  std::iota(order.begin(), order.end(), 0L);
  const auto row = [&](long i) { return x.data() + i * d; };

  // Sort the rows, equal ones by their place
  std::sort(order.begin(), order.end(), [&](long i, long j) {
    const int sign = [&] {
      for (long a = 0; a < d; ++a)
        if (row(i)[a] != row(j)[a]) return row(i)[a] < row(j)[a] ? -1 : 1;
      return 0;
    }();
    return sign < 0 || (sign == 0 && i < j);
  });

  // Refuse two neighbours that are equal
  for (long s = 1; s < n; ++s)
    if (std::equal(row(order[s]), row(order[s]) + d, row(order[s - 1])))
      throw Error(kWhere, "distinct rows",
                  "rows " + std::to_string(order[s - 1]) + " and " + std::to_string(order[s]) + " of " + name + " equal", kNoTies);
}

// What the estimate knows of sample i: its distances to the others, in x, in y and jointly.
struct Distances {
  explicit Distances(long n) : x(n), y(n), joint(n), order(n) {}

  void measure(const Tensor<double>& rows_x, const Tensor<double>& rows_y, long i) {
    const auto largest = [i](const Tensor<double>& rows, long j) {
      const double *a = rows.data() + i * rows.n_cols(), *b = rows.data() + j * rows.n_cols();
      double most = 0;
      for (long c = 0; c < rows.n_cols(); ++c) most = std::max(most, abs(a[c] - b[c]));
      return most;
    };
    for (long j = 0; j < rows_x.n_rows(); ++j) {
      x[j] = largest(rows_x, j), y[j] = largest(rows_y, j);
      joint[j] = std::max(x[j], y[j]);
    }
  }

  // The k nearest of the others first, the k-th last among them, then the one after. Error: these two are equally far.
  void find_neighbours(long i, long k) {
    std::iota(order.begin(), order.end(), 0L);
    std::swap(order[i], order.back());
    const auto nearer = [&](long a, long b) { return joint[a] < joint[b]; };
    const auto kth = order.begin() + (k - 1), others_end = order.end() - 1;
    std::nth_element(order.begin(), kth, others_end, nearer);
    if (kth + 1 == others_end) return;
    const auto next = std::min_element(kth + 1, others_end, nearer);
    if (joint[*next] == joint[*kth]) refuse_tie(i, *kth, *next);
  }

  [[noreturn]] static void refuse_tie(long i, long a, long b) {
    throw Error(kWhere, "different distances",
                "samples " + std::to_string(std::min(a, b)) + " and " + std::to_string(std::max(a, b)) +
                    " equally far from sample " + std::to_string(i),
                kNoTies);
  }

  std::vector<double> x, y, joint;
  std::vector<long> order;
};

// How many of the others lie nearer than `radius`, or as near; those at exactly `radius` must be among the k neighbours.
long count_within(const Distances& all, const std::vector<double>& distance, long i, long k, double radius, KsgRule rule) {
  long n = 0;
  for (long s = 0; s + 1 < static_cast<long>(all.order.size()); ++s) {
    const long j = all.order[s];
    if (s >= k && distance[j] == radius) Distances::refuse_tie(i, all.order[k - 1], j);
    n += distance[j] < radius || (rule != KsgRule::ksg1 && distance[j] == radius);
  }
  return n;
}

double largest_of_first(const std::vector<double>& distance, const std::vector<long>& order, long k) {
  double most = 0;
  for (long s = 0; s < k; ++s) most = std::max(most, distance[order[s]]);
  return most;
}

// x + y = sum + error exactly (Knuth).
struct Pair {
  double high = 0, low = 0;
  void add(double y) {
    const double sum = high + y, part = sum - high;
    low = low + ((high - (sum - part)) + (y - part));
    high = sum;
  }
};

// sum_j c_j / j, each quotient with its remainder: (c - q j)/j is what q lacks.
double sum_of_quotients(const std::vector<long>& c) {
  Pair total;
  for (std::size_t i = 0; i < c.size(); ++i) {
    const double j = static_cast<double>(i + 1), q = static_cast<double>(c[i]) / j;
    total.add(q);
    total.add(fma(-q, j, static_cast<double>(c[i])) / j);
  }
  return total.high + total.low;
}

using Integer = __int128;

Integer gcd(Integer a, Integer b) {
  a = a < 0 ? -a : a;
  while (b != 0) {
    const Integer rest = a % b;
    a = b, b = rest;
  }
  return a;
}

std::string decimal(Integer n) {
  if (n < 0) return "-" + decimal(-n);
  std::string digits;
  do digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(n % 10)));
  while ((n /= 10) != 0);
  return digits;
}

// (1/N) sum_j c_j / j in lowest terms, unless a step leaves 127 bits.
void write_fraction(Ksg& result, long n) {
  Integer num = 0, den = 1;
  for (std::size_t i = 0; i < result.c.size(); ++i) {
    // Add num/den + c/j over lcm(den, j)
    const Integer j = static_cast<Integer>(i) + 1, common = gcd(den, j);
    Integer left, right, both;
    if (__builtin_mul_overflow(num, j / common, &left) || __builtin_mul_overflow(Integer{result.c[i]}, den / common, &right) ||
        __builtin_add_overflow(left, right, &num) || __builtin_mul_overflow(den, j / common, &both))
      return;

    // Reduce
    const Integer shared = gcd(num, both);
    num = num / shared, den = both / shared;
  }

  // Divide by N >= 2
  const Integer shared = gcd(num, Integer{n});
  num = num / shared;
  if (__builtin_mul_overflow(den, Integer{n} / shared, &den)) return;  // NOLINT(clang-analyzer-core.DivideZero): shared divides N
  result.numerator = decimal(num), result.denominator = decimal(den);
}

void require_samples(const Tensor<double>& x, const Tensor<double>& y, long k) {
  // Refuse shapes that do not fit, and a k that has no neighbour
  if (x.shape().rank() != 2 || y.shape().rank() != 2 || x.n_rows() != y.n_rows() || x.n_cols() < 1 || y.n_cols() < 1 ||
      x.n_rows() >= 1L << 31)
    throw Error(kWhere, "x [N, d_x] and y [N, d_y]", to_string(x.shape()) + " and " + to_string(y.shape()),
                "one row for each sample; a column of numbers has shape [N, 1]");
  const long n = x.n_rows();
  if (k < 1 || k >= n)
    throw Error(kWhere, "1 <= k < N", "k = " + std::to_string(k) + ", N = " + std::to_string(n), "k = 3 is a usual choice");

  // Refuse numbers that come from no density
  require_finite("x", x), require_finite("y", y);
  require_distinct_rows("x", x), require_distinct_rows("y", y);
}

// How many samples have a marginal count n_x(i) of 0, 1, ..., N-1, or n_y(i): x and y together.
std::vector<long> samples_by_count(const Tensor<double>& x, const Tensor<double>& y, long k, KsgRule rule) {
  const long n = x.n_rows();
  std::vector<long> with_count(n, 0);
  Distances from_i(n);
  for (long i = 0; i < n; ++i) {
    from_i.measure(x, y, i);
    from_i.find_neighbours(i, k);
    for (const auto* marginal : {&from_i.x, &from_i.y}) {
      const double radius = largest_of_first(rule == KsgRule::ksg2 ? *marginal : from_i.joint, from_i.order, k);
      ++with_count[count_within(from_i, *marginal, i, k, radius, rule)];
    }
  }
  return with_count;
}

}  // namespace

Ksg ksg(const Tensor<double>& x, const Tensor<double>& y, long k, KsgRule rule) {
  require_samples(x, y, k);
  const long n = x.n_rows();
  const std::vector<long> with_count = samples_by_count(x, y, k, rule);

  // Compute the coefficients, the largest j first:  c_j = N [j < k] + N [j < N] - #{i : n_x(i) >= j} - #{i : n_y(i) >= j} in KSG-1;
  // with > for >=, and - N at j = k, in KSG-2
  Ksg result;
  result.c.assign(n - 1, 0);
  long at_least = 0;  // counts >= j in KSG-1, > j in KSG-2
  for (long j = n - 1; j >= 1; --j) {
    if (rule != KsgRule::ksg2) at_least += with_count[j];
    result.c[j - 1] = n + (j < k ? n : 0) - at_least - (rule == KsgRule::ksg2 && j == k ? n : 0);
    if (rule == KsgRule::ksg2) at_least += with_count[j];
  }
  write_fraction(result, n);

  // Sum c_j / j and write down the definition
  Provenance how;
  how.choices = {{"estimator", to_string(rule)},
                 {"k", std::to_string(k)},
                 {"samples", std::to_string(n)},
                 {"dimension of X", std::to_string(x.n_cols())},
                 {"dimension of Y", std::to_string(y.n_cols())},
                 {"metric", "largest coordinate"}};
  if (!result.denominator.empty()) how.choices.emplace_back("fraction", result.numerator + "/" + result.denominator);
  result.mutual = {Nats(sum_of_quotients(result.c) / static_cast<double>(n)), how};
  return result;
}

}  // namespace etalon::information
