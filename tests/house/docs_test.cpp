// SPDX-License-Identifier: Apache-2.0
// The pages say what is there: code in them is the code that is compiled, links lead somewhere, versions agree.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>

#include "base/file.h"
#include "missing.h"

using namespace etalon;
namespace fs = std::filesystem;

namespace {

const fs::path kTop = ETALON_SOURCE_DIR;
constexpr long kLongestLine = 200;

std::string text_of(const std::string& path) { return read_text(kTop / path); }

// A source as a page shows it: without the line that names its licence.
std::string shown(const std::string& path) {
  const std::string text = text_of(path);
  const bool named = text.find("SPDX-License-Identifier") < text.find('\n');
  return named ? text.substr(text.find('\n') + 1) : text;
}

// Every Markdown page of the project, relative to the top.
std::vector<std::string> pages() {
  std::vector<std::string> out = {"README.md"};
  for (const char* folder : {"docs", "lib", "app", "tests", "golden", ".github", ".ci"})
    for (const auto& entry : fs::recursive_directory_iterator(kTop / folder))
      if (entry.path().extension() == ".md") out.push_back(fs::relative(entry.path(), kTop).generic_string());
  return out;
}

// The name under which GitHub links to a heading: lower case, blanks as "-", no other punctuation.
std::string anchor_of(const std::string& heading) {
  std::string out;
  for (const char c : heading) {
    if (c == ' ') out += '-';
    else if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || (c & 0x80))
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

bool has_anchor(const std::string& text, const std::string& anchor) {
  static const std::regex heading(R"re((?:^|\n)#+ ([^\n]*))re");
  for (std::sregex_iterator it(text.begin(), text.end(), heading), end; it != end; ++it)
    if (anchor_of((*it)[1]) == anchor) return true;
  return false;
}

// The links of a page that lead to no file or no heading, as "docs/a.md: b.md". Addresses on the network are not followed.
std::vector<std::string> dead_links(const std::string& page, const std::string& text) {
  static const std::regex link(R"re((?:\]\(|\n\[[^\]]*\]: |src=")([^)#: "]*)(#[^) "]*)?)re");
  std::vector<std::string> dead;
  for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it) {
    const std::string name = (*it)[1], anchor = (*it)[2];
    if (text[it->position() + it->length()] == ':') continue;  // https:
    const fs::path path = kTop / fs::path(page).parent_path() / name;
    const bool leads = name.empty() || fs::exists(path);
    const bool is_there = anchor.empty() || (leads && has_anchor(name.empty() ? text : read_text(path), anchor.substr(1)));
    if (!leads || !is_there) dead.push_back(page + ": " + name + anchor);
  }
  return dead;
}

// Paths of the repository that a page names between backquotes and that are not there, as "docs/a.md: lib/op/attic.h". What a
// path may be followed by: a line number, or words of a command.
std::vector<std::string> dead_paths(const std::string& page, const std::string& text) {
  static const std::regex path(
      R"re(`((?:lib|app|tests|docs|golden|\.ci|\.github)/[A-Za-z0-9_./-]*[A-Za-z0-9_/-])(?::[0-9]+)?(?: [^`]*)?`)re");
  std::vector<std::string> dead;
  for (std::sregex_iterator it(text.begin(), text.end(), path), end; it != end; ++it)
    if (!fs::exists(kTop / (*it)[1].str())) dead.push_back(page + ": " + (*it)[1].str());
  return dead;
}

// The lines of a page that are too long to read, as "docs/a.md:3: 240".
std::vector<std::string> long_lines(const std::string& page, const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  long number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    long n = 0;  // characters, not bytes
    for (const char c : line) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (n >= kLongestLine) found.push_back(page + ":" + std::to_string(number) + ": " + std::to_string(n));
  }
  return found;
}

// Names of the tests that ctest knows: of the rooms, and those added one by one.
std::vector<std::string> tests_of_ctest() {
  static const std::regex named(R"re((?:^|\n)\s*(?:etalon_tests\(|add_test\(NAME )([A-Za-z0-9_.]+))re");
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(kTop / "tests")) {
    if (entry.path().filename() != "CMakeLists.txt") continue;
    const std::string text = read_text(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), named), end; it != end; ++it) names.push_back((*it)[1]);
  }
  return names;
}

// The calls of ctest on a page that find no test, or that would not say so, as "docs/a.md: -R attic".
std::vector<std::string> idle_calls(const std::string& page, const std::string& text) {
  // Find the calls, and the -R of each
  static const std::regex call(R"re((tests/run|ctest)((?: +-[^ `\n]*| +'[^'\n]*'| +[^- `\n][^ `\n]*)*))re");
  static const std::regex wanted(R"re( -R +(?:'([^']*)'|([^ '`]+)))re");
  const auto names = tests_of_ctest();
  std::vector<std::string> idle;
  for (std::sregex_iterator it(text.begin(), text.end(), call), end; it != end; ++it) {
    const std::string arguments = (*it)[2];
    std::smatch found;
    if (!std::regex_search(arguments, found, wanted)) continue;

    // Complain where it fits no test, or where ctest alone would call that a success
    const std::regex expression(found[1].matched ? found[1].str() : found[2].str());
    const bool finds =
        std::any_of(names.begin(), names.end(), [&](const auto& name) { return std::regex_search(name, expression); });
    if (!finds) idle.push_back(page + ":" + found[0].str());
    if ((*it)[1] == "ctest" && arguments.find("--no-tests=error") == std::string::npos)
      idle.push_back(page + ": ctest" + arguments);
  }
  return idle;
}

using Complaints = std::vector<std::string>;

}  // namespace

TEST_CASE("docs: every call of ctest that a page shows finds a test, or would fail", "[house][docs]") {
  for (const std::string& page : pages()) CHECK(idle_calls(page, text_of(page)) == Complaints{});
  CHECK(idle_calls("docs/planted.md", "`tests/run -R '^op$'` and `ctest --test-dir build/release --no-tests=error -R '^op$'`") ==
        Complaints{});
  CHECK(idle_calls("docs/planted.md", "run `tests/run -R '^attic$'`.") == Complaints{"docs/planted.md: -R '^attic$'"});
  CHECK(idle_calls("docs/planted.md", "    ctest --preset dev -R op\n") == Complaints{"docs/planted.md: ctest --preset dev -R op"});
  CHECK(tests_of_ctest().size() > 30);
}

TEST_CASE("docs: every link and every path of a source leads to a file, no line is too long to read", "[house][docs]") {
  CHECK(pages().size() > 50);
  for (const std::string& page : pages()) {
    const std::string text = text_of(page);
    CHECK(dead_links(page, text) == Complaints{});
    if (!page.starts_with("docs/decisions/")) CHECK(dead_paths(page, text) == Complaints{});  // a decision speaks of its own day
    CHECK(long_lines(page, text) == Complaints{});
  }
  CHECK(dead_links("docs/planted.md", "[a](arithmetic.md) [b](attic.md#x) [c](https://example.org/y) [d](../README.md)") ==
        Complaints{"docs/planted.md: attic.md#x"});
  CHECK(dead_links("docs/planted.md", "[a](attic.md \"title\")\n[b]: attic.md\n<img src=\"attic.png\">").size() == 3);
  CHECK(dead_links("docs/planted.md", "# One, `two`\n[a](#one-two) [b](#three) [c](notation.md#glossary) [d](notation.md#attic)") ==
        Complaints{"docs/planted.md: #three", "docs/planted.md: notation.md#attic"});
  CHECK(dead_paths("docs/planted.md", "`lib/op/softmax.h` and `lib/op/attic.h`") == Complaints{"docs/planted.md: lib/op/attic.h"});
  CHECK(dead_paths("docs/planted.md", "`golden/attic`, `lib/op/attic.h:12`, `tests/attic.py --all`, `tests/run -R op`").size() ==
        3);
  CHECK(long_lines("docs/planted.md", "short\n" + std::string(200, 'x')) == Complaints{"docs/planted.md:2: 200"});
}

// The recipe that a stranger regenerates weights from is the one that ctest runs.
TEST_CASE("docs: docs/arithmetic.md holds the recipe of tests/tensor/regenerate.py word for word", "[house][docs]") {
  const auto script = text_of("tests/tensor/regenerate.py");
  const std::string open = "# -- recipe\n", close = "# -- end of recipe\n";
  const auto from = script.find(open), to = script.find(close);
  REQUIRE(from != std::string::npos);
  REQUIRE(to > from);
  const auto recipe = script.substr(from + open.size(), to - from - open.size());
  CHECK(recipe.size() > 500);
  CHECK(missing(text_of("docs/arithmetic.md"), "```python\n" + recipe + "```\n") == "");
}

TEST_CASE("docs: the page on your own model shows the function that tests/clients/torch/states.py runs", "[house][docs]") {
  const auto script = text_of("tests/clients/torch/states.py");
  const std::string open = "# -- recipe\n", close = "# -- end of recipe\n";
  const auto from = script.find(open), to = script.find(close);
  REQUIRE(from != std::string::npos);
  REQUIRE(to > from);
  const auto recipe = script.substr(from + open.size(), to - from - open.size());
  CHECK(recipe.size() > 500);
  CHECK(missing(text_of("docs/how-to/plane-of-your-model.md"), "```python\n" + recipe + "```\n") == "");
}

// Each clause of the contract names its test as `path` "name of the test"; both must exist.
TEST_CASE("docs: every test that docs/arithmetic.md names exists", "[house][docs]") {
  const auto doc = text_of("docs/arithmetic.md");
  static const std::regex named("`(tests/[a-z_/]+\\.cpp)`[:,]?\\s+\"([^\"]+)\"");
  long n_named = 0;
  for (std::sregex_iterator it(doc.begin(), doc.end(), named), end; it != end; ++it, ++n_named) {
    INFO((*it)[1] << " \"" << (*it)[2] << "\"");
    const std::string name = std::regex_replace((*it)[2].str(), std::regex("\\s*\\n\\s*"), " ");
    CHECK(missing(text_of((*it)[1].str()), "TEST_CASE(\"" + name) == "");
  }
  CHECK(n_named >= 12);
}

TEST_CASE("docs: the page on using the library shows the projects that the tests build", "[house][docs]") {
  const auto page = text_of("docs/how-to/use-the-library.md");
  for (const char* path : {"tests/install/consumer/CMakeLists.txt", "tests/install/fetch/CMakeLists.txt"})
    CHECK(missing(page, "```cmake\n" + shown(path) + "```\n") == "");
  CHECK(missing(page, "```cpp\n" + shown("tests/install/consumer/main.cpp") + "```\n") == "");
  // Every option that CMake has is in the table
  const auto cmake = text_of("CMakeLists.txt");
  static const std::regex option(R"re(\noption\((ETALON_[A-Z]+) )re");
  long n_options = 0;
  for (std::sregex_iterator it(cmake.begin(), cmake.end(), option), end; it != end; ++it, ++n_options)
    CHECK(missing(page, "| `" + (*it)[1].str() + "` |") == "");
  CHECK(n_options == 6);
}

TEST_CASE("docs: one version in CMakeLists.txt and CITATION.cff; the licences are there", "[house][docs]") {
  std::smatch version;
  const auto cmake = text_of("CMakeLists.txt");
  REQUIRE(std::regex_search(cmake, version, std::regex(R"re(project\(Etalon VERSION ([0-9.]+))re")));
  CHECK(missing(text_of("CITATION.cff"), "\nversion: " + version[1].str() + "\n") == "");
  CHECK(missing(text_of("docs/CHANGELOG.md"), "\n## " + version[1].str() + "\n") == "");
  CHECK(missing(text_of("LICENSE"), "Apache License\n                           Version 2.0, January 2004") == "");
  CHECK(missing(text_of("golden/README.md"), "CC0-1.0") == "");
  // Every library that CMake looks for has its licence in NOTICE
  for (const char* library :
       {"Eigen", "SLEEF", "Random123", "nlohmann-json", "zlib", "CLI11", "spdlog", "OpenBLAS", "Arb", "Catch2"})
    CHECK(missing(text_of("NOTICE"), "\n" + std::string(library)) == "");
}
