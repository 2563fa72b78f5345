// joint_file.h — a matrix from a file, .npy or JSON as a list of rows; a joint law p(x, y) is one.
#pragma once

#include <filesystem>
#include <string>

#include "information/joint.h"

namespace etalon::oracle {

// [rows, columns]. Which of the two formats it is, the first bytes tell, not the name. Error: as read_npy; an array of another
// rank; JSON that is not a list of equally long lists of numbers.
Tensor<double> read_matrix(const std::filesystem::path& path);

// The same as a joint law. Error: also whatever information::Joint refuses.
information::Joint read_joint(const std::filesystem::path& path);

information::Joint parse_joint_json(const std::string& text, const std::string& where);

// [[p, ...], ...] with the shortest decimals that read back as the same doubles.
std::string joint_json(const Tensor<double>& joint);

}  // namespace etalon::oracle
