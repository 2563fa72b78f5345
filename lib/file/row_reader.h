// SPDX-License-Identifier: Apache-2.0
// row_reader.h — the rows of a matrix in a file, some at a time: what is too large to hold twice is never held whole.
//
// 10^5 states of width 768 are 0.3 GB in a file of float32 and 0.6 GB as doubles; read by thousands they take a few MB.
#pragma once

#include <memory>
#include <string>

#include "file/arrays.h"

namespace etalon::file {

class RowReader {
 public:
  // Any file that read_table takes. Error: as there, except for numbers that are not read yet.
  explicit RowReader(const std::string& spec);

  const std::string& spec() const { return spec_; }
  const Shape& shape() const { return shape_; }  // as the file has it, [..., D]
  long n_rows() const { return shape_.n_rows(); }
  long n_cols() const { return shape_.n_cols(); }

  // The next rows, at most n >= 1 of them: [k, D], and [0, D] behind the last. Error: the file is cut off or damaged.
  Tensor<double> next(long n);

 private:
  std::string spec_;
  std::unique_ptr<ArrayReader> array_;  // nullptr: text, which is read whole
  Tensor<double> whole_;
  Shape shape_;
  long at_ = 0;
};

}  // namespace etalon::file
