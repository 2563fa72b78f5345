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
// TOLERANCE   Entry by entry, because a page's cases put 1e300 beside 1e-300.
//             fp32: as for a model (oracle/tolerance.h), the inputs and y_bar rounded and moved. Where fp32 has no finite
//             answer (an input beyond its range) the tolerance is infinite: nothing is claimed.
//             fp64, y: the inputs are exact there, so nothing is moved: 4 x the BOUND of the page, which is proved for the engine's
//             order of summation and holds for any (golden and candidate may both be that far; the rest is for
//             elementary functions of up to a few ulp).
//             fp64, x_bar: over variants whose inputs, y and y_bar are moved by one unit in the last place.
#pragma once

#include <string>
#include <vector>

#include "oracle/golden.h"

namespace etalon::oracle {

inline constexpr const char* kTolerancesFile = "tolerances.safetensors";

// The pages of the book, in its order.
std::vector<std::string> op_names();

// The golden case of one page. Error: no such op; lists those there are.
Golden make_op_golden(const std::string& op, const std::string& command);

}  // namespace etalon::oracle
