// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/claims.h"

#include "fuzz/reader.h"

using namespace etalon::fuzz;

const Reader claims("claims", [](Bytes bytes) { etalon::ib_oracle::read_claims(as_file(bytes)); });
