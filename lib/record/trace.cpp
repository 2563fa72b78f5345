// SPDX-License-Identifier: Apache-2.0
#include "record/trace_body.h"

namespace etalon::record {

template std::vector<Traced<double>> trace(const Subject&, const model::Parameters<double>&);
template std::vector<Traced<float>> trace(const Subject&, const model::Parameters<float>&);

}  // namespace etalon::record
