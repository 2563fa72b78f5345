// SPDX-License-Identifier: Apache-2.0
// joint_file.h — a joint law p(x, y) from a file of any format that matrix_file.h reads.
//
// A table that does not sum to 1 is refused, with what it looks like: counts, float32, a slip. It is divided by its total only
// where that is asked for by name, and the total is kept, so that whoever prints a result can say so.
#pragma once

#include <string>

#include "information/law/joint.h"

namespace etalon::ib_oracle {

enum class Total { must_be_one, divide_by_it };

struct JointFile {
  information::Joint joint;
  double given_total;  // what the table in the file sums to
};

// Error: whatever read_matrix and information::Joint refuse; a table whose numbers are no law, with its place in the file.
JointFile read_joint(const std::string& spec, Total total = Total::must_be_one);

// The same for a table that is read already. `where` names it.
JointFile joint_of(Tensor<double> table, const std::string& where, Total total = Total::must_be_one);

// The law of a JSON text [[p, ...], ...]. Error: as read_joint.
information::Joint parse_joint_json(const std::string& text, const std::string& where);

// The table [X, Y] as JSON [[p, ...], ...] with the shortest decimals that read back as the same doubles.
std::string joint_json(const Tensor<double>& joint);

}  // namespace etalon::ib_oracle
