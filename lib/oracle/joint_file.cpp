#include "oracle/joint_file.h"

#include <nlohmann/json.hpp>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "oracle/npy.h"

namespace etalon::oracle {
namespace {

Tensor<double> parse_matrix_json(const std::string& text, const std::string& where) {
  constexpr const char* kHint = "a matrix is a list of rows, a joint law has one for each x: [[0.45, 0.05], [0.05, 0.45]]";
  nlohmann::json rows;
  try {
    rows = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    throw Error(where, "JSON", e.what(), kHint);
  }
  if (!rows.is_array() || rows.empty() || !rows[0].is_array() || rows[0].empty())
    throw Error(where, "a list of lists of numbers", rows.is_array() ? "a list without rows" : rows.type_name(), kHint);

  std::vector<double> p;
  const std::size_t n_y = rows[0].size();
  for (std::size_t x = 0; x < rows.size(); ++x) {
    if (!rows[x].is_array() || rows[x].size() != n_y)
      throw Error(where, "rows of " + std::to_string(n_y) + " numbers", "another row " + std::to_string(x), kHint);
    for (std::size_t y = 0; y < n_y; ++y) {
      if (!rows[x][y].is_number())
        throw Error(where, "numbers",
                    std::string(rows[x][y].type_name()) + " at [" + std::to_string(x) + ", " + std::to_string(y) + "]", kHint);
      p.push_back(rows[x][y].get<double>());
    }
  }
  return Tensor<double>(Shape{static_cast<long>(rows.size()), static_cast<long>(n_y)}, std::move(p));
}

}  // namespace

information::Joint parse_joint_json(const std::string& text, const std::string& where) {
  return information::Joint(parse_matrix_json(text, where));
}

Tensor<double> read_matrix(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  if (!looks_like_npy(bytes)) return parse_matrix_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
  auto matrix = parse_npy(bytes, path.string());
  if (matrix.shape().rank() != 2)
    throw Error(path.string(), "an array of rank 2", to_string(matrix.shape()), "reshape it to [rows, columns]");
  return matrix;
}

information::Joint read_joint(const std::filesystem::path& path) { return information::Joint(read_matrix(path)); }

std::string joint_json(const Tensor<double>& joint) {
  std::string out = "[";
  for (long x = 0; x < joint.n_rows(); ++x) {
    out += x ? ",\n [" : "[";
    for (long y = 0; y < joint.n_cols(); ++y) out += (y ? ", " : "") + shortest(joint[x * joint.n_cols() + y]);
    out += "]";
  }
  return out + "]\n";
}

}  // namespace etalon::oracle
