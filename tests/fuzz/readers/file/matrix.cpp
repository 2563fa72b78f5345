// SPDX-License-Identifier: Apache-2.0
#include "file/matrix_file.h"
#include "fuzz/reader.h"

using namespace etalon::fuzz;

const Reader matrix("matrix", [](Bytes bytes) { etalon::file::read_matrix(as_file(bytes)); });
