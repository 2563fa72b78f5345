// SPDX-License-Identifier: Apache-2.0
// Includes point down or sideways, dependencies have one door, forbidden words stay out: and each rule catches a planted line.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <set>

#include "base/file.h"
#include "folder.h"
#include "house/rules.h"
#include "missing.h"

using namespace etalon;
using namespace etalon::house;
namespace fs = std::filesystem;

namespace {

const fs::path kTop = ETALON_SOURCE_DIR;

// Every file of ours under a folder, as a path relative to the top.
std::vector<std::string> sources_under(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(kTop / folder))
    if (entry.is_regular_file() && (entry.path().extension() == ".h" || entry.path().extension() == ".cpp"))
      out.push_back(fs::relative(entry.path(), kTop).generic_string());
  return out;
}

using Complaints = std::vector<std::string>;

const std::vector<Floor>& floors() {
  static const std::vector<Floor> all = floors_of(read_text(kTop / "CMakeLists.txt"));
  return all;
}

}  // namespace

TEST_CASE("floors: every include points down or sideways, and each dependency enters by its door", "[house]") {
  long n_files = 0;
  for (const char* folder : {"lib", "app"})
    for (const std::string& path : sources_under(folder)) {
      CHECK(broken_includes(floors(), path, read_text(kTop / path)) == Complaints{});
      CHECK(missing_headers(kTop, path, read_text(kTop / path)) == Complaints{});
      ++n_files;
    }
  CHECK(n_files > 50);
  CHECK(missing_headers(kTop, "app/main.cpp", "#include \"command.h\"\n#include \"arb.h\"\n#include \"base/file.h\"\n").size() ==
        1);
}

TEST_CASE("floors: every source is of a kind that is read, and is compiled", "[house]") {
  for (const char* folder : {"lib", "app", "tests"}) CHECK(of_unknown_kind(kTop / folder) == Complaints{});
  const Folder planted;
  for (const char* name : {"a/x.hpp", "y.cc", "z.h", "run"}) write_text(planted / name, "");
  auto unknown = of_unknown_kind(planted.path);
  std::sort(unknown.begin(), unknown.end());
  CHECK(unknown == Complaints{"a/x.hpp", "y.cc"});

  // CMake writes down what it compiles, if a preset or the user asks for it
  const std::set<std::string> otherwise = {"tests/house/canary.cpp", "tests/install/consumer/main.cpp",
                                           "app/bench/without_opponent.cpp", "tests/fuzz/entry.cpp"};
  const fs::path list = fs::path(ETALON_BINARY_DIR) / "compile_commands.json";
  if (!fs::exists(list)) return;
  const std::string commands = read_text(list);
  for (const char* folder : {"lib", "app", "tests"})
    for (const std::string& path : sources_under(folder)) {
      INFO(path << " is compiled by nothing: does its name end in _test.cpp, in a folder that tests/CMakeLists.txt names?");
      if (path.ends_with(".cpp") && !otherwise.contains(path)) CHECK(commands.find("/" + path + "\"") != std::string::npos);
    }
}

TEST_CASE("floors: the table that CMake builds from is the one that lib/README.md shows", "[house]") {
  const std::string table = floor_table(floors());
  std::cout << table;
  CHECK(floors().size() > 15);
  CHECK(missing(read_text(kTop / "lib/README.md"), table) == "");
  for (const Floor& floor : floors()) CHECK(missing(read_text(kTop / "lib/README.md"), "\n- `" + floor.name + "`: ") == "");

  // Every floor is a folder, and every folder a floor
  std::set<std::string> named, folders;
  for (const Floor& floor : floors()) named.insert(floor.name);
  for (const auto& entry : fs::directory_iterator(kTop / "lib"))
    if (entry.is_directory()) folders.insert(entry.path().filename());
  folders.insert("app");
  CHECK(named == folders);
  // A circle or a floor that is declared after the one that stands on it is not read as a floor at all
  const auto planted = floors_of("etalon_floor(b ABOVE c a)\n  etalon_floor(c ABOVE b USES x ROOMS d e)\n# etalon_floor(no)\n");
  REQUIRE(planted.size() == 3);
  CHECK(planted[0].sees == std::set<std::string>{"b"});
  CHECK(planted[1].sees == std::set<std::string>{"b", "c"});
  CHECK(planted[1].rooms == Complaints{"d", "e"});
  // No floor is linked behind the back of the table
  const std::regex behind(R"re(target_link_libraries\(etalon_(?!ball)\w+[^)]*etalon::)re");
  const std::string back = "target_link_libraries(etalon_tape INTERFACE etalon::golden)";
  CHECK(std::regex_search(back, behind));
  CHECK_FALSE(std::regex_search(read_text(kTop / "CMakeLists.txt"), behind));
}

TEST_CASE("floors: a header begins with its own name", "[house]") {
  // "softmax.h — ..." or, of a page, "softmax — ..."
  const auto says_its_name = [](const std::string& path, const std::string& source) {
    const std::string stem = fs::path(path).stem();
    const auto names = [&](const std::string& name) { return source.find("// " + name + " — ") < 80; };
    return names(stem) || names(stem + ".h");
  };
  for (const char* folder : {"lib", "app"})
    for (const std::string& path : sources_under(folder)) {
      INFO(path);
      if (path.ends_with(".h")) CHECK(says_its_name(path, read_text(kTop / path)));
    }
  CHECK_FALSE(says_its_name("lib/golden/report.h", "// SPDX\n// diagnose.h — every measure\n"));
}

TEST_CASE("floors: _body.h means one thing", "[house]") {
  long n_bodies = 0;
  for (const char* folder : {"lib", "app"})
    for (const std::string& path : sources_under(folder)) {
      CHECK(broken_bodies(path, read_text(kTop / path)) == Complaints{});
      n_bodies += path.ends_with("_body.h");
    }
  CHECK(n_bodies >= 8);
  CHECK(broken_bodies("lib/a/x.h", "#include \"a/y_body.h\"\n").size() == 1);
  CHECK(broken_bodies("lib/a/x_body.h", "#include \"a/y_body.h\"\n").size() == 1);
  CHECK(broken_bodies("lib/a/x_body.h", "#include \"a/x.h\"\n#include \"a/y_body.h\"\n").empty());
  CHECK(broken_bodies("lib/a/x.cpp", "#include \"a/y_body.h\"\n").empty());
}

TEST_CASE("floors: no folder of lib or app is crowded", "[house]") {
  for (const char* top : {"lib", "app"}) CHECK(crowded(kTop / top, 25) == Complaints{});
  const Folder planted;
  for (const char* path : {"a/many/1.cpp", "a/many/2.cpp", "a/many/3.cpp", "b/many/4.cpp", "b/many/5.cpp"})
    write_text(planted / path, "");
  CHECK(crowded(planted.path, 2) == Complaints{"a/many: 3"});
}

TEST_CASE("floors: no libm, no foreign sums, no foreign randomness, no fast mathematics", "[house]") {
  for (const char* folder : {"lib", "app"})
    for (const std::string& path : sources_under(folder)) CHECK(broken_bans(path, read_text(kTop / path)) == Complaints{});
  for (const char* path : {"CMakeLists.txt", "CMakePresets.json", "app/CMakeLists.txt", "tests/CMakeLists.txt"})
    CHECK(broken_bans(path, read_text(kTop / path)) == Complaints{});
}

TEST_CASE("floors: no test writes to a name in the temporary folder that somebody can plant first", "[house]") {
  long n_files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kTop / "tests")) {
    if (!entry.is_regular_file() || entry.path().extension() == ".safetensors" ||
        entry.path().parent_path().filename() == "__pycache__")
      continue;
    const std::string path = fs::relative(entry.path(), kTop).generic_string();
    CHECK(fixed_temporary_names(path, read_text(entry.path())) == Complaints{});
    ++n_files;
  }
  CHECK(n_files > 150);
  for (const char* line : {"auto p = fs::temp_directory_path() / \"etalon-x\";", "out=/tmp/etalon", "open('/tmp/x', 'w')",
                           "x=$(mktemp -u)", "run(\"record --out /tmp\")"})
    CHECK(fixed_temporary_names("tests/a_test.cpp", line).size() == 1);
  for (const char* line :
       {"folder=$(mktemp -d)", "with tempfile.TemporaryDirectory() as folder:", "const Folder folder;", "x/tmp/y"})
    CHECK(fixed_temporary_names("tests/a_test.cpp", line).empty());
}

TEST_CASE("floors: a planted include is caught, and an honest one is not", "[house][planted]") {
  const auto n_caught = [](const std::string& path, const std::string& line) {
    return broken_includes(floors(), path, "#pragma once\n" + line + "\n").size();
  };
  // Upwards, and across to where model may not look
  CHECK(n_caught("lib/base/bits.h", "#include \"scalar/scalar.h\"") == 1);
  CHECK(n_caught("lib/tensor/tensor.h", "#include \"tape/tape.h\"") == 1);
  CHECK(n_caught("lib/op/softmax.h", "  #  include \"model/config.h\"") == 1);
  CHECK(n_caught("lib/model/config.h", "#include \"head/gradient.h\"") == 1);
  CHECK(n_caught("lib/head/gradient.h", "#include \"model/config.h\"") == 1);
  CHECK(n_caught("lib/head/gradient.h", "#include \"information/law/joint.h\"") == 1);
  CHECK(n_caught("lib/record/record.cpp", "#include \"study/train.h\"") == 1);
  CHECK(n_caught("lib/golden/check.cpp", "#include \"model/config.h\"") == 1);
  CHECK(n_caught("lib/golden/check.cpp", "#include \"record/record.h\"") == 1);
  CHECK(n_caught("lib/study/train.cpp", "#include \"golden/check.h\"") == 1);
  CHECK(n_caught("lib/information/law/joint.cpp", "#include \"file/csv.h\"") == 1);
  CHECK(n_caught("lib/information/law/joint.cpp", "#include \"information/bounds/critic.h\"") == 1);
  CHECK(n_caught("lib/information/bottleneck/rate.cpp", "#include \"information/readout/ksg.h\"") == 1);
  CHECK(n_caught("lib/information/bounds/critic.h", "#include \"information/attic.h\"") == 1);
  CHECK(n_caught("lib/golden/check.cpp", "#include \"ib/ib.h\"") == 1);
  CHECK(n_caught("lib/study/train.cpp", "#include \"app/command.h\"") == 1);
  CHECK(n_caught("lib/study/train.cpp", "#include \"command.h\"") == 1);
  CHECK(n_caught("lib/op/x.h", "#include \"op/../model/config.h\"") == 1);
  CHECK(n_caught("lib/attic/x.h", "#include \"base/bits.h\"") == 2);
  // Each dependency where it does not enter
  CHECK(n_caught("lib/op/softmax.h", "#include <arb.h>") == 1);
  CHECK(n_caught("lib/op/softmax.h", "#include \"arb.h\"") == 2);
  CHECK(n_caught("app/main.cpp", "#include \"cblas.h\"") == 1);
  CHECK(n_caught("lib/op/page.h", "#include \"scalar/ball.h\"") == 1);
  CHECK(n_caught("lib/head/basis.h", "#include \"scalar/ball.h\"") == 1);
  CHECK(n_caught("lib/scalar/dual.h", "#include <flint/arb.h>") == 1);
  CHECK(n_caught("lib/tensor/sum.h", "#include <sleef.h>") == 1);
  CHECK(n_caught("lib/op/linear.h", "#include <Eigen/Core>") == 1);
  CHECK(n_caught("lib/model/parameters.cpp", "#include <Random123/philox.h>") == 1);
  CHECK(n_caught("lib/model/config.cpp", "#include <nlohmann/json.hpp>") == 1);
  CHECK(n_caught("lib/study/train.cpp", "#include <spdlog/spdlog.h>") == 1);
  CHECK(n_caught("lib/golden/check.cpp", "#include <CLI/CLI.hpp>") == 1);
  CHECK(n_caught("lib/head/gradient.cpp", "#include <Eigen/SVD>") == 1);
  CHECK(n_caught("lib/head/spectrum.cpp", "#include <cblas.h>") == 1);
  CHECK(n_caught("lib/tensor/matmul.cpp", "#include <immintrin.h>") == 1);
  CHECK(n_caught("lib/tensor/kernel/avx2.cpp", "#include <vector>") == 1);
  CHECK(n_caught("app/main.cpp", "#include <boost/any.hpp>") == 1);
  // And what is allowed
  CHECK(n_caught("lib/op/softmax.h", "#include <vector>\n#include \"tape/tape.h\"\n#include \"op/page.h\"") == 0);
  CHECK(n_caught("lib/record/record.cpp",
                 "#include <nlohmann/json.hpp>\n#include \"model/config.h\"\n#include \"head/diagnose.h\"") == 0);
  CHECK(n_caught("lib/information/bounds/club.h", "#include \"information/law/law.h\"\n#include \"information/bounds/critic.h\"") ==
        0);
  CHECK(n_caught("app/list.cpp", "#include \"ib/ib.h\"\n#include \"golden/golden.h\"") == 0);
  CHECK(n_caught("lib/scalar/ball.h", "#include <arb.h>") == 0);
  CHECK(n_caught("app/main.cpp", "#include <CLI/CLI.hpp>\n#include \"command.h\"\n#include \"study/train.h\"") == 0);
}

TEST_CASE("floors: a planted line of libm, of a foreign sum, of a foreign random number is caught", "[house][planted]") {
  const auto n_caught = [](const std::string& path, const std::string& line) { return broken_bans(path, line + "\n").size(); };
  for (const char* line : {"std::FILE* f = ::popen(line, \"r\");",
                           "std::system(\"rm x\");",
                           "std::string x = std::tmpnam(nullptr);",
                           "y = std::exp(x);",
                           "y = ::tanh(x);",
                           "y = std::erff(x);",
                           "y = std::pow (x, 2);",
                           "y = std::reduce(v.begin(), v.end());",
                           "std::for_each(std::execution::par, v.begin(), v.end(), f);",
                           "#pragma omp parallel for",
                           "std::mt19937 g(1);",
                           "int i = rand();",
                           "std::normal_distribution<double> n;",
                           "#pragma STDC FP_CONTRACT ON",
                           "y = window.dot(window);",
                           "y = svd.matrixU().squaredNorm();",
                           "c.noalias() = a * b;",
                           "#pragma GCC optimize(\"fast-math\")",
                           "_Pragma(\"STDC FP_CONTRACT ON\")",
                           "[[gnu::optimize(\"fast-math\")]] void f();",
                           "d = std::inner_product(a, b, c, 0.0);",
                           "std::printf(\"%s\", name);",
                           "std::cerr << name;",
                           "fprintf(stderr, name);",
                           "j = nlohmann::json::parse(text);",
                           "j = Json :: parse (text, nullptr, false);",
                           "nlohmann::ordered_json::sax_parse(text, &parser);",
                           "if (Json::accept(text)) return;",
                           "j = nlohmann::json::from_cbor(bytes);"}) {
    INFO(line);
    CHECK(n_caught("lib/op/softmax.h", line) == 1);
  }
  CHECK(n_caught("CMakeLists.txt", "target_compile_options(x INTERFACE -ffast-math)") == 1);
  CHECK(n_caught("CMakeLists.txt", "  -ffp-contract=fast") == 1);
  CHECK(n_caught("CMakeLists.txt", "  -fassociative-math") == 1);
  // Comments, strings and our own names are free to speak of them
  for (const char* line : {"// std::exp( differs", "/* std::reduce */ int x;", "const char* hint = \"std::exp(x)\";", "y = exp(x);",
                           "y = etalon::exp(x);", "y = std::frexp(x, &e);", "y = std::sqrt(x);", "std::snprintf(s, n, f);",
                           "j = file::parse_json(text, where, hint);", "const char quote = '\"'; // std::exp(x)"}) {
    INFO(line);
    CHECK(n_caught("lib/op/softmax.h", line) == 0);
  }
  CHECK(n_caught("lib/op/softmax.h", "const char quote = '\"'; y = std::exp(x);") == 1);
  CHECK(n_caught("lib/op/softmax.h", "const long n = 1'000'000; y = std::exp(x);") == 1);
}

TEST_CASE("floors: every folder under lib says what lives in it", "[house]") {
  CHECK(without_readme(kTop / "lib") == Complaints{});
  const Folder planted;
  write_text(planted / "with/README.md", "here");
  write_text(planted / "without/x.h", "");
  CHECK(without_readme(planted.path) == Complaints{"without"});
}

TEST_CASE("floors: the top level holds what it may hold", "[house]") {
  Complaints names;
  for (const auto& entry : fs::directory_iterator(kTop)) names.push_back(entry.path().filename());
  const auto ignored = read_text(kTop / ".gitignore");
  CHECK(strangers(names, ignored) == Complaints{});
  CHECK(strangers({"lib", "scripts", ".ci", "notes.txt", "build"}, "/build/\n") == Complaints{"scripts", "notes.txt"});
}
