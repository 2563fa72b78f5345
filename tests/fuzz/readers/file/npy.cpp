// SPDX-License-Identifier: Apache-2.0
#include "file/npy.h"

#include "fuzz/reader.h"

using namespace etalon::fuzz;

const Reader npy("npy", [](Bytes bytes) { etalon::file::parse_npy(bytes, "fuzz"); });
