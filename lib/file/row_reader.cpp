// SPDX-License-Identifier: Apache-2.0
#include "file/row_reader.h"

#include <algorithm>

#include "base/error.h"
#include "file/matrix_file.h"

namespace etalon::file {

RowReader::RowReader(const std::string& spec) : spec_(spec) {
  // Read text whole, and of an array the header
  Input input = open_input(spec);
  if (input.format == Format::json || input.format == Format::text) {
    whole_ = table_of(std::move(input)).values;
    shape_ = whole_.shape();
    return;
  }
  array_ = open_array(std::move(input));
  shape_ = array_->shape();
  if (shape_.rank() < 2)
    throw Error(spec, "an array [N, D] or [N, L, D]", to_string(shape_), "rows are samples: reshape it to [rows, columns]");
}

Tensor<double> RowReader::next(long n) {
  const long k = std::min(n, n_rows() - at_), d = n_cols();
  std::vector<double> rows(k * d);
  if (array_) array_->read(rows);
  else std::copy_n(whole_.data() + at_ * d, k * d, rows.begin());
  at_ += k;
  return Tensor<double>(Shape{k, d}, std::move(rows));
}

}  // namespace etalon::file
