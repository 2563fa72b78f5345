// SPDX-License-Identifier: Apache-2.0
// zero_rules.h — which entries are zero whatever the weights, and why.
//
// FUTURE   A hidden entry of `masked` and `probs` is 0, and so is the gradient that softmax sends back there.
//
// ALONE    A row of attention that sees one column has probs = 1 whatever the score: the score's gradient is 0,
//          and so is the gradient of the query that made the row.
//
// SHIFT    Adding a constant to a row of scores leaves softmax as it is. The key bias b adds q_t . b to every score of row t:
//          a constant. So the loss does not depend on it, and its gradient is 0 in exact arithmetic. Of a key that is rotated after
//          the bias this holds for the columns that the rotation leaves alone: the others carry the bias to another direction
//          at each position. A backend holds rounding noise there (3e-8 in fp32), in AdamW's m and v too; and since AdamW divides m
//          by sqrt(v), the noise becomes a step of up to the learning rate. The parameter is therefore compared absolutely, with an
//          allowance of the size of those steps.
//
// UNUSED   A row of an embedding that no token reads receives no gradient (unless the head is tied to it); nor does a learned
//          position beyond the sequence.
//
// IGNORED  A position whose target is ignored has no term in the loss: its rows of d loss / d logits and of
//          d loss / d norm_f are 0.
//
// NO PATH  Whatever else is 0 in the run of the model in symbols (record/structure.h). After the attention of the last block no
//          position reads another. So everything that the last block computes for a position without target has gradient 0, back to
//          its query; not its key and its value, which later positions read. If no position with a target follows, these are 0
//          too, in every block.
//
// Without weights nothing here can be wrong by chance. tests/certify/zeros_test.cpp proves each region in ball arithmetic, and that
// no other entry of a gradient is 0. All rules but SHIFT are in the symbols too, where tests/record/zero_rules_test.cpp looks for
// them; they are stated here because they have a better reason to give.
#pragma once

#include <string>
#include <vector>

#include "golden/region.h"
#include "record/cases.h"
#include "record/structure.h"

namespace etalon::record {

struct ZeroRule {
  golden::Region where;
  std::string reason;
  bool drifts = false;  // a parameter that AdamW moves by normalised noise: constant in exact arithmetic, not zero
};

// The rules of one subject. Its parameters play no part.
class ZeroRules {
 public:
  // Runs the model once, in symbols. Error: as structure_of.
  explicit ZeroRules(const Subject& subject);

  // The rules for one tensor of the trace, by its name (golden/tensor_name.h) and shape; none for most. Regions fit the shape.
  std::vector<ZeroRule> of(const std::string& tensor, const Shape& shape) const;

 private:
  model::Config config_;
  model::Batch batch_;
  Structure structure_;
};

// SHIFT for a bias whose keys begin at entry `first`: a range of entries for each run of columns that no rotation turns.
std::vector<golden::Region> key_bias_zeros(long first, const std::vector<char>& unturned);

}  // namespace etalon::record
