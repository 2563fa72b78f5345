// SPDX-License-Identifier: Apache-2.0
#include "base/bits.h"
#include "fuzz/reader.h"
#include "ib_oracle/joint_file.h"

using namespace etalon;
using namespace etalon::fuzz;

const Reader joint("joint", [](Bytes bytes) {
  const auto p = ib_oracle::parse_joint_json(text_of(bytes), "fuzz").p();
  const auto again = ib_oracle::parse_joint_json(ib_oracle::joint_json(p), "again").p();
  for (long i = 0; i < p.size(); ++i) require(same_bits(p[i], again[i]), "a probability that was written again reads otherwise");
});
