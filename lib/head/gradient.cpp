// SPDX-License-Identifier: Apache-2.0
#include "head/gradient.h"

#include <string>

#include "base/error.h"

namespace etalon::head::detail {

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

void require_target(std::size_t position, std::int64_t target, long vocabulary) {
  if (target < 0 || target >= vocabulary)
    throw Error("head, target " + std::to_string(position), "a token id in [0, " + std::to_string(vocabulary) + "), or -100",
                std::to_string(target), "do the targets belong to this vocabulary?");
}

void refuse_entry(const char* name, long row, double entry, long column) {
  throw Error("head, row " + std::to_string(row) + " of " + name, "finite numbers",
              std::to_string(entry) + " at column " + std::to_string(column),
              "a gradient through NaN or infinity measures nothing; find where it arose");
}

void refuse_logit(double logit, long position) {
  throw Error("head", "finite logits H W^T", std::to_string(logit) + " at position " + std::to_string(position),
              "H or W is larger than any trained model's; was a byte order or a dtype mistaken?");
}

void refuse_all_ignored(std::size_t n_targets) {
  throw Error("head", "at least one target that counts", std::to_string(n_targets) + " targets, all ignored",
              "a loss over no positions has no gradient; shift the targets, or use another batch");
}

}  // namespace etalon::head::detail
