// Matrices, joint laws and labels from files: each format says the same, each slip is named with its place, no bytes crash.
#include "oracle/matrix_file.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "oracle/csv.h"
#include "oracle/joint_file.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::oracle;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::string& text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

// A file as numpy.save writes it, float64 in C order.
Bytes npy(long rows, long cols, const std::vector<double>& values) {
  std::string header =
      "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " + std::to_string(cols) + "), }";
  header.resize(117, ' ');
  header += '\n';
  Bytes bytes = bytes_of(std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header);
  for (const double x : values)
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(std::bit_cast<std::uint64_t>(x) >> (8 * i) & 0xff));
  return bytes;
}

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "etalon-matrix-file-test";
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

}  // namespace

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

TEST_CASE("joint laws: read exactly, refused by name, divided by their total only on demand", "[matrix][errors]") {
  const auto joint = parse_joint_json("[[0.45, 0.05], [5e-2, 0.45]]", "p.json");
  CHECK(joint(0, 0) == 0.45);
  CHECK(joint(1, 0) == 0.05);
  CHECK(parse_joint_json(joint_json(joint.p()), "p.json").p().values() == joint.p().values());
  const auto refuses = [](const char* text, const char* because) {
    CHECK_THROWS_WITH(parse_joint_json(text, "p.json"), Catch::Contains(because) && Catch::Contains("hint:"));
  };
  refuses("", "JSON");
  refuses("[[0.5, 0.5]", "JSON");
  refuses("[[1e999]]", "JSON");
  refuses("[[NaN]]", "JSON");
  refuses("{}", "a list of lists");
  refuses("{\"q\": [[1]]}", "a list of lists");
  refuses("[]", "without rows");
  refuses("[[]]", "without rows");
  refuses("[1, 2]", "without rows");
  refuses("[[0.5, 0.5], [0]]", "another row 1");
  refuses("[[0.5, \"0.5\"]]", "string at [0, 1]");
  refuses("[[0.5, 0.4]]", "a sum of 1");
  refuses("[[1.5, -0.5]]", "-0.5 in row 0, column 1");
  refuses("[[3, 1], [0, 4]]", "counts are no law");
  refuses("[[0.3333333, 0.3333333, 0.3333333]]", "float32 and short decimals");
  refuses("[[0.9, 0.1], [0.2, 0.8]]", "is it p(y|x)");
  CHECK_THROWS_WITH(parse_joint_json(std::string(1000000, '['), "p.json"), Catch::Contains("hint:"));

  const auto counts = joint_of(Tensor<double>(Shape{2, 2}, {3, 1, 0, 4}), "counts", Total::divide_by_it);
  CHECK(counts.given_total == 8);
  CHECK(counts.joint.p().values() == std::vector<double>{0.375, 0.125, 0, 0.5});
  for (const double bad : {0.0, 1e308}) {
    CHECK_THROWS_WITH(joint_of(Tensor<double>(Shape{1, 2}, {bad, bad}), "p", Total::divide_by_it),
                      Catch::Contains("a positive, finite total"));
  }
  CHECK_THROWS_WITH(joint_of(Tensor<double>(Shape{1, 2}, {2, -1}), "p", Total::divide_by_it),
                    Catch::Contains("-1 in row 0, column 1"));
  // A float32 table is not a law to 1e-9, and is not rescaled behind anybody's back
  const Tensor<double> single(Shape{1, 3}, {static_cast<double>(0.7f), static_cast<double>(0.2f), static_cast<double>(0.1f)});
  CHECK_THROWS_WITH(joint_of(single, "p"), Catch::Contains("--normalise"));
  CHECK(joint_of(single, "p", Total::divide_by_it).given_total != 1);
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

TEST_CASE("matrix files: sixty thousand mutated files end in a joint law or an Error", "[matrix][fuzz]") {
  const std::string interesting = "'\"(){}[],: 0123456789<>|f48eE+-.naifx\n\r\t;#\xff";
  const std::vector<Bytes> originals = {
      bytes_of("sun,rain\n0.675,0.075\n0.075,0.175\n"), bytes_of("[[0.675, 0.075], [0.075, 0.175]]"),
      bytes_of("{\"p\": [[0.675, 0.075], [0.075, 0.175]]}"), npy(2, 2, {0.675, 0.075, 0.075, 0.175})};
  const Stream stream(1, "matrix_file.fuzz");
  std::uint64_t index = 0;
  for (const Bytes& original : originals) {
    REQUIRE(joint_of(parse_matrix(original, "test"), "test").joint(0, 0) == 0.675);
    long read = 0, refused = 0;
    for (int trial = 0; trial < 15000; ++trial) {
      auto bytes = original;
      const auto edits = 1 + stream.below(3, index++);
      for (std::uint64_t e = 0; e < edits && !bytes.empty(); ++e) {
        const auto kind = stream.below(5, index++), what = stream.below(interesting.size(), index++);
        const auto place = bytes.begin() + static_cast<long>(stream.below(bytes.size(), index++));
        if (kind == 0) *place = static_cast<std::byte>(stream.below(256, index++));
        if (kind == 1) *place = static_cast<std::byte>(interesting[what]);
        if (kind == 2) bytes.insert(place, static_cast<std::byte>(interesting[what]));
        if (kind == 3) bytes.erase(place);
        if (kind == 4 && stream.below(8, index++) == 0) bytes.erase(place, bytes.end());
      }
      // In exactly as many bytes as there are, so that a sanitizer sees one too far
      const std::unique_ptr<std::byte[]> exact(new std::byte[bytes.size()]);
      std::copy(bytes.begin(), bytes.end(), exact.get());
      try {
        joint_of(parse_matrix({exact.get(), bytes.size()}, "test"), "test", Total::divide_by_it);
        ++read;
      } catch (const Error& e) {
        REQUIRE(std::string(e.what()).find("hint:") != std::string::npos);
        ++refused;
      }
    }
    CHECK(read > 1000);
    CHECK(refused > 1000);
  }
}
