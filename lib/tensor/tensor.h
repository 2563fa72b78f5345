// SPDX-License-Identifier: Apache-2.0
// tensor.h — the one tensor: a shape and its numbers, last axis fastest.
//
// A Matrix is a window on numbers that live elsewhere: rows, columns and two strides. It copies nothing; transposing it swaps
// the strides. Everything that multiplies takes windows. Indices are not checked.
#pragma once

#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tensor/shape.h"

namespace etalon {

// Whether Tensor::to_fill hands out NaN instead of 0, so that an entry which nobody writes shows. On in debug builds and in every test
// (tests/main.cpp); not meant to be changed while something computes.
#ifdef NDEBUG
inline bool poison_outputs = false;
#else
inline bool poison_outputs = true;
#endif

template <class S>
struct Matrix {
  S* data;
  long rows, cols;
  long row_stride, col_stride;

  S& operator()(long i, long j) const { return data[i * row_stride + j * col_stride]; }
  Matrix transposed() const { return {data, cols, rows, col_stride, row_stride}; }
  operator Matrix<const S>() const { return {data, rows, cols, row_stride, col_stride}; }
};

template <class S>
class Tensor {
 public:
  Tensor() : Tensor(Shape{0}) {}  // no entries

  // Zeros; or the given entries, last axis fastest. Error: not as many entries as the shape has.
  explicit Tensor(Shape shape) : shape_(std::move(shape)), data_(shape_.size(), S(0.0)) {}
  Tensor(Shape shape, std::vector<S> data) : shape_(std::move(shape)), data_(std::move(data)) {
    if (static_cast<long>(data_.size()) != shape_.size())
      throw Error("tensor", std::to_string(shape_.size()) + " numbers for shape " + to_string(shape_), std::to_string(data_.size()),
                  "the product of the extents is the number of entries");
  }

  // For an output whose every entry will be written; NaN where poison_outputs says so.
  static Tensor to_fill(Shape shape) {
    Tensor t(std::move(shape));
    if (poison_outputs)
      for (S& x : t.data_) x = S(std::numeric_limits<double>::quiet_NaN());
    return t;
  }

  const Shape& shape() const { return shape_; }
  long size() const { return static_cast<long>(data_.size()); }
  S& operator[](long i) { return data_[i]; }
  const S& operator[](long i) const { return data_[i]; }
  S* data() { return data_.data(); }
  const S* data() const { return data_.data(); }
  const std::vector<S>& values() const { return data_; }

  // Everything but the last axis folded into rows.
  long n_rows() const { return shape_.n_rows(); }
  long n_cols() const { return shape_.n_cols(); }
  Matrix<S> rows() { return {data(), n_rows(), n_cols(), n_cols(), 1}; }
  Matrix<const S> rows() const { return {data(), n_rows(), n_cols(), n_cols(), 1}; }

  // The i-th matrix of the last two axes, the axes before folded into one.
  Matrix<S> matrix(long i) { return {data() + i * last_two(), shape_[shape_.rank() - 2], n_cols(), n_cols(), 1}; }
  Matrix<const S> matrix(long i) const { return {data() + i * last_two(), shape_[shape_.rank() - 2], n_cols(), n_cols(), 1}; }

  // A copy with the same entries in another shape. Error: as of the constructor.
  Tensor reshaped(Shape shape) const { return Tensor(std::move(shape), data_); }

 private:
  long last_two() const { return shape_[shape_.rank() - 2] * n_cols(); }

  Shape shape_;
  std::vector<S> data_;
};

// The same numbers read as another scalar: exact into Ball and Dual, rounded once into float.
template <class To, class From>
Tensor<To> as(const Tensor<From>& x) {
  std::vector<To> data;
  data.reserve(x.size());
  for (long i = 0; i < x.size(); ++i) data.emplace_back(x[i]);
  return Tensor<To>(x.shape(), std::move(data));
}

}  // namespace etalon
