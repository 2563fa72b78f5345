// SPDX-License-Identifier: Apache-2.0
#include "model/optimiser_body.h"

namespace etalon::model {

ETALON_OPTIMISER(, double)
ETALON_OPTIMISER(, float)

}  // namespace etalon::model
