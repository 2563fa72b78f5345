// SPDX-License-Identifier: Apache-2.0
// zero_rules.h — which entries are zero whatever the weights, and why.
//
// FUTURE   A hidden entry of `masked` and `probs` is 0, and so is the gradient that softmax sends back there.
//
// ALONE    A row of attention that sees one column has probs = 1 whatever the score: the score's gradient is 0,
//          and so is the gradient of the query that made the row.
//
// SHIFT    Adding a constant to a row of scores leaves softmax as it is. The key bias b adds q_t . b to every score of row t:
//          a constant. So the loss does not depend on it, and its gradient is 0 in exact arithmetic. A backend holds rounding
//          noise there (3e-8 in fp32), in AdamW's m and v too; and since AdamW divides m by sqrt(v), the noise becomes a step of up
//          to the learning rate. The parameter is therefore compared absolutely, with an allowance of the size of those steps.
//
// UNUSED   A row of an embedding that no token reads receives no gradient (unless the head is tied to it); nor does a learned
//          position beyond the sequence.
//
// IGNORED  A position whose target is ignored has no term in the loss: its rows of d loss / d logits and of
//          d loss / d norm_f are 0.
//
// Without weights nothing here can be wrong by chance: tests/certify/zeros_test.cpp proves each region in ball arithmetic.
#pragma once

#include <string>
#include <vector>

#include "golden/region.h"
#include "record/cases.h"

namespace etalon::record {

struct ZeroRule {
  golden::Region where;
  std::string reason;
  bool drifts = false;  // a parameter that AdamW moves by normalised noise: constant in exact arithmetic, not zero
};

// The rules for one tensor of the trace, by its name (golden/tensor_name.h) and shape; none for most. Regions fit the shape.
std::vector<ZeroRule> zero_rules(const Subject& subject, const std::string& tensor, const Shape& shape);

}  // namespace etalon::record
