// SPDX-License-Identifier: Apache-2.0
#include "file/csv.h"

#include "fuzz/reader.h"

using namespace etalon::fuzz;

const Reader csv("csv", [](Bytes bytes) { etalon::file::parse_csv(text_of(bytes), "fuzz"); });
