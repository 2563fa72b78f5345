// SPDX-License-Identifier: Apache-2.0
#include "fuzz/reader.h"
#include "golden/store.h"

using namespace etalon::fuzz;

const Reader history("history", [](Bytes bytes) { etalon::golden::read_history(as_file(bytes)); });
