// SPDX-License-Identifier: Apache-2.0
#include "file/safetensors.h"
#include "fuzz/reader.h"

using namespace etalon::fuzz;

// Read tensor by tensor, a file is what it is when it is read at once.
const Reader on_disk("safetensors_on_disk", [](Bytes bytes) {
  etalon::file::OpenTensors file(as_file(bytes));
  const auto whole = etalon::file::parse_safetensors(bytes, "fuzz");
  for (const auto& name : file.names()) {
    const auto one = file.only(name);
    require(one.tensors.size() == 1 && one.metadata == whole.metadata, "one tensor");
    require(one.at(name).integers == whole.at(name).integers && one.at(name).shape == whole.at(name).shape, "the same tensor");
    require(one.at(name).values.size() == whole.at(name).values.size(), "the same tensor");
  }
});
