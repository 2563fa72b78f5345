// SPDX-License-Identifier: Apache-2.0
// op_case.h — golden cases for authors of a single kernel: the cases of one page of the book.
//
//   <example>.safetensors    <example>/in/<k>, <example>/y_bar          what the kernel is given
//                            <example>/y, <example>/x_bar/<k>           what it must give: forward, and the VJP on y_bar
//   tolerances.safetensors   <precision>/<example>/y, .../x_bar/<k>     how far each entry may be off
//
// An example is one case of the page. Its setting (eps, layout, tokens, visibility) stands in the manifest under "subject", as
// JSON.
//
// COTANGENT   y_bar is N(0, 1) from Stream(1, "<op>/<example>/y_bar").
//
// TOLERANCE   Entry by entry, because a page's cases put 1e300 beside 1e-300. kMultiple x the largest error of correct variants:
//             noise      every operation's result moved by at most one unit in the last place (scalar/noisy.h), kVariants runs:
//                        other orders of a sum, other elementary functions, products that are not fused
//             inputs     inputs, y and y_bar rounded to the precision, and in kVariants of the runs moved by at most one unit
//             published  where a page computes a better form than the published one, the published one too
//             At least kFloorUnits u |golden|, and the smallest normal number, because devices may flush what is below it. fp64: at
//             least fp64_per_fp32() of what fp32 shows, and of y kBoundMultiple x the BOUND of the page. Where fp32 has no finite
//             answer (an input beyond its range) the tolerance is infinite: nothing is claimed. The constants: record/tolerance.h.
//             PyTorch's own functions are held to all of this by tests/clients/torch/own_ops.py.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "golden/file_name.h"
#include "golden/golden.h"

namespace etalon::record {

using golden::kTolerancesFile;

inline constexpr double kBoundMultiple = 4;  // of the page's BOUND: what an output is allowed in fp64 at least

// The pages of the book, in its order.
std::vector<std::string> op_names();

// What a case publishes in place of the engine's outputs, by name: "<example>/y", "<example>/x_bar/<k>".
using OpOutputs = std::map<std::string, Tensor<double>>;

// The golden case of one page: with the engine's outputs, or with those that certify/ proves. Error: no such op; lists those there
// are.
golden::Golden make_op_golden(const std::string& op, const std::string& command);
golden::Golden make_op_golden(const std::string& op, const std::string& command, const OpOutputs& certified);

// The engine's own values of that page's cases, without tolerances: as engine_golden (record/record.h). Error: as make_op_golden.
golden::Golden engine_op_golden(const std::string& op, const std::string& command);

}  // namespace etalon::record
