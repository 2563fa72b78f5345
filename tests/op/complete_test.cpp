// SPDX-License-Identifier: Apache-2.0
// Every page of the book has all that docs/how-to/add-an-op.md asks for, and what is forgotten is named by its file.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "op/book.h"

using namespace etalon;
namespace fs = std::filesystem;

namespace {

const fs::path kTop = ETALON_SOURCE_DIR;

// The text of a file, by its path from the top; "" if there is none.
using Files = std::function<std::string(const std::string&)>;

std::string committed(const std::string& path) { return fs::is_regular_file(kTop / path) ? read_text(kTop / path) : ""; }

std::vector<std::string> book() {
  std::vector<std::string> names;
  op::for_each_page([&]<op::Page Op>() { names.emplace_back(Op::kName); });
  return names;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string told(const std::string& what, int step) { return what + ": docs/how-to/add-an-op.md, step " + std::to_string(step); }

// One thing that a page needs: a text in a file.
struct Need {
  int step;
  std::string file, what, text;
};

// As `etalon list --distances` prints the name of a case: in a column of 24.
std::string padded(std::string name) {
  if (name.size() < 24) name.resize(24, ' ');
  return name;
}

std::vector<Need> needs(const std::string& op) {
  const std::string page = "lib/op/" + op + ".h", test = "tests/op/" + op + "_test.cpp", lesson = "docs/op/" + op + ".md";
  return {
      {1, page, "head `// " + op + " — ` with one sentence", "// " + op + " — "},
      {1, page, "formula, two blanks behind the slashes, above SHAPES", "\n//   "},
      {1, page, "SHAPES", "\n// SHAPES "},
      {1, page, "VJP", "\n// VJP "},
      {1, page, "proof of VJP that ends with QED", "QED"},
      {1, page, "BOUND", "\n// BOUND "},
      {1, page, "EDGES", "\n// EDGES "},
      {1, page, "READ", "\n// READ "},
      {2, page, "CARD", "\n// CARD "},
      {4, test, "#include of the page", "#include \"op/" + op + ".h\"\n"},
      {4, test, "TEST_CASE(\"" + op + ": ...\")", "TEST_CASE(\"" + op + ": "},
      {4, test, "planted mistake, a TEST_CASE tagged [planted]", "[planted]\""},
      {5, lesson, "title", "# "},
      {5, lesson, "formula in plain text, indented by four", "\n    "},
      {5, lesson, "formula between $$ and $$", "\n$$"},
      {5, lesson, "## Exercise", "\n## Exercise\n"},
      {5, lesson, "last line that names the page and its test",
       "*Page:* `" + page + "` · *Tests:* `" + test + "` · *Back:* [all ops](README.md)\n"},
      {5, "docs/op/README.md", "row for " + op, "\n| [" + op + "](" + op + ".md) | "},
      {5, "docs/op/README.md", "`" + page + "` in the row of " + op, " | `" + page + "` |\n"},
      {6, "golden/op/" + op + "/manifest.json", "name op/" + op, "\"op/" + op + "\""},
      {6, "golden/history.txt", "line for op/" + op, "  op/" + op + "  "},
      {6, "golden/engine.txt", "line for op/" + op, "  op/" + op + "\n"},
      {6, "docs/determinism.md", "line for op/" + op, "  op/" + op + "\n"},
      {6, "docs/certificates.md", "line for the y of op/" + op, "\n    " + padded("op/" + op) + " y "},
      {6, "docs/certificates.md", "line for the x_bar of op/" + op, "\n    " + padded("op/" + op) + " x_bar "},
      {7, "tests/clients/torch/own_ops.py", "line for " + op + " in OPS", "\n    \"" + op + "\": "},
  };
}

// What is missing for one page, each with its file and the step of the how-to.
std::vector<std::string> missing(const std::string& op, const Files& files) {
  std::vector<std::string> out;
  std::set<std::string> absent;
  for (const Need& need : needs(op)) {
    const std::string text = files(need.file);
    if (text.empty() && absent.insert(need.file).second) out.push_back(told(need.file + " is missing", need.step));
    else if (!text.empty() && text.find(need.text) == std::string::npos)
      out.push_back(told(need.file + " has no " + need.what, need.step));
  }
  return out;
}

// The sentence at the head of a page, on one line.
std::string sentence_of(const std::string& op, const std::string& page) {
  const std::string before = "// " + op + " — ";
  const auto from = page.find(before);
  if (from == std::string::npos) return "";
  std::string head = page.substr(from + before.size(), page.find("\n//\n") - from - before.size());
  for (std::size_t at = 0; (at = head.find("\n// ", at)) != std::string::npos;) head.replace(at, 4, " ");
  return head;
}

// The row of an op says what the page says: its sentence, or the beginning of it.
std::vector<std::string> row_disagrees(const std::string& op, const Files& files) {
  const std::string begin = "| [" + op + "](" + op + ".md) | ", end = " | `";
  for (const std::string& line : lines_of(files("docs/op/README.md"))) {
    if (!line.starts_with(begin)) continue;
    const std::string row = line.substr(begin.size(), line.find(end) - begin.size());
    const std::string sentence = sentence_of(op, files("lib/op/" + op + ".h"));
    if (!sentence.starts_with(row) || row.size() < 10)
      return {told("docs/op/README.md says of " + op + " \"" + row + "\", lib/op/" + op + ".h says \"" + sentence + "\"", 5)};
  }
  return {};
}

// How many rows of a table of ops have this op.
std::vector<std::string> row_doubled(const std::string& op, const Files& files) {
  const auto lines = lines_of(files("docs/op/README.md"));
  const auto n = std::count_if(lines.begin(), lines.end(), [&](const std::string& l) { return l.starts_with("| [" + op + "]("); });
  if (n <= 1) return {};
  return {told("docs/op/README.md has " + std::to_string(n) + " rows for " + op, 5)};
}

// The line that is out of its place in a list that `etalon record --all` prints in the order of the alphabet.
std::vector<std::string> out_of_order(const std::string& path, const std::vector<std::string>& lines) {
  const auto name = [](const std::string& line) { return line.substr(line.rfind(' ') + 1); };
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (!(name(lines[i - 1]) < name(lines[i])))
      return {
          told(path + ": " + name(lines[i]) + " stands behind " + name(lines[i - 1]) + ", out of the order of the alphabet", 6)};
  return {};
}

// Pages that the book does not list, and things of ops that are no page: left over, or not yet in the book.
std::vector<std::string> strangers(const std::vector<std::string>& names, const std::vector<std::string>& paths,
                                   const Files& files) {
  // Ask of each file, by its name
  const auto is_page = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    const std::string name = fs::path(path).stem().string();
    if (path.starts_with("lib/op/") && files(path).find("kName = \"") != std::string::npos && !is_page(name))
      out.push_back(told(path + " is a page, and lib/op/book.h does not list it", 2));
    if (path.starts_with("docs/op/") && name != "README" && !is_page(name))
      out.push_back(told(path + " is a lesson, and lib/op/book.h lists no page " + name, 2));
    if (path.starts_with("golden/op/") && !is_page(name))
      out.push_back(told(path + " is a golden case, and lib/op/book.h lists no page " + name, 2));
  }

  // Ask of each row of the table
  for (const std::string& line : lines_of(files("docs/op/README.md")))
    if (line.starts_with("| [")) {
      const std::string name = line.substr(3, line.find(']') - 3);
      if (!is_page(name)) out.push_back(told("docs/op/README.md has a row for " + name + ", and lib/op/book.h no page", 2));
    }
  return out;
}

std::vector<std::string> paths_in(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(kTop / folder))
    paths.push_back(fs::relative(entry.path(), kTop).generic_string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// The text with every run of blanks as one, and without comments.
std::string code_of(const std::string& page) {
  std::string code;
  for (const std::string& line : lines_of(page)) {
    const auto from = line.find_first_not_of(' ');
    if (from != std::string::npos && line.compare(from, 2, "//") != 0) code += line.substr(from) + " ";
  }
  return code;
}

// The lines of code that a page's comments repeat: what the VJP answers.
std::vector<std::string> quoted(const std::string& page) {
  std::vector<std::string> quotes;
  for (const std::string& line : lines_of(page.substr(page.find("#pragma once")))) {
    const auto from = line.find_first_not_of(' ');
    if (from != std::string::npos && from > 0 && line.compare(from, 3, "// ") == 0 && line.ends_with(";"))
      quotes.push_back(line.substr(from + 3));
  }
  return quotes;
}

// What is wrong with the forward lines that a page repeats.
std::vector<std::string> misquoted(const std::string& op, const std::string& page) {
  std::vector<std::string> out;
  const std::string code = code_of(page);
  for (const std::string& quote : quoted(page))
    if (code.find(quote) == std::string::npos)
      out.push_back(told("lib/op/" + op + ".h: no code reads `" + quote + "`, which a comment repeats", 1));
  if (quoted(page).empty()) out.push_back(told("lib/op/" + op + ".h: vjp does not repeat the line of forward that it answers", 1));
  return out;
}

// True if there is nothing to complain of. Printed as they are: Catch would break the lines inside a path.
bool none(const std::vector<std::string>& complaints) {
  for (const std::string& complaint : complaints) std::cerr << complaint << "\n";
  return complaints.empty();
}

}  // namespace

TEST_CASE("complete: each page has its lesson, row, test, golden case, lines and client", "[op][book]") {
  for (const std::string& op : book()) {
    CHECK(none(missing(op, committed)));
    CHECK(none(row_disagrees(op, committed)));
    CHECK(none(row_doubled(op, committed)));
    CHECK(none(misquoted(op, committed("lib/op/" + op + ".h"))));
  }
}

TEST_CASE("complete: every page, lesson, row and golden case belongs to a page of the book", "[op][book]") {
  auto paths = paths_in("lib/op");
  for (const char* folder : {"docs/op", "golden/op"})
    for (const std::string& path : paths_in(folder)) paths.push_back(path);
  CHECK(none(strangers(book(), paths, committed)));

  auto without_silu = book();
  without_silu.erase(std::find(without_silu.begin(), without_silu.end(), "silu"));
  const auto named = strangers(without_silu, paths, committed);
  for (const char* what : {"lib/op/silu.h is a page, and lib/op/book.h does not list it",
                           "docs/op/silu.md is a lesson, and lib/op/book.h lists no page silu",
                           "golden/op/silu is a golden case, and lib/op/book.h lists no page silu",
                           "docs/op/README.md has a row for silu, and lib/op/book.h no page"})
    CHECK_THAT(named, Catch::VectorContains(told(what, 2)));
}

TEST_CASE("complete: the book is in the order of the alphabet, and says how many cases are compared", "[op][book]") {
  const auto names = book();
  INFO("lib/op/book.h");
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(none(out_of_order("golden/engine.txt", lines_of(committed("golden/engine.txt")))));
  if (committed("docs/determinism.md").find("\n" + committed("golden/engine.txt") + "\n") == std::string::npos)
    CHECK(none({told("docs/determinism.md does not show the lines of golden/engine.txt in their order", 6)}));
  CHECK(out_of_order("golden/engine.txt", {"ab  op/rope", "cd  op/silu", "ef  op/scale"}) ==
        std::vector<std::string>{told("golden/engine.txt: op/scale stands behind op/silu, out of the order of the alphabet", 6)});
  const std::string cases = std::to_string(lines_of(committed("golden/engine.txt")).size()) + " cases, every byte of their files";
  if (committed("docs/determinism.md").find(cases) == std::string::npos)
    CHECK(none({told("docs/determinism.md does not say \"" + cases + "\", as many as golden/engine.txt lists", 6)}));
}

TEST_CASE("complete: each thing forgotten is named by its file", "[op][book][planted]") {
  for (const Need& need : needs("silu")) {
    // The file without the text, then no file at all
    const Files without_text = [&](const std::string& path) {
      auto text = committed(path);
      for (std::size_t at = 0; path == need.file && (at = text.find(need.text)) != std::string::npos;)
        text.erase(at, need.text.size());
      return text;
    };
    CHECK_THAT(missing("silu", without_text), Catch::VectorContains(told(need.file + " has no " + need.what, need.step)));
    const Files without_file = [&](const std::string& path) { return path == need.file ? "" : committed(path); };
    const auto named = missing("silu", without_file);
    REQUIRE(named.size() == 1);
    CHECK_THAT(named[0], Catch::StartsWith(need.file + " is missing: docs/how-to/add-an-op.md, step "));
  }
}

TEST_CASE("complete: a row that says another sentence, and a forward line that is no more, are refused", "[op][book][planted]") {
  const Files changed = [](const std::string& path) {
    auto text = committed(path);
    if (path == "lib/op/silu.h") text.replace(text.find("let a number"), 5, "LET A");
    return text;
  };
  CHECK_THAT(row_disagrees("silu", changed).at(0), Catch::StartsWith("docs/op/README.md says of silu \"let a number"));
  const Files twice = [](const std::string& path) { return committed(path) + committed(path); };
  CHECK(row_doubled("silu", twice) == std::vector<std::string>{told("docs/op/README.md has 2 rows for silu", 5)});

  auto page = committed("lib/op/silu.h");
  CHECK(misquoted("silu", page).empty());
  const std::string line = "y[i] = x[i] * sigmoid(x[i]);";
  page.replace(page.find(line), line.size(), "y[i] = sigmoid(x[i]) * x[i];");
  CHECK_THAT(misquoted("silu", page).at(0), Catch::StartsWith("lib/op/silu.h: no code reads `" + line + "`"));
  page.erase(page.find("// " + line), line.size() + 3);
  CHECK_THAT(misquoted("silu", page).at(0), Catch::Contains("does not repeat the line of forward"));
}
