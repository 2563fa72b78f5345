// SPDX-License-Identifier: Apache-2.0
#include "golden/region.h"

#include "base/error.h"

namespace etalon::golden {
namespace {

// The index on every axis of the entry with that flat index.
std::vector<long> indices_of(long flat, const Shape& shape) {
  std::vector<long> at(shape.rank());
  for (int axis = shape.rank(); axis-- > 0;) {
    at[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  return at;
}

void require_fit(const Region& region, const Shape& shape, const std::string& where) {
  // Require a diagonal to be there, or every row or entry
  const std::string hint = "structural zeros are recorded beside the tensor: was the manifest edited?";
  if (region.kind == Region::Kind::above_diagonal && shape.rank() < 2)
    throw Error(where, "a tensor of rank 2 or more above whose diagonal to look", to_string(shape), hint);
  if (region.kind == Region::Kind::rows || region.kind == Region::Kind::entries) {
    const bool whole_rows = region.kind == Region::Kind::rows;
    const long n = whole_rows ? shape.n_rows() : shape.size();
    for (const long at : region.rows)
      if (at < 0 || at >= n)
        throw Error(where, (whole_rows ? "rows below " : "entries below ") + std::to_string(n), std::to_string(at), hint);
  }

  // Require of a box a range inside the shape on every axis
  if (region.kind != Region::Kind::box) return;
  if (static_cast<int>(region.box.size()) != shape.rank())
    throw Error(where, "one range for each axis of " + to_string(shape), std::to_string(region.box.size()) + " ranges", hint);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto [first, last] = region.box[axis];
    if (first < 0 || first > last || last > shape[axis])
      throw Error(where, "a range inside 0.." + std::to_string(shape[axis]) + " on axis " + std::to_string(axis),
                  "[" + std::to_string(first) + ", " + std::to_string(last) + ")", hint);
  }
}

bool box_holds(const std::vector<std::pair<long, long>>& box, const std::vector<long>& at) {
  for (std::size_t axis = 0; axis < box.size(); ++axis)
    if (at[axis] < box[axis].first || at[axis] >= box[axis].second) return false;
  return true;
}

}  // namespace

std::vector<char> flags(const Region& region, const Shape& shape, const std::string& where) {
  // Flag everything or nothing
  require_fit(region, shape, where);
  std::vector<char> inside(shape.size(), region.kind == Region::Kind::all);

  // Flag the rows, or the entries, that are listed
  const long n_cols = shape.n_cols();
  switch (region.kind) {
    case Region::Kind::all: break;
    case Region::Kind::rows:
      for (const long row : region.rows)
        for (long j = 0; j < n_cols; ++j) inside[row * n_cols + j] = 1;
      break;
    case Region::Kind::entries:
      for (const long at : region.rows) inside[at] = 1;
      break;

    // Flag the entries whose index lies above the diagonal, or in the box
    case Region::Kind::above_diagonal:
      for (long i = 0; i < shape.size(); ++i) inside[i] = i % n_cols > i / n_cols % shape[shape.rank() - 2];
      break;
    case Region::Kind::box:
      for (long i = 0; i < shape.size(); ++i) inside[i] = box_holds(region.box, indices_of(i, shape));
      break;
  }
  return inside;
}

std::string index_text(long flat, const Shape& shape) {
  std::string text = "[";
  const auto at = indices_of(flat, shape);
  for (std::size_t axis = 0; axis < at.size(); ++axis) text += (axis ? ", " : "") + std::to_string(at[axis]);
  return text + "]";
}

}  // namespace etalon::golden
