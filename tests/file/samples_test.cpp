// SPDX-License-Identifier: Apache-2.0
// Raw samples: symbols by what cells spell or count, and no first line is lost in silence.
#include "file/samples.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/file.h"
#include "file/npy_bytes.h"
#include "folder.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::file;

TEST_CASE("samples: words and numbers, numbered as they appear", "[samples]") {
  const auto s = parse_samples("day,street,rain\nsunday,dry,0\nmonday,wet,1.50\nsunday,wet,1.5\n", "days.csv");
  CHECK(s.n == 3);
  CHECK(s.remark.empty());  // words above numbers: no doubt
  REQUIRE(s.columns.size() == 3);
  CHECK(s.columns[0].name == "day");
  CHECK(s.columns[0].symbols == std::vector<long>{0, 1, 0});
  CHECK(s.columns[0].values == std::vector<std::string>{"sunday", "monday"});
  CHECK(s.columns[0].numbers.empty());
  CHECK(s.columns[2].symbols == std::vector<long>{0, 1, 1});
  CHECK(s.columns[2].numbers == std::vector<double>{0, 1.5, 1.5});

  CHECK(&column_named(s, "street", "f") == &s.columns[1]);
  CHECK(&column_named(s, "3", "f") == &s.columns[2]);
  CHECK_THROWS_WITH(column_named(s, "4", "f"), Catch::Contains("there are day, street, rain"));
  const auto both = combined({&s.columns[1], &s.columns[2]});
  CHECK(both.symbols == std::vector<long>{0, 1, 1});
  CHECK(both.values == std::vector<std::string>{"dry, 0", "wet, 1.50"});
  CHECK(both.name == "street, rain");

  const Folder folder;
  write_file(folder / "s.npy", npy(3, 2, {1, -0.0, 1, 0, 2, 0.5}));
  const auto array = read_samples(folder / "s.npy");
  CHECK(array.columns[0].symbols == std::vector<long>{0, 0, 1});
  CHECK(array.columns[1].symbols == std::vector<long>{0, 0, 1});
  CHECK(array.columns[1].name == "2");
}

TEST_CASE("samples: the first line is a sample, or holds names, or has to be told", "[samples]") {
  const auto n = [](const std::string& text, FirstLine first = FirstLine::as_it_tells) {
    return parse_samples(text, "s.csv", first).n;
  };
  CHECK(n("1,0\n0,1\n1,1\n") == 3);
  CHECK(n("0.5;0.25\n0.1;0.7\n") == 2);
  CHECK(n("x y\n1 0\n0 1\n") == 2);
  CHECK(n("a\tb\nb\ta\na\tb\n") == 3);  // a and b occur again
  CHECK(n("1,0\n") == 1);
  // Words that do not occur again: names, and it is said
  const auto doubtful = parse_samples("x,y\nsun,dry\nrain,wet\n", "s.csv");
  CHECK(doubtful.n == 2);
  CHECK_THAT(doubtful.remark, Catch::Contains("the first line is taken for names: 'x', 'y'"));
  CHECK(n("x,y\nsun,dry\nrain,wet\n", FirstLine::sample) == 3);
  CHECK(n("1,0\n0,1\n", FirstLine::names) == 1);
  // The order of appearance is that of the file
  CHECK(parse_samples("b,1\na,2\nb,3\n", "s.csv").columns[0].values == std::vector<std::string>{"b", "a"});
  CHECK_THROWS_WITH(n("x,a\n1,a\n2,b\n"), Catch::Contains("one that may be either") && Catch::Contains("--first-line"));
}

TEST_CASE("samples: refused with line and column", "[samples][errors]") {
  const auto refuses = [](const std::string& text, const char* because) {
    CHECK_THROWS_WITH(parse_samples(text, "s.csv"),
                      Catch::StartsWith("s.csv") && Catch::Contains(because) && Catch::Contains("hint:"));
  };
  refuses("", "samples, got none");
  refuses("x,y\n1,2\n1\n", "2 cells, as in the lines above, got 1 in line 3");
  refuses("x,y\n1,\n", "a value, got nothing at line 2, column 2");
  refuses("x,y\n1,nan\n", "a value, got 'nan' at line 2, column 2");
  refuses("nan,1\n1,1\n", "a value, got 'nan' at line 1, column 1");
  CHECK_THROWS_WITH(parse_samples("x,y\n", "s.csv", FirstLine::names), Catch::Contains("a line of names alone"));
}

TEST_CASE("samples: forty thousand mutated texts end in columns of one length or an Error", "[samples][fuzz]") {
  const std::string original = "sky,\"the street\",t\nclear,dry,0.5\nrain,\"w\"\"et\",-1e3\nclear,dry,0.5\n";
  const std::string interesting = "'\",;\t #\n\r-+.eEnaif019\xff" + std::string(1, '\0');
  const Stream stream(1, "samples.fuzz");
  std::uint64_t index = 0;
  long read = 0, refused = 0;
  for (int trial = 0; trial < 40000; ++trial) {
    std::string text = original;
    for (std::uint64_t e = 0, edits = 1 + stream.below(4, index++); e < edits && !text.empty(); ++e) {
      const auto kind = stream.below(4, index++), at = stream.below(text.size(), index++),
                 what = stream.below(interesting.size(), index++);
      if (kind == 0) text[at] = static_cast<char>(stream.below(256, index++));
      if (kind == 1) text[at] = interesting[what];
      if (kind == 2) text.insert(at, 1, interesting[what]);
      if (kind == 3) text.erase(at, 1);
    }
    try {
      const auto samples = parse_samples(text, "s.csv");
      for (const auto& column : samples.columns) REQUIRE(static_cast<long>(column.symbols.size()) == samples.n);
      ++read;
    } catch (const Error& e) {
      REQUIRE(std::string(e.what()).find("hint:") != std::string::npos);
      ++refused;
    }
  }
  CHECK(read > 1000);
  CHECK(refused > 1000);
}
