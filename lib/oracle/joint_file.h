// joint_file.h — a joint law p(x, y) from a file: .npy, or JSON as a list of rows.
#pragma once

#include <filesystem>
#include <string>

#include "information/joint.h"

namespace etalon::oracle {

// Which of the two is told by the first bytes, not by the name. Error: as read_npy; JSON that is not a list of equally long
// lists of numbers; and whatever information::Joint refuses.
information::Joint read_joint(const std::filesystem::path& path);

information::Joint parse_joint_json(const std::string& text, const std::string& where);

// [[p, ...], ...] with the shortest decimals that read back as the same doubles.
std::string joint_json(const Tensor<double>& joint);

}  // namespace etalon::oracle
