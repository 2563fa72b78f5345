#include "head/gradient.h"

#include <cmath>
#include <string>

#include "base/error.h"

namespace etalon::head {
namespace {

void require_shapes(const Shape& w, const Shape& h, std::size_t n_targets) {
  if (w.rank() != 2 || w[0] < 1 || w[1] < 1)
    throw Error("head", "a head W of shape [V, D] with V, D >= 1", to_string(w),
                "give lm_head.weight, or the tied token embedding");
  if (h.rank() < 1 || h.n_cols() != w[1])
    throw Error("head", "hidden states H of shape [N, " + std::to_string(w[1]) + "], for W " + to_string(w), to_string(h),
                "H is what enters the head, after the final norm; is W transposed?");
  if (static_cast<long>(n_targets) != h.n_rows())
    throw Error("head", "one target for each of " + std::to_string(h.n_rows()) + " hidden states", std::to_string(n_targets),
                "targets are the next tokens, -100 where a position does not count");
}

void require_finite(const char* name, long row, const double* x, long n) {
  for (long j = 0; j < n; ++j)
    if (!std::isfinite(x[j]))
      throw Error("head, row " + std::to_string(row) + " of " + name, "finite numbers",
                  std::to_string(x[j]) + " at column " + std::to_string(j),
                  "a gradient through NaN or infinity measures nothing; find where it arose");
}

}  // namespace

Positions counted_positions(const Tensor<double>& w, const Tensor<double>& h, const std::vector<std::int64_t>& targets) {
  require_shapes(w.shape(), h.shape(), targets.size());
  const long v = w.n_rows(), d = w.n_cols();
  for (long i = 0; i < v; ++i) require_finite("W", i, w.data() + i * d, d);

  Positions counted;
  std::vector<double> rows;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == kIgnored) continue;
    if (targets[i] < 0 || targets[i] >= v)
      throw Error("head, target " + std::to_string(i), "a token id in [0, " + std::to_string(v) + "), or -100",
                  std::to_string(targets[i]), "do the targets belong to this vocabulary?");
    const double* const h_i = h.data() + static_cast<long>(i) * d;
    require_finite("H", static_cast<long>(i), h_i, d);
    rows.insert(rows.end(), h_i, h_i + d);
    counted.targets.push_back(static_cast<long>(targets[i]));
  }
  const long n = static_cast<long>(counted.targets.size());
  counted.n_ignored = static_cast<long>(targets.size()) - n;
  if (n == 0)
    throw Error("head", "at least one target that counts", std::to_string(targets.size()) + " targets, all ignored",
                "a loss over no positions has no gradient; shift the targets, or use another batch");
  counted.h = Tensor<double>(Shape{n, d}, std::move(rows));
  return counted;
}

}  // namespace etalon::head
