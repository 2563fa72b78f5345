// SPDX-License-Identifier: Apache-2.0
#include "golden/compare.h"

#include <bit>
#include <cmath>
#include <limits>

#include "base/bits.h"
#include "scalar/exact.h"
#include "tensor/sum.h"

namespace etalon::golden {
namespace {

// error / allowed, without 0/0: where nothing is allowed, any error is infinitely far out.
double share(double error, double allowed) {
  return error == 0 ? 0 : allowed == 0 ? std::numeric_limits<double>::infinity() : error / allowed;
}

// Takes entry i into what was seen of a set of entries.
void take(Gap& gap, long i, double golden, double candidate, double allowed) {
  const double error = std::isfinite(candidate) ? etalon::abs(candidate - golden) : std::numeric_limits<double>::infinity();
  const bool ok = error <= allowed;
  ++gap.n_entries;
  gap.n_refused += !ok;
  gap.n_not_finite += !std::isfinite(candidate);
  if (gap.worst >= 0 && !(share(error, allowed) > share(gap.max_error, gap.allowed))) return;
  gap.max_error = error;
  gap.allowed = allowed;
  gap.worst = i;
}

// How many fp32 numbers apart two doubles are once rounded to fp32.
std::uint64_t ulp_distance_fp32(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<std::uint64_t>::max();
  const auto place = [](double x) {
    const auto word = std::bit_cast<std::uint32_t>(static_cast<float>(x));
    const std::int64_t magnitude = word & 0x7fffffff;
    return word >> 31 ? -magnitude : magnitude;
  };
  const std::int64_t distance = place(a) - place(b);
  return static_cast<std::uint64_t>(distance < 0 ? -distance : distance);
}

// |candidate - golden|_2 / |golden|_2 over the entries that are not set apart.
std::optional<double> relative_l2(const std::vector<double>& golden, const std::vector<double>& candidate,
                                  const std::vector<char>& apart) {
  const long n = static_cast<long>(golden.size());
  const auto error = [&](long i) { return apart[i] ? 0 : candidate[i] - golden[i]; };
  const auto value = [&](long i) { return apart[i] ? 0 : golden[i]; };
  const double ratio = sqrt(product_sum<double>(n, error, error)) / sqrt(product_sum<double>(n, value, value));
  return std::isfinite(ratio) ? std::optional(ratio) : std::nullopt;
}

double allowed_at(const AllowedAt& allowed, Precision p, const std::string& name) {
  const auto& at = allowed[static_cast<int>(p)];
  if (!at)
    throw Error("compare: " + name, "a tolerance for " + std::string(name_of(p)), "none",
                "this tensor is not judged at that precision");
  return at->tolerance;
}

}  // namespace

bool Comparison::ok() const {
  for (const Gap& zero : zeros)
    if (!zero.ok()) return false;
  return values.ok();
}

long Comparison::worst_refused() const {
  if (!values.ok()) return values.worst;
  for (const Gap& zero : zeros)
    if (!zero.ok()) return zero.worst;
  return -1;
}

Comparison compare(const TensorEntry& entry, const std::vector<double>& golden, const std::vector<double>& candidate, Precision p,
                   std::span<const double> per_entry) {
  // Compare the entries of each structural zero, each in the first that holds it, and set them apart
  Comparison c;
  const long n = static_cast<long>(golden.size());
  std::vector<char> apart(n, 0);  // entries of a structural zero, or not judged
  for (const StructuralZero& zero : entry.zeros) {
    const auto inside = flags(zero.where, entry.shape, "structural zeros of " + entry.name);
    Gap gap;
    const double allowed = gap.allowed = allowed_at(zero.allowed, p, entry.name);
    for (long i = 0; i < n; ++i) {
      if (!inside[i] || apart[i]) continue;
      take(gap, i, golden[i], candidate[i], allowed);
      apart[i] = 1;
    }
    c.zeros.push_back(gap);
  }

  // Compare the other entries, each with its own tolerance where there is one; an infinite one sets the entry apart
  const double tolerance = c.values.allowed = allowed_at(entry.allowed, p, entry.name);
  bool zeros_would_pass = true;
  for (long i = 0; i < n; ++i) {
    if (apart[i]) continue;
    const double allowed = per_entry.empty() ? tolerance : per_entry[i];
    if (std::isinf(allowed)) {
      apart[i] = 1;
      continue;
    }
    take(c.values, i, golden[i], candidate[i], allowed);

    // Note how many numbers of the precision lie between, and whether 0 would pass here
    const std::uint64_t ulp =
        p == Precision::fp64 ? ulp_distance(golden[i], candidate[i]) : ulp_distance_fp32(golden[i], candidate[i]);
    c.max_ulp = ulp > c.max_ulp ? ulp : c.max_ulp;
    zeros_would_pass = zeros_would_pass && etalon::abs(golden[i]) <= allowed;
  }

  // Compare them as a whole
  c.relative_l2 = relative_l2(golden, candidate, apart);
  c.vacuous = c.values.n_entries > 0 && zeros_would_pass;
  return c;
}

}  // namespace etalon::golden
