// SPDX-License-Identifier: Apache-2.0
// Joint laws from files: read exactly, each slip is named with its place, no bytes crash.
#include "ib_oracle/joint_file.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "file/matrix_file.h"
#include "file/npy_bytes.h"
#include "folder.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::file;
using namespace etalon::ib_oracle;

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
  refuses("[[1e999]]", "a double holds");
  refuses(R"json({"p": [[1]], "p": [[0.5, 0.5]]})json", "a second \"p\"");
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
  refuses("[[0, 0], [0, 0]]", "every entry is 0");
  refuses("[[3, 1], [0, 4]]", "counts are no law");
  refuses("[[0.3333333, 0.3333333, 0.3333333]]", "float32 and short decimals");
  refuses("[[0.9, 0.1], [0.2, 0.8]]", "every row sums to 1: this is p(y|x)");
  refuses("[[0.9, 0.2], [0.1, 0.8]]", "every column sums to 1: this is p(x|y)");
  refuses("[[2019, 2020], [0.5, 0.1], [0.1, 0.3]]", "without its first row the table sums to 1");
  refuses("[[0, 0.5, 0.1], [1, 0.1, 0.3]]", "without its first column the table sums to 1");
  refuses("[[0, 1], [1, 1], [0, 1], [1, 1]]", "these look like samples (x, y)");
  refuses("[[0.5, 1], [-1, 1], [2, 1], [1, 1]]", "if each row is one sample (x, y)");
  refuses("[[3, 1, 4], [0, 4, 1]]", "if each row is one sample (x, y), say --samples");
  refuses("[[0.2, 0.1], [0.1, 0.2]]", "an entry missing");
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

TEST_CASE("joint laws: -0 is written and read again as it is", "[matrix]") {
  for (const char* text : {"[[-0e-320, 1]]", "[[-0, 1]]", "[[-0.0, 1]]"}) {
    const auto p = parse_joint_json(text, "p.json").p();
    CHECK(same_bits(p[0], -0.0));
    CHECK(joint_json(p) == "[[-0.0, 1]]\n");  // "-0" is the integer 0 to many a reader
    CHECK(same_bits(parse_joint_json(joint_json(p), "p.json").p()[0], -0.0));
  }
  CHECK(joint_json(Tensor<double>(Shape{1, 2}, {0, 1})) == "[[0, 1]]\n");
}

TEST_CASE("joint laws: relative frequencies of samples, with the names of x and y", "[matrix][samples]") {
  // Nine of each of 00 and 11, one of each of 01 and 10: the issue's mistake was to divide the column of samples by its sum
  std::string csv = "x,y\n";
  for (int i = 0; i < 9; ++i) csv += "0,0\n1,1\n";
  const auto samples = parse_samples(csv + "0,1\n1,0\n", "s.csv");
  const auto law = joint_of_samples(samples.columns[0], samples.columns[1]);
  CHECK(law.joint.p().values() == std::vector<double>{0.45, 0.05, 0.05, 0.45});
  CHECK(law.given_total == 20);
  CHECK(law.x_names == std::vector<std::string>{"0", "1"});
  CHECK(law.remark.empty());

  const Folder folder;
  write_text(folder / "s.csv", csv + "0,1\n1,0\n");
  CHECK(read_joint_of_samples(folder / "s.csv").joint.p().values() == law.joint.p().values());
  CHECK_THAT(read_joint(folder / "s.csv", Total::divide_by_it).remark,
             Catch::Contains("look like samples") && Catch::Contains("--samples"));
  write_text(folder / "three.csv", "1,2,3\n1,2,3\n");
  CHECK_THROWS_WITH(read_joint_of_samples(folder / "three.csv"), Catch::Contains("3 columns"));

  // Real numbers make a table that nobody can have meant
  std::string real;
  for (int i = 0; i < 9000; ++i) real += std::to_string(i) + ".5," + std::to_string(i) + ".25\n";
  const auto many = parse_samples(real, "s.csv");
  CHECK_THROWS_WITH(joint_of_samples(many.columns[0], many.columns[1]), Catch::Contains("9000 times 9000"));

  // Written with its names, and read again
  write_text(folder / "p.json", joint_json(law.joint, {"sun", "r\"ain"}, {"dry", "wet"}));
  const auto again = read_joint(folder / "p.json");
  CHECK(again.joint.p().values() == law.joint.p().values());
  CHECK(again.x_names == std::vector<std::string>{"sun", "r\"ain"});
  CHECK(again.y_names == std::vector<std::string>{"dry", "wet"});
}

TEST_CASE("channels: the hint says what the table looks like", "[matrix][errors]") {
  const auto hint = [](long rows, long cols, std::vector<double> values) {
    return hint_for_rows(Tensor<double>(Shape{rows, cols}, std::move(values)));
  };
  CHECK_THAT(hint(2, 2, {0.675, 0.075, 0.075, 0.175}), Catch::Contains("--joint"));
  CHECK_THAT(hint(2, 3, {0.9, 0.1, 0.5, 0.1, 0.9, 0.5}), Catch::Contains("lies on its side"));
  CHECK_THAT(hint(2, 2, {9, 1, 1, 9}), Catch::Contains("counts are no channel"));
  CHECK_THAT(hint(1, 3, {0.3333, 0.3333, 0.3333}), Catch::Contains("short decimals"));
  CHECK_THAT(hint(2, 2, {0.9, 0.2, 0.1, 0.9}), Catch::Contains("an entry missing"));
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
