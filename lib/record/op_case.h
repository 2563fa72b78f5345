// op_case.h — golden cases for authors of a single kernel: the cases of one page of the book.
//
//   <case>.safetensors       <case>/in/<k>, <case>/y_bar                  what the kernel is given
//                            <case>/y, <case>/x_bar/<k>                   what it must give: forward, and the VJP on y_bar
//   tolerances.safetensors   <precision>/<case>/y, .../x_bar/<k>          how far each entry may be off
//
// The setting (eps, layout, tokens, visibility) stands in the manifest under "subject", as JSON.
//
// COTANGENT   y_bar is N(0, 1) from Stream(1, "<op>/<case>/y_bar").
//
// TOLERANCE   Entry by entry, because a page's cases put 1e300 beside 1e-300. 8 x the largest error of correct variants:
//             noise      every operation's result moved by at most one unit in the last place (scalar/noisy.h), 8 runs:
//                        other orders of a sum, other elementary functions, products that are not fused
//             inputs     inputs, y and y_bar rounded to the precision, and moved by at most one unit (9 runs)
//             published  where a page computes a better form than the published one, the published one too
//             At least 4 u |golden|, and the smallest normal number, because devices may flush what is below it. fp64: at least
//             2^-29 of what fp32 shows (twice that of engine values), and of y 4 x the BOUND of the page. Where fp32 has no finite answer
//             (an input beyond its range) the tolerance is infinite: nothing is claimed.
//             PyTorch's own functions are held to all of this by tests/clients/torch/own_ops.py.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "golden/golden.h"

namespace etalon::record {

inline constexpr const char* kTolerancesFile = "tolerances.safetensors";

// The pages of the book, in its order.
std::vector<std::string> op_names();

// What a case publishes in place of the engine's outputs, by name: "<case>/y", "<case>/x_bar/<k>".
using OpOutputs = std::map<std::string, Tensor<double>>;

// The golden case of one page: with the engine's outputs, or with those that certify/ proves. Error: no such op; lists those there are.
golden::Golden make_op_golden(const std::string& op, const std::string& command);
golden::Golden make_op_golden(const std::string& op, const std::string& command, const OpOutputs& certified);

// The engine's own values of that page's cases, without tolerances: as engine_golden (record/record.h). Error: as make_op_golden.
golden::Golden engine_op_golden(const std::string& op, const std::string& command);

}  // namespace etalon::record
