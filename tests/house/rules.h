// SPDX-License-Identifier: Apache-2.0
// rules.h — the house rules that can be read off the source text. Each takes one file and returns its complaints.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::house {

// A floor as CMakeLists.txt declares it: etalon_floor(name ABOVE ... ROOMS ... USES ...).
struct Floor {
  std::string name;
  std::vector<std::string> above;  // what it stands on, as written
  std::vector<std::string> rooms;  // folders inside it; each may see those before it
  std::set<std::string> sees;      // itself, what it stands on, and what that sees
};

// The floors of a CMakeLists.txt, in its order; `app` comes last and sees all. Libraries that are no floor (ball, a part of scalar)
// may stand after ABOVE and are passed over.
inline std::vector<Floor> floors_of(const std::string& cmake) {
  // Read each call:  a name, then words under ABOVE, ROOMS and USES
  static const std::regex call(R"re((?:^|\n)[ \t]*etalon_floor\(([^)]*)\))re");
  std::vector<Floor> floors;
  std::set<std::string> all = {"app"};
  for (std::sregex_iterator it(cmake.begin(), cmake.end(), call), end; it != end; ++it) {
    std::istringstream words((*it)[1].str());
    Floor floor;
    words >> floor.name;
    std::string list;
    for (std::string word; words >> word;) {
      if (word == "ABOVE" || word == "ROOMS" || word == "USES") list = word;
      else if (list == "ROOMS") floor.rooms.push_back(word);
      else if (list == "ABOVE" && all.contains(word)) floor.above.push_back(word);
    }

    // Add what the floors below see; they are declared before
    floor.sees = {floor.name};
    for (const Floor& lower : floors)
      if (std::find(floor.above.begin(), floor.above.end(), lower.name) != floor.above.end())
        floor.sees.insert(lower.sees.begin(), lower.sees.end());
    all.insert(floor.name);
    floors.push_back(std::move(floor));
  }
  floors.push_back({"app", {}, {}, all});
  return floors;
}

inline std::string joined(const std::vector<std::string>& words, const char* between = ", ") {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

// The table as lib/README.md shows it: each floor, what it stands on, and the floors that it may therefore include.
inline std::string floor_table(const std::vector<Floor>& floors) {
  std::string out = "| floor | stands on | and so may also include |\n|---|---|---|\n";
  for (const Floor& floor : floors) {
    std::vector<std::string> also;
    for (const Floor& lower : floors) {
      const bool named = std::find(floor.above.begin(), floor.above.end(), lower.name) != floor.above.end();
      if (floor.sees.contains(lower.name) && !named && lower.name != floor.name) also.push_back(lower.name);
    }
    if (floor.name == "app") also = {"every floor"};
    out += "| `" + floor.name + "` | " + joined(floor.above) + " | " + joined(also) + " |\n";
    if (!floor.rooms.empty()) out += "| | | rooms inside, each sees those before it: " + joined(floor.rooms) + " |\n";
  }
  return out;
}

// A dependency and the paths (prefixes) that may include it. A header of no row here is an unknown dependency.
struct Door {
  const char* header;  // a prefix of what stands between < and >
  std::vector<std::string> paths;
};
inline const std::vector<Door>& doors() {
  static const std::vector<Door> all = {
      {"arb", {"lib/scalar/ball."}},
      {"acb", {"lib/scalar/ball."}},
      {"flint", {"lib/scalar/ball."}},
      {"sleef.h", {"lib/scalar/exact.h"}},
      {"Eigen/", {"lib/tensor/eigen_window.h", "lib/head/spectrum.cpp", "lib/information/limits/decomposition.cpp"}},
      {"Random123/", {"lib/tensor/random.cpp"}},
      {"immintrin.h", {"lib/tensor/kernel/avx"}},
      {"nlohmann/", {"lib/file/", "lib/golden/", "lib/record/", "lib/ib_oracle/", "lib/certify/", "lib/study/", "app/"}},
      {"zlib.h", {"lib/file/npz.cpp"}},
      {"spdlog/", {"app/"}},
      {"CLI/", {"app/"}},
      {"cblas.h", {"app/bench/bench.cpp"}},
      {"scalar/ball.h", {"lib/scalar/ball.", "lib/certify/"}},  // Arb stands behind it
      {"signal.h", {"app/interrupt.cpp"}},
      {"unistd.h", {"lib/base/", "app/"}},
      {"sys/", {"lib/base/", "app/"}},
      {"fcntl.h", {"lib/base/", "app/bench/other_program.cpp"}},
      {"spawn.h", {"app/bench/other_program.cpp"}},
      {"signal.h", {"app/interrupt.cpp"}},
  };
  return all;
}

// What may not be written, where it may be after all, and why.
struct Ban {
  std::regex pattern;
  std::vector<std::string> except;
  const char* because;
};
inline const std::vector<Ban>& bans() {
  static const std::vector<Ban> all = {
      {std::regex(
           R"((^|[^\w])(std\s*)?::\s*(exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|)"
           R"(erf|erfc|tgamma|lgamma|cbrt|hypot)[fl]?\s*\()"),
       {"lib/scalar/exact.h"},
       "libm has other bits on other machines: use scalar/exact.h"},
      {std::regex(R"(std\s*::\s*(reduce|transform_reduce|inner_product)\b)"),
       {},
       "its order or its rounding is not ours: use tensor/sum.h"},
      {std::regex(
           R"(\.\s*(dot|squaredNorm|stableNorm|blueNorm|lpNorm|redux|noalias|lazyProduct|cwiseProduct|prod|mean|trace)\s*(<[^>]*>)?\()"),
       {},
       "Eigen may factor a matrix, it may not add one up: use tensor/sum.h and tensor/matmul.h"},
      {std::regex(R"((^|[^\w])(v?f?printf|f?puts|putchar|fputc|perror)\s*\(|std\s*::\s*(cout|cerr|clog|print(ln)?)\b)"),
       {"app/say.cpp", "app/progress.cpp"},
       "what is printed passes one place that makes it safe and knows whether it arrived: use app/say.h"},
      {std::regex(R"((^|[^\w])(popen|system|tmpnam|tempnam|mktemp)\s*\()"),
       {},
       "no shell, and no name that somebody can plant first: use app/bench/other_program.h, base/new_file.h"},
      {std::regex(R"((json|Json)\s*::\s*(parse|sax_parse|accept|from_(cbor|msgpack|ubjson|bjdata|bson))\s*\()"),
       {"lib/file/json.cpp"},
       "JSON enters by one door, which refuses what hangs, crashes or lies: use file/json.h"},
      {std::regex(R"(std\s*::\s*execution\b|#\s*pragma\s+omp)"), {}, "the bits may not depend on a schedule"},
      {std::regex(R"(std\s*::\s*(mt19937(_64)?|random_device|default_random_engine|normal_distribution|)"
                  R"(uniform_real_distribution|uniform_int_distribution|shuffle)\b|\bs?rand\s*\()"),
       {},
       "randomness is counter-based: use tensor/random.h"},
      {std::regex(R"(#\s*pragma\s+(GCC|clang)\s+(optimize|fp)|STDC\s+FP_CONTRACT|__attribute__\s*\(\(\s*_*optimize|)"
                  R"(\[\[\s*(gnu|clang)\s*::\s*optimize|_Pragma\s*\()"),
       {},
       "the flags of the house hold for every line"},
      {std::regex(R"(-ffast-math|-funsafe-math|-fassociative-math|-freciprocal-math|-Ofast|-ffp-contract=(fast|on)|-ffinite-math)"),
       {},
       "no fast mathematics"},
  };
  return all;
}

// The source without comments and without the insides of string literals; line breaks stay.
inline std::string code_of(std::string_view source) {
  std::string code;
  enum { kCode, kLine, kBlock, kString, kChar } state = kCode;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const char c = source[i], next = i + 1 < source.size() ? source[i + 1] : '\0';

    // Copy code; enter a comment or a literal where one begins
    if (state == kCode) {
      if (c == '/' && next == '/') state = kLine;
      else if (c == '/' && next == '*') state = kBlock, ++i;
      else if (c == '"') state = kString, code += c;
      else if (c == '\'' && !(i > 0 && std::isalnum(static_cast<unsigned char>(source[i - 1])))) state = kChar, code += c;
      else code += c;
      continue;
    }

    // Leave it where it ends; line breaks stay
    if (c == '\n') code += c;
    if (state == kLine && c == '\n') state = kCode;
    else if (state == kBlock && c == '*' && next == '/') state = kCode, ++i;
    else if ((state == kString || state == kChar) && c == '\\') ++i;
    else if (state == kString && (c == '"' || c == '\n')) state = kCode, code += '"';
    else if (state == kChar && (c == '\'' || c == '\n')) state = kCode, code += '\'';
  }
  return code;
}

inline bool starts_with_any(const std::string& text, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes)
    if (text.starts_with(prefix)) return true;
  return false;
}

// "tensor" for lib/tensor/sum.h and tensor/sum.h, "app" for app/main.cpp.
inline std::string floor_of(const std::string& path) {
  const std::string inside = path.starts_with("lib/") ? path.substr(4) : path;
  return inside.substr(0, inside.find('/'));
}

// "law" for lib/information/law/joint.h and information/law/joint.h; "" for a file that lies in no folder of its floor.
inline std::string room_of(const std::string& path) {
  const std::string inside = path.starts_with("lib/") ? path.substr(4) : path;
  const auto floor = inside.find('/'), room = inside.find('/', floor + 1);
  return room == std::string::npos ? "" : inside.substr(floor + 1, room - floor - 1);
}

// True if `path`, of a floor with rooms, may include `header` of the same floor.
inline bool room_sees(const Floor& floor, const std::string& path, const std::string& header) {
  const auto place = [&](const std::string& file) { return std::find(floor.rooms.begin(), floor.rooms.end(), room_of(file)); };
  return floor.rooms.empty() || (place(header) != floor.rooms.end() && place(header) <= place(path));
}

inline bool is_of_app(const std::string& header) { return starts_with_any(header, {"ib/", "bench/", "report/", "experiments/"}); }

// One line #include "header" (of ours) or #include <header>.
struct Include {
  std::string header;
  bool is_ours;
};
inline std::vector<Include> includes_of(const std::string& source) {
  static const std::regex include(R"re(^\s*#\s*include\s*([<"])([^>"]*)[>"])re");
  std::vector<Include> all;
  std::istringstream lines(source);
  std::smatch found;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, found, include)) all.push_back({found[2], found[1] == "\""});
  return all;
}

// Why `path` may not include `header` by the list of doors; "" if it may. `is_ours`: a header that has no door is one of ours.
inline std::string shut_door(const std::string& path, const std::string& header, bool is_ours) {
  bool known = is_ours;
  for (const Door& door : doors()) {
    if (!header.starts_with(door.header)) continue;
    known = true;
    if (!starts_with_any(path, door.paths)) return "it enters the house elsewhere";
  }
  return known ? "" : "an unknown dependency; add a row to tests/house/rules.h";
}

// path is relative to the top of the repository.
inline std::vector<std::string> broken_includes(const std::vector<Floor>& floors, const std::string& path,
                                                const std::string& source) {
  // Find the floor of this file
  Floor here;
  for (const Floor& floor : floors)
    if (floor_of(path) == floor.name) here = floor;
  std::vector<std::string> complaints;
  const auto complain = [&](const std::string& header, const std::string& why) {
    complaints.push_back(path + " includes " + header + ": " + why);
  };
  if (here.sees.empty()) complain("(anything)", "its folder is not a floor; add a line etalon_floor(...) to CMakeLists.txt");

  for (const auto& [header, is_ours] : includes_of(source)) {
    const bool is_of_cpp = !is_ours && header.find_first_of("./") == std::string::npos;

    // Ask of a header of ours: a floor and a room that this file may see
    if (is_ours) {
      // The files of app see each other: "command.h", "ib/ib.h"
      const bool beside = path.starts_with("app/") && (header.find('/') == std::string::npos || is_of_app(header));
      if (!beside && !here.sees.contains(floor_of(header))) complain(header, "not a floor that this one may see");
      if (floor_of(header) == here.name && !room_sees(here, path, header)) complain(header, "a room that this one may not see");
      if (header.find("..") != std::string::npos) complain(header, "a path that climbs");
    }

    // Ask of a dependency: is this its door?
    if (!is_ours && path.starts_with("lib/tensor/kernel/") && !path.ends_with("/choose.h") && !path.ends_with("/choose.cpp") &&
        header != "immintrin.h")
      complain(header, "no library header in code that is compiled for one instruction set");
    const std::string shut = is_of_cpp ? "" : shut_door(path, header, is_ours);
    if (!shut.empty()) complain(header, shut);
  }
  return complaints;
}

inline std::vector<std::string> broken_bans(const std::string& path, const std::string& source) {
  std::vector<std::string> complaints;
  std::istringstream lines(path.ends_with(".txt") || path.ends_with(".json") ? source : code_of(source));
  long number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    for (const Ban& ban : bans())
      if (!starts_with_any(path, ban.except) && std::regex_search(line, ban.pattern))
        complaints.push_back(path + ":" + std::to_string(number) + ": " + ban.because);
  }
  return complaints;
}

// Names that are known beforehand in the folder that all users share: a link that somebody planted there is followed, by a test that may
// run as root. tests/folder.h, mktemp -d and tempfile make names that nobody knows.
inline std::vector<std::string> fixed_temporary_names(const std::string& path, const std::string& source) {
  static const std::regex fixed(R"(temp_directory_path|gettempdir|tmpnam|mktemp\s+-u|mktemp\(|(^|[^\w.])/(var/)?tmp\b)");
  std::vector<std::string> complaints;
  std::istringstream lines(source);
  long number = 0;
  for (std::string line; std::getline(lines, line);)
    if (++number, path != "tests/folder.h" && !path.starts_with("tests/house/") && std::regex_search(line, fixed))
      complaints.push_back(path + ":" + std::to_string(number) + ": a folder of its own, by tests/folder.h, mktemp -d or tempfile");
  return complaints;
}

// Files under `top` that no other check knows how to read, as "x.hpp": a C++ source ends in .h or .cpp.
inline std::vector<std::string> of_unknown_kind(const std::filesystem::path& top) {
  static const std::set<std::string> kinds = {"",       ".h",  ".cpp",  ".md",         ".py",          ".sh", ".txt",
                                              ".cmake", ".in", ".json", ".clang-tidy", ".safetensors", ".npz"};
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top))
    if (entry.is_regular_file() && entry.path().parent_path().filename() != "__pycache__" &&
        !kinds.contains(entry.path().extension()))
      out.push_back(std::filesystem::relative(entry.path(), top).generic_string());
  return out;
}

// Headers of ours that a source includes and that are no files: neither below one of the folders nor beside it.
inline std::vector<std::string> missing_headers(const std::filesystem::path& top, const std::string& path,
                                                const std::string& source) {
  std::vector<std::string> out;
  for (const Include& include : includes_of(source)) {
    const std::string& header = include.header;
    const auto there = [&](const std::filesystem::path& folder) { return std::filesystem::is_regular_file(top / folder / header); };
    if (include.is_ours && !there("lib") && !there("app") && !there(std::filesystem::path(path).parent_path()))
      out.push_back(path + " includes " + header + ": no file of ours");
  }
  return out;
}

inline const std::set<std::string>& top_level() {
  static const std::set<std::string> all = {"CMakeLists.txt",
                                            "CMakePresets.json",
                                            "CITATION.cff",
                                            "LICENSE",
                                            "NOTICE",
                                            "README.md",
                                            "lib",
                                            "app",
                                            "tests",
                                            "golden",
                                            "docs"};
  return all;
}

// Names at the top that are neither of the house nor dot files nor in .gitignore.
inline std::vector<std::string> strangers(const std::vector<std::string>& names, const std::string& gitignore) {
  std::vector<std::string> out;
  for (const std::string& name : names)
    if (!top_level().contains(name) && !name.starts_with(".") && gitignore.find("/" + name + "/\n") == std::string::npos)
      out.push_back(name);
  return out;
}

// What breaks the rule of lib/README.md on names that end in _body.h, in one file with this source.
inline std::vector<std::string> broken_bodies(const std::string& path, const std::string& source) {
  const std::string end = "_body.h";
  std::vector<std::string> complaints;
  bool has_declarations = !path.ends_with(end);
  for (const auto& [header, is_ours] : includes_of(source)) {
    if (!is_ours) continue;
    if ("lib/" + header.substr(0, header.size() - 2) + end == path) has_declarations = true;
    if (header.ends_with(end) && path.ends_with(".h") && !path.ends_with(end))
      complaints.push_back(path + " includes " + header + ": a header may not; include the .h that declares it");
  }
  if (!has_declarations) complaints.push_back(path + ": does not include the .h whose templates it defines");
  return complaints;
}

// Folders under `top` with more than `most` .cpp files, as "information/law: 31"; `top` itself is ".".
inline std::vector<std::string> crowded(const std::filesystem::path& top, long most) {
  std::map<std::string, long> n_sources;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top))
    if (entry.path().extension() == ".cpp")
      ++n_sources[std::filesystem::relative(entry.path().parent_path(), top).generic_string()];
  std::vector<std::string> out;
  for (const auto& [folder, n] : n_sources)
    if (n > most) out.push_back(folder + ": " + std::to_string(n));
  return out;
}

// Folders under `top` that have no README.md.
inline std::vector<std::string> without_readme(const std::filesystem::path& top) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top))
    if (entry.is_directory() && !std::filesystem::exists(entry.path() / "README.md")) out.push_back(entry.path().filename());
  return out;
}

}  // namespace etalon::house
