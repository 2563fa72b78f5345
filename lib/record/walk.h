// SPDX-License-Identifier: Apache-2.0
// walk.h — one entry of one gradient, taken apart: which entries it came from, and how much each gave.
//
//   x_bar_i = sum over the uses y of x, over the entries j of y:  y_bar_j dy_j/dx_i
//
// The VJP of each use is run on one entry of y_bar at a time, so the parts are what the page computes, not what a
// formula beside it says. Following the largest part leads back to the loss.
#pragma once

#include <string>
#include <vector>

#include "record/cases.h"
#include "tensor/shape.h"

namespace etalon::record {

// What entry j of one use gave.
struct Part {
  std::string from, op;     // "h.0.attn.scores", "scale"
  Shape shape;              // of `from`
  long entry = 0;           // j, flat
  double y_bar = 0;         // d loss / d y_j
  double contribution = 0;  // y_bar_j dy_j/dx_i
  double slope() const { return contribution / y_bar; }
};

struct Step {
  std::string name;  // of the tape entry whose gradient is taken apart
  Shape shape;
  long entry = 0;           // i, flat
  double gradient = 0;      // x_bar_i, as the tape has it
  double sum = 0;           // of the parts, left to right: the gradient up to rounding
  std::vector<Part> parts;  // largest |contribution| first; those that are 0 left out
};

// From d loss / d `name`[entry] to the loss, each step into the largest part. `name` is a parameter or a node of the tape;
// entry -1 asks for the largest. Error: no such name; the entry is beyond the shape.
std::vector<Step> walk_back(const Subject& subject, const std::string& name, long entry);

// The names on the tape of a subject, in order, with shape and op.
struct NodeName {
  std::string name, op;
  Shape shape;
};

// Error: as model::forward.
std::vector<NodeName> nodes(const Subject& subject);

}  // namespace etalon::record
