// SPDX-License-Identifier: Apache-2.0
#include "record/walk.h"

#include <algorithm>

#include "golden/region.h"
#include "model/transformer.h"

namespace etalon::record {
namespace {

using DoubleTape = Tape<double>;

// What each entry of the use `y` gave to entry i of its input x.
void add_parts(const DoubleTape& tape, DoubleTape::Id y, DoubleTape::Id x, long i, std::vector<Part>& parts) {
  const auto& use = tape.entries()[y];
  const Tensor<double>& y_bar = tape.bar(y);
  Tensor<double> one(y_bar.shape());
  for (long j = 0; j < y_bar.size(); ++j) {
    if (y_bar[j] == 0) continue;
    one[j] = y_bar[j];
    const auto x_bars = use.pull(tape.args(use), use.value, one);
    double contribution = 0;
    for (std::size_t k = 0; k < use.from.size(); ++k)
      if (use.from[k] == x) contribution += x_bars[k][i];
    if (contribution != 0) parts.push_back({use.name, use.op, use.value.shape(), j, y_bar[j], contribution});
    one[j] = 0;
  }
}

// Entry i of the gradient of x, as the sum of its parts.
Step take_apart(const DoubleTape& tape, DoubleTape::Id x, long i) {
  // Ask each later entry that reads x, the last first, what it gave
  Step step{tape.entries()[x].name, tape.value(x).shape(), i, tape.bar(x)[i], 0, {}};
  for (DoubleTape::Id y = static_cast<DoubleTape::Id>(tape.entries().size()) - 1; y > x; --y) {
    const auto& from = tape.entries()[y].from;
    if (std::count(from.begin(), from.end(), x) > 0) add_parts(tape, y, x, i, step.parts);
  }

  // Add the parts up, and sort them by size
  for (const Part& part : step.parts) step.sum += part.contribution;
  std::stable_sort(step.parts.begin(), step.parts.end(),
                   [](const Part& a, const Part& b) { return abs(a.contribution) > abs(b.contribution); });
  return step;
}

long largest_entry(const Tensor<double>& x) {
  long at = 0;
  for (long i = 1; i < x.size(); ++i)
    if (abs(x[i]) > abs(x[at])) at = i;
  return at;
}

}  // namespace

std::vector<Step> walk_back(const Subject& subject, const std::string& name, long entry) {
  // Run the model forward and backward
  auto run = model::forward<double>(subject.config, subject.parameters, subject.batch);
  model::backward(run);
  const DoubleTape& tape = run.tape;

  // Find the entry that is asked for, or the largest
  DoubleTape::Id at = tape.find(name);
  if (entry >= tape.value(at).size() || entry < -1)
    throw Error("explain: " + name, "an entry of " + to_string(tape.value(at).shape()), std::to_string(entry),
                "entries count from 0, the last axis fastest; or write one index for each axis, as in 1,2,17");
  if (entry < 0) entry = largest_entry(tape.bar(at));

  // Take it apart and go on with the largest part, until that is the loss
  std::vector<Step> steps;
  while (at != run.loss) {
    steps.push_back(take_apart(tape, at, entry));
    if (steps.back().parts.empty()) break;
    at = tape.find(steps.back().parts.front().from);
    entry = steps.back().parts.front().entry;
  }
  return steps;
}

std::vector<NodeName> nodes(const Subject& subject) {
  const auto run = model::forward<double>(subject.config, subject.parameters, subject.batch);
  std::vector<NodeName> names;
  for (const auto& entry : run.tape.entries()) names.push_back({entry.name, entry.op, entry.value.shape()});
  return names;
}

}  // namespace etalon::record
