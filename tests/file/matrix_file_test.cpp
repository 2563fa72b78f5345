// SPDX-License-Identifier: Apache-2.0
// Matrices and labels from files: each format says the same, each slip is named with its place.
#include "file/matrix_file.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "file/csv.h"
#include "file/npy_bytes.h"
#include "file/row_reader.h"
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

TEST_CASE("csv: separators, quotes and names as people have them, the same table", "[matrix]") {
  const std::vector<double> values = {0.675, 0.075, 0.075, 0.175};
  using Names = std::vector<std::string>;
  struct Row {
    const char* text;
    Names rows, columns;
  };
  const Names weather = {"sun", "rain"}, numbers = {"0", "1"};
  const Row rows[] = {
      {"0.675,0.075\n0.075,0.175\n", {}, {}},
      {"0.675;0.075\n0.075;0.175\n", {}, {}},
      {"0.675\t0.075\n0.075\t0.175\n", {}, {}},
      {"  .675   .075\n .075\t.175  \n", {}, {}},
      {"\"0.675\",\"0.075\"\n\"0.075\",\"0.175\"\n", {}, {}},
      {"0.675,\t0.075\n0.075,\t0.175\n", {}, {}},
      {"sun,rain\n0.675,0.075\n0.075,0.175\n", {}, weather},
      {"# made by hand, on a Monday\n# sun,rain\n0.675,0.075\n0.075,0.175\n", {}, weather},
      {"# sun rain\n0.675 0.075\n0.075 0.175\n", {}, weather},                        // numpy.savetxt(f, p, header="sun rain")
      {"# of 40 days\n0.675 0.075\n0.075 0.175\n", {}, {}},                           // a comment that fits no columns
      {",sun,rain\nsun,0.675,0.075\nrain,0.075,0.175\n", weather, weather},           // pandas: to_csv()
      {",0,1\n0,0.675,0.075\n1,0.075,0.175\n", numbers, numbers},                     // the same without names
      {"day\tsun\train\nsun\t0.675\t0.075\nrain\t0.075\t0.175\n", weather, weather},  // a spreadsheet
      {"\tsun\train\nsun\t0.675\t0.075\nrain\t0.075\t0.175\n", weather, weather},
      {"\"\",\"V1\",\"V2\"\n\"1\",0.675,0.075\n\"2\",0.075,0.175\n", {"1", "2"}, {"V1", "V2"}},  // R: write.csv
      {"\"V1\" \"V2\"\n\"1\" 0.675 0.075\n\"2\" 0.075 0.175\n", {"1", "2"}, {"V1", "V2"}},       // R: write.table
      {"\"0\",\"1\"\n0.675,0.075\n0.075,0.175\n", {}, numbers},                                  // names that spell numbers
      {"\"a, b\";\"say \"\"so\"\"\"\n0.675;0.075\n0.075;0.175", {}, {"a, b", "say \"so\""}},
      {"\"two\nlines\",b\n0.675,0.075\n0.075,0.175\n", {}, {"two\nlines", "b"}},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto table = parse_named_csv(row.text, "p.csv");
    CHECK(table.values.shape() == Shape{2, 2});
    CHECK(table.values.values() == values);
    CHECK(table.row_names == row.rows);
    CHECK(table.column_names == row.columns);
    // Numbers that are taken for names are said
    CHECK((table.remark == "p.csv: the first line is taken for names: '0', '1'") == (row.columns == numbers));
  }
  CHECK(parse_csv("0.5\n0.25\n0.25\n", "p.csv").shape() == Shape{3, 1});
  CHECK(parse_csv("2019,2020\n3,4\n", "p.csv").values() == std::vector<double>{2019, 2020, 3, 4});  // a row, not swallowed
}

TEST_CASE("csv: refused with line and column", "[matrix][errors]") {
  const auto refuses = [](const std::string& text, const char* because, const char* hint = "hint:") {
    INFO(text);
    CHECK_THROWS_WITH(parse_csv(text, "p.csv"), Catch::StartsWith("p.csv") && Catch::Contains(because) && Catch::Contains(hint));
  };
  refuses("", "rows of numbers");
  refuses("\n\n", "rows of numbers");
  refuses("# only, a, comment\n", "rows of numbers");
  refuses("hello", "'hello' at line 1, column 1", "etalon ib samples");
  refuses("x,y\nsun,dry\nrain,wet\n", "'dry' at line 2, column 2", "etalon ib samples");
  refuses("a,b\n0.5,O.5\n", "'O.5' at line 2, column 2");
  refuses("0.5,0.5\n0.5,\n", "nothing at line 2, column 2");
  refuses("0.5,0.5\n0.5\n", "expected 2 numbers, as in the rows above, got 1 in line 2");
  refuses("0.5,0.5\n\n0.5,0.5\n", "an empty line 2");
  refuses("0,5;0,5\n0,5;0,5\n", "'0,5' at line 2, column 2", "0.5, not 0,5");
  refuses("0.5,0.5\n0.5;0.5\n", "'0.5;0.5' at line 2, column 1", "the first line says what separates");
  refuses("a,b\n0.5,nan\n", "a finite number, got 'nan' at line 2, column 2");
  refuses("0.5,-inf\n", "a finite number, got '-inf' at line 1, column 2");
  refuses("0.5,1e999\n0.5,1e999\n", "'1e999' beside '0.5' at line 1, column 2");
  refuses("0.5,0x1p3\n0.5,1\n", "'0x1p3' beside '0.5' at line 1, column 2");
  refuses(std::string("a,b\n0.5,\0\n", 10), "'\\u0000' at line 2, column 2");
  refuses("a,b\n0.5,\x1b[2J\n", "'\\u001b[2J' at line 2, column 2");
  // A first line that is neither: a row with a slip, a row with a name, names with a number among them
  refuses("0.675,O.075\n0.075,0.175\n", "'O.075' beside '0.675' at line 1, column 2", "is it a row with a slip?");
  refuses("sun,0.675,0.075\nrain,0.075,0.175\n", "'sun' beside '0.675' at line 1, column 1", "a line of names above it");
  refuses("city,2019,2020\nBonn,3,4\nKiel,5,6\n", "'city' beside '2019'", "in quotes, or behind an empty first cell");
  // Rows that have names, and one that has a number there
  refuses("a,b\nO.5,0.5\n0.5,0.25\n", "'O.5' at line 2, column 1");
  refuses("a,b,c\nsun,0.5\n", "1 names in the first line");
  refuses("\"0.5,0.5\n", "a closing quote, got none for column 1 of line 1");
  refuses("\"0.5\"x,0.5\n", "a separator behind a closing quote, got 'x' at line 1, column 1");
  refuses("\xff\xfe\x30\x31\n", "UTF-16", "UTF-8");
}

TEST_CASE("matrix files: what is no table is refused by its first bytes, a pipe is read once", "[matrix][errors]") {
  const Folder folder;
  // Ten gigabytes of zeros, which take no room on the disk
  write_text(folder / "zeros.npy", "");
  std::filesystem::resize_file(folder / "zeros.npy", std::uintmax_t{10} << 30);
  CHECK_THROWS_WITH(read_matrix(folder / "zeros.npy"), Catch::Contains("bytes that are none of them"));

  // Ten gigabytes whose header asks for less, and for more
  for (const double rows : {2.0, 4e9}) {
    const auto bytes = npy(static_cast<long>(rows), 2, {1, 2, 3, 4});
    write_file(folder / "large.npy", bytes);
    std::filesystem::resize_file(folder / "large.npy", std::uintmax_t{10} << 30);
    CHECK_THROWS_WITH(read_matrix(folder / "large.npy"), Catch::Contains("numbers of 8 bytes"));
  }
  CHECK_THROWS_WITH(read_matrix(folder / "zeros.npy" + ":x"), Catch::Contains("hint:"));
  write_text(folder / "p.csv", "0.5,0.5\n");
  CHECK_THROWS_WITH(read_matrix(folder / "p.csv" + ":x"), Catch::Contains("a .npz or safetensors file before the colon"));

  // Four gigabytes of text
  write_text(folder / "long.csv", std::string(5000, ' '));
  std::filesystem::resize_file(folder / "long.csv", std::uintmax_t{4} << 30);
  CHECK_THROWS_WITH(read_matrix(folder / "long.csv"), Catch::Contains("at most 1073741824 bytes of text, got 4294967296"));

  // Names in JSON
  write_text(folder / "p.json", "{\"p\": [[0.5, 0.5]], \"x\": [\"one\"], \"y\": [\"a\", 7]}");
  const auto table = read_table(folder / "p.json");
  CHECK(table.row_names == std::vector<std::string>{"one"});
  CHECK(table.column_names == std::vector<std::string>{"a", "7"});
  write_text(folder / "p.json", "{\"p\": [[0.5, 0.5]], \"y\": [\"a\"]}");
  CHECK_THROWS_WITH(read_table(folder / "p.json"), Catch::Contains(": y: expected a list of 2 names, got 1"));
}

TEST_CASE("layers: each array of a file in order, its rows some at a time", "[matrix]") {
  const Folder folder;
  TensorFile file;
  const Tensor<double> h(Shape{2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  for (const char* name : {"h.10", "h.2", "h.02", "embedding"}) add(file, name, h, Dtype::bf16);
  add(file, "bias", Tensor<double>(Shape{2}, {1, 2}));
  add_integers(file, "tokens", Shape{2, 3}, {1, 2, 3, 4, 5, 6});
  write_safetensors(folder / "model.safetensors", file);
  const std::string model = folder / "model.safetensors";
  CHECK(layers_in(model) == std::vector<std::string>{model + ":embedding", model + ":h.02", model + ":h.2", model + ":h.10"});
  CHECK(layers_in(model + ":h.2") == std::vector<std::string>{model + ":h.2"});

  RowReader rows(model + ":h.2");
  CHECK(rows.shape() == Shape{2, 3, 2});
  CHECK(rows.next(4).values() == std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(rows.next(4).values() == std::vector<double>{9, 10, 11, 12});
  CHECK(rows.next(4).shape() == Shape{0, 2});
  CHECK(read_matrix(model + ":tokens").values() == std::vector<double>{1, 2, 3, 4, 5, 6});

  // Text is a layer, too
  write_text(folder / "h.csv", "1,2\n3,4\n");
  CHECK(layers_in(folder / "h.csv") == std::vector<std::string>{folder / "h.csv"});
  CHECK(RowReader(folder / "h.csv").next(9).values() == std::vector<double>{1, 2, 3, 4});
  write_file(folder / "tokens.safetensors", serialise_safetensors({{}, {file.at("tokens")}, "tokens"}));
  CHECK_THROWS_WITH(layers_in(folder / "tokens.safetensors"), Catch::Contains("floating-point numbers, got none"));
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

TEST_CASE("labels: words are numbered as they appear, sequences have one at each position", "[matrix]") {
  const Folder folder;
  const auto columns = [&](const std::string& text, const Shape& z) {
    write_text(folder / "labels", text);
    return read_labels(folder / "labels", z).columns;
  };
  using Columns = std::vector<std::vector<long>>;
  CHECK(columns("cat\ndog\ncat\n", Shape{3, 8}) == Columns{{0, 1, 0}});
  CHECK(columns("animal\ncat\ndog\n", Shape{2, 8}) == Columns{{1, 2}});  // one line more than rows
  CHECK(columns("\"New York\"\t7\nParis\t8\n", Shape{2, 8}) == Columns{{0, 2}, {1, 3}});
  CHECK(columns("[\"cat\", \"dog\", \"cat\"]", Shape{3, 8}) == Columns{{0, 1, 0}});
  CHECK(columns("[[\"cat\"], [\"dog\"]]", Shape{2, 8}) == Columns{{0, 1}});

  // [N, L] and [N, L, k] for states [N, L, D]
  const Shape z{2, 3, 8};
  write_text(folder / "tokens.csv", "5,6,7\n7,6,5\n");
  const auto tokens = read_labels(folder / "tokens.csv", z);
  CHECK(tokens.columns == Columns{{5, 6, 7, 7, 6, 5}});
  CHECK(tokens.length == 3);
  TensorFile file;
  add_integers(file, "pairs", Shape{2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  write_safetensors(folder / "pairs.safetensors", file);
  CHECK(read_labels(folder / "pairs.safetensors", z).columns == Columns{{0, 2, 4, 6, 8, 10}, {1, 3, 5, 7, 9, 11}});
  CHECK(read_labels(folder / "pairs.safetensors", z).length == 0);

  // Neither
  CHECK_THROWS_WITH(columns("1\n2\n", z), Catch::Contains("labels [6, 1]") && Catch::Contains("each position of its sequences"));
  CHECK_THROWS_WITH(columns("1,2,3\n4,5,6\n", Shape{6, 8}), Catch::Contains("labels [6, 1]"));
  CHECK_THROWS_WITH(columns("1,2\n3\n", Shape{2, 8}), Catch::Contains("got 1 in line 2"));
  CHECK_THROWS_WITH(columns("1,2\n3,\n", Shape{2, 8}), Catch::Contains("nothing at line 2, column 2"));
  CHECK_THROWS_WITH(columns("[\"cat\", 1]", Shape{2, 8}), Catch::Contains("words and numbers"));
  CHECK_THROWS_WITH(columns("[null, 1]", Shape{2, 8}), Catch::Contains("null in row 0"));
}
