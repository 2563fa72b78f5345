// SPDX-License-Identifier: Apache-2.0
// joint_file.h — a joint law p(x, y) from a file of any format that matrix_file.h reads, or the relative frequencies of samples.
//
// A table that does not sum to 1 is refused, with what it looks like: samples, counts, a channel, a channel on its side, float32, a
// slip. It is divided by its total only where that is asked for by name, and the total is kept, so that whoever prints a result can
// say so. What looks like samples is remarked upon even then: the total of a column of samples means nothing.
#pragma once

#include <string>
#include <vector>

#include "file/samples.h"
#include "information/law/joint.h"

namespace etalon::ib_oracle {

enum class Total { must_be_one, divide_by_it };

struct JointFile {
  information::Joint joint;
  double given_total;                                   // what the table in the file sums to; of samples, their number
  std::vector<std::string> x_names = {}, y_names = {};  // of the values of x and y, where the file has them
  std::string remark = {};                              // what a user should hear; empty as a rule
};

// Error: whatever read_table and information::Joint refuse; a table whose numbers are no law, with its place in the file.
JointFile read_joint(const std::string& spec, Total total = Total::must_be_one);

// The same for a table that is read already. `where` names it.
JointFile joint_of(Tensor<double> table, const std::string& where, Total total = Total::must_be_one);

// n_xy / N of two columns of samples, rows and columns in order of first appearance. Error: none for columns of one length >= 1.
JointFile joint_of_samples(const file::SampleColumn& x, const file::SampleColumn& y);

// The same of a file of samples (x, y). Error: as file::read_samples; other than two columns.
JointFile read_joint_of_samples(const std::string& spec);

// The law of a JSON text [[p, ...], ...]. Error: as read_joint.
information::Joint parse_joint_json(const std::string& text, const std::string& where);

// The table [X, Y] as JSON [[p, ...], ...] with the shortest decimals that read back as the same doubles.
std::string joint_json(const Tensor<double>& joint);

// The same with the names of its rows and columns, as read_joint reads them: {"p": [[p, ...], ...], "x": [...], "y": [...]}.
std::string joint_json(const information::Joint& joint, const std::vector<std::string>& x_names,
                       const std::vector<std::string>& y_names);

// What to do about a table whose rows are no laws p(y|x): what it looks like.
std::string hint_for_rows(const Tensor<double>& table);

}  // namespace etalon::ib_oracle
