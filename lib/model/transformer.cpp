// SPDX-License-Identifier: Apache-2.0
#include "model/transformer_body.h"

namespace etalon::model {

template Run<double> forward<double>(const Config&, const Parameters<double>&, const Batch&);
template Run<float> forward<float>(const Config&, const Parameters<float>&, const Batch&);
template Parameters<double> backward<double>(Run<double>&);
template Parameters<float> backward<float>(Run<float>&);

}  // namespace etalon::model
