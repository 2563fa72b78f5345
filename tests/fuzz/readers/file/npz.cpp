// SPDX-License-Identifier: Apache-2.0
#include "file/npz.h"

#include "fuzz/reader.h"

using namespace etalon::fuzz;

const Reader npz("npz", [](Bytes bytes) {
  const etalon::file::Npz archive(etalon::file::ByteReader(bytes, "fuzz"));
  for (const auto& name : archive.names()) archive.open(name).all();
});
