// SPDX-License-Identifier: Apache-2.0
// shape.h — a short list of extents, printed the way the docs write it: [B, T, C].
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace etalon {

class Shape {
 public:
  Shape() = default;  // rank 0: one number
  Shape(std::initializer_list<long> extents) : extents_(extents) {}
  explicit Shape(std::vector<long> extents) : extents_(std::move(extents)) {}

  long operator[](int axis) const { return extents_[axis]; }
  int rank() const { return static_cast<int>(extents_.size()); }
  // How many entries a tensor of this shape has.
  long size() const {
    long n = 1;
    for (const long extent : extents_) n *= extent;
    return n;
  }

  // The extent of the last axis, 1 for rank 0; and the product of all extents before it.
  long n_cols() const { return extents_.empty() ? 1 : extents_.back(); }
  long n_rows() const {
    long n = 1;
    for (int axis = 0; axis + 1 < rank(); ++axis) n *= extents_[axis];
    return n;
  }

  // The same shape with another last extent. Rank at least 1.
  Shape with_last(long extent) const {
    Shape changed = *this;
    changed.extents_.back() = extent;
    return changed;
  }

  const std::vector<long>& extents() const { return extents_; }
  bool operator==(const Shape&) const = default;

 private:
  std::vector<long> extents_;
};

// "[2, 3, 16]"; "[]" for rank 0.
inline std::string to_string(const Shape& s) {
  std::string out = "[";
  for (int i = 0; i < s.rank(); ++i) out += (i ? ", " : "") + std::to_string(s[i]);
  return out + "]";
}

}  // namespace etalon
