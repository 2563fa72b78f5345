// SPDX-License-Identifier: Apache-2.0
// The model and its trace in balls, compiled once: no other code takes so long to compile.
#include "model/optimiser_body.h"
#include "model/transformer_body.h"
#include "record/trace_body.h"
#include "scalar/ball.h"

namespace etalon {

template model::Run<Ball> model::forward(const Config&, const Parameters<Ball>&, const Batch&);
template model::Parameters<Ball> model::backward(Run<Ball>&);
template std::vector<record::Traced<Ball>> record::trace(const Subject&, const model::Parameters<Ball>&);

}  // namespace etalon
