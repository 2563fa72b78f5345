// SPDX-License-Identifier: Apache-2.0
// region.h — a part of a tensor that one sentence can describe.
//
//   all              every entry
//   above_diagonal   column > row in the last two axes: the future, in attention
//   box              first <= index < last on every axis
//   rows             whole rows of the last axis, numbered with all axes before it folded
//   entries          single entries, numbered with all axes folded
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tensor/shape.h"

namespace etalon::golden {

struct Region {
  enum class Kind { all, above_diagonal, box, rows, entries };

  Kind kind = Kind::all;
  std::vector<std::pair<long, long>> box;  // kind box: a half-open range for each axis
  std::vector<long> rows;                  // kinds rows and entries: increasing

  static Region everything() { return {}; }
  static Region future() { return {Kind::above_diagonal, {}, {}}; }
  static Region in_box(std::vector<std::pair<long, long>> ranges) { return {Kind::box, std::move(ranges), {}}; }
  static Region of_rows(std::vector<long> rows) { return {Kind::rows, {}, std::move(rows)}; }
  static Region of_entries(std::vector<long> entries) { return {Kind::entries, {}, std::move(entries)}; }
  bool operator==(const Region&) const = default;
};

// One flag for each entry of a tensor of that shape, last axis fastest: 1 inside the region.
// Error at `where`: a box of another rank or beyond the shape, a row or an entry that is not there, a diagonal of rank < 2.
std::vector<char> flags(const Region& region, const Shape& shape, const std::string& where);

// [2, 0, 17] for a flat index.
std::string index_text(long flat, const Shape& shape);

}  // namespace etalon::golden
