// SPDX-License-Identifier: Apache-2.0
// Tables with more than two indices from files.
#include <catch2/catch.hpp>

#include "base/file.h"
#include "file/array_file.h"
#include "file/npy_bytes.h"
#include "file/safetensors.h"
#include "folder.h"

using namespace etalon;
using namespace etalon::file;

TEST_CASE("array files: three indices, from lists in lists, .npy and a tensor", "[matrix]") {
  const std::vector<double> values = {0.5, 0, 0.125, 0, 0, 0.25, 0, 0.125, 0, 0, 0, 0};
  const Folder folder;
  write_text(folder / "p.json", "[[[0.5, 0], [0.125, 0], [0, 0.25]], [[0, 0.125], [0, 0], [0, 0]]]");
  write_text(folder / "object.json", "{\"p\": [[[0.5, 0], [0.125, 0], [0, 0.25]], [[0, 0.125], [0, 0], [0, 0]]]}");
  TensorFile file;
  add(file, "p", Tensor<double>(Shape{2, 3, 2}, values));
  write_safetensors(folder / "p.safetensors", file);
  for (const char* name : {"p.json", "object.json", "p.safetensors", "p.safetensors:p"}) {
    INFO(name);
    const auto p = read_array(folder / name, 3);
    CHECK(p.shape() == Shape{2, 3, 2});
    CHECK(p.values() == values);
  }
  CHECK_THROWS_WITH(read_array(folder / "p.safetensors", 2), Catch::Contains("an array of rank 2, got [2, 3, 2]"));
  write_file(folder / "flat.npy", npy(6, 2, values));
  CHECK(read_array(folder / "flat.npy", 2).values() == values);
  CHECK_THROWS_WITH(read_array(folder / "flat.npy", 3), Catch::Contains("an array of rank 3, got [6, 2]"));
}

TEST_CASE("array files: what is no table of that rank is refused", "[matrix][errors]") {
  const Folder folder;
  const auto refuses = [&](const std::string& text, const char* because) {
    write_text(folder / "p.json", text);
    CHECK_THROWS_WITH(read_array(folder / "p.json", 3), Catch::Contains(because) && Catch::Contains("hint:"));
  };
  refuses("[[0.5, 0.5]]", "lists in lists, 3 deep, got number");
  refuses("[[[[0.5]]]]", "numbers within 3 lists, got array");
  refuses("[[[0.5, 0.5]], []]", "an empty list");
  refuses("[[[0.5]], [[0.5, 0]]]", "lists of 1 at depth 2, got a list of 2");
  refuses("[[[0.5]], [[0.5], [0]]]", "lists of 1 at depth 1, got a list of 2");
  refuses("[[[\"0.5\"]]]", "got string");
  refuses("{}", "got object");
  refuses("[[[0.5]", "JSON");
  write_text(folder / "p.csv", "0.5,0.5\n");
  CHECK_THROWS_WITH(read_array(folder / "p.csv", 3), Catch::Contains("does not fit into CSV"));
}
