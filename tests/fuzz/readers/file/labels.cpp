// SPDX-License-Identifier: Apache-2.0
#include "file/matrix_file.h"
#include "fuzz/reader.h"

using namespace etalon::fuzz;

const Reader labels("labels", [](Bytes bytes) { etalon::file::read_label_columns(as_file(bytes), 3); });
