// SPDX-License-Identifier: Apache-2.0
// Matrices and labels from files: each format says the same, each slip is named with its place.
#include "file/matrix_file.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "file/csv.h"
#include "file/npy_bytes.h"
#include "folder.h"

using namespace etalon;
using namespace etalon::file;

TEST_CASE("matrix files: one table, four formats, the same doubles", "[matrix]") {
  const std::vector<double> values = {0.1, 0.2, 0.3, 1e-17, 0.4, -2.5e-3};
  const Folder folder;
  write_text(folder / "p.json", "[[0.1, 0.2, 0.3], [1e-17, 0.4, -2.5e-3]]");
  write_text(folder / "object.json", " {\"p\": [[0.1, 0.2, 0.3], [1e-17, 0.4, -2.5e-3]], \"by\": \"hand\"}");
  write_text(folder / "p.csv", "0.1,0.2,0.3\n1e-17,0.4,-2.5e-3\n");
  write_text(folder / "savetxt.csv", "# a,b,c\r\n 0.1 , 0.2,\t0.3\r\n1e-17,0.4,-2.5e-3\r\n\r\n");
  write_text(folder / "excel.csv",
             "\xef\xbb\xbf"
             "a,b,c\n0.1,0.2,+0.3\n1e-17,0.4,-2.5e-3");
  write_file(folder / "p.npy", npy(2, 3, values));
  TensorFile file;
  add(file, "h.0", Tensor<double>(Shape{1, 2, 3}, values));
  write_safetensors(folder / "one.safetensors", file);
  add(file, "h.1", Tensor<double>(Shape{1}, {7}));
  write_safetensors(folder / "two.safetensors", file);
  for (const char* name :
       {"p.json", "object.json", "p.csv", "savetxt.csv", "excel.csv", "p.npy", "one.safetensors", "two.safetensors:h.0"}) {
    INFO(name);
    const auto matrix = read_matrix(folder / name);
    CHECK(matrix.shape() == Shape{2, 3});
    CHECK(matrix.values() == values);
  }
  CHECK_THROWS_WITH(read_matrix(folder / "two.safetensors"), Catch::Contains("two.safetensors:h.0"));
  CHECK_THROWS_WITH(read_matrix(folder / "two.safetensors:h.1"), Catch::Contains("rank 2 or more"));
  CHECK_THROWS_WITH(read_matrix(folder / "two.safetensors:h.2"), Catch::Contains("h.2"));
  CHECK_THROWS_WITH(read_matrix(folder / "none.csv"), Catch::Contains("nothing there"));
}

TEST_CASE("csv: refused with line and column", "[matrix][errors]") {
  const auto refuses = [](const std::string& text, const char* because) {
    CHECK_THROWS_WITH(parse_csv(text, "p.csv"), Catch::StartsWith("p.csv") && Catch::Contains(because) && Catch::Contains("hint:"));
  };
  refuses("", "rows of numbers");
  refuses("# only, a, comment\n", "rows of numbers");
  refuses("hello", "'hello' at line 1, column 1");
  refuses("a,b\n0.5,O.5\n", "'O.5' at line 2, column 2");
  refuses("0.5,0.5\n0.5,\n", "nothing at line 2, column 2");
  refuses("0.5,0.5\n0.5\n", "expected 2 numbers, as in the rows above, got 1 in line 2");
  refuses("0.5,0.5\n\n0.5,0.5\n", "an empty line 2");
  refuses("x,a\nsun,0.5\n", "'sun' at line 2, column 1");
  refuses("0.5;0.5\n0.5;0.5\n", "'0.5;0.5' at line 2, column 1");
  refuses("0.5;0.5\n0.5;0.5\n", "separated by commas");
  refuses("a\tb\n0.5\t0.5\n", "separated by commas");
  refuses("\"0.5\",0.5\n\"0.5\",0.5\n", "line 2, column 1");
  refuses("a,b\n0.5,nan\n", "a finite number, got 'nan' at line 2, column 2");
  refuses("0.5,-inf\n", "a finite number, got '-inf' at line 1, column 2");
  refuses("0.5,1e999\n0.5,1e999\n", "'1e999' at line 2, column 2");
  refuses("0.5,0x1p3\n0.5,0x1p3\n", "'0x1p3' at line 2, column 2");
  refuses(std::string("a,b\n0.5,\0\n", 10), "'?' at line 2, column 2");
}

TEST_CASE("labels: columns of whole numbers from every format", "[matrix]") {
  const Folder folder;
  write_text(folder / "list.json", "[0, 1, -7]");
  write_text(folder / "column.json", "[[0], [1], [-7]]");
  write_text(folder / "column.csv", "label\n0\n1\n-7\n");
  write_file(folder / "column.npy", npy(3, 1, {0, 1, -7}));
  TensorFile file;
  add_integers(file, "labels", Shape{3}, {0, 1, -7});
  write_safetensors(folder / "labels.safetensors", file);
  for (const char* name :
       {"list.json", "column.json", "column.csv", "column.npy", "labels.safetensors", "labels.safetensors:labels"})
    CHECK(read_label_columns(folder / name, 3) == std::vector<std::vector<long>>{{0, 1, -7}});

  write_text(folder / "two.csv", "a,b\n0,5\n1,6\n1,5\n");
  CHECK(read_label_columns(folder / "two.csv", 3) == std::vector<std::vector<long>>{{0, 1, 1}, {5, 6, 5}});
  CHECK_THROWS_WITH(read_label_columns(folder / "two.csv", 4), Catch::Contains("labels [4, 1]"));
  write_text(folder / "half.csv", "0\n0.5\n");
  CHECK_THROWS_WITH(read_label_columns(folder / "half.csv", 2), Catch::Contains("whole numbers"));
  write_text(folder / "far.csv", "9007199254740992\n");
  CHECK_THROWS_WITH(read_label_columns(folder / "far.csv", 1), Catch::Contains("whole numbers"));
  add(file, "z", Tensor<double>(Shape{3}, {0, 1, 2}));
  write_safetensors(folder / "labels.safetensors", file);
  CHECK_THROWS_WITH(read_label_columns(folder / "labels.safetensors:z", 3), Catch::Contains("integers"));
}
