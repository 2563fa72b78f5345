// rules.h — the house rules that can be read off the source text. Each takes one file and returns its complaints.
#pragma once

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::house {

// A floor and the floors it may see. app sees everything; head/ and information/ stand beside model, which does not see them.
struct Floor {
  const char* name;
  std::set<std::string> sees;
};
inline const std::vector<Floor>& floors() {
  static const std::vector<Floor> all = {
      {"base", {"base"}},
      {"scalar", {"scalar", "base"}},
      {"tensor", {"tensor", "scalar", "base"}},
      {"tape", {"tape", "tensor", "scalar", "base"}},
      {"op", {"op", "tape", "tensor", "scalar", "base"}},
      {"model", {"model", "op", "tape", "tensor", "scalar", "base"}},
      {"head", {"head", "tensor", "scalar", "base"}},
      {"information", {"information", "tensor", "scalar", "base"}},
      {"oracle", {"oracle", "information", "head", "model", "op", "tape", "tensor", "scalar", "base"}},
      {"certify", {"certify", "oracle", "information", "head", "model", "op", "tape", "tensor", "scalar", "base"}},
      {"study", {"study", "oracle", "information", "head", "model", "op", "tape", "tensor", "scalar", "base"}},
      {"app", {"app", "study", "certify", "oracle", "information", "head", "model", "op", "tape", "tensor", "scalar", "base"}},
  };
  return all;
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
      {"Eigen/", {"lib/tensor/eigen_window.h", "lib/head/", "lib/information/"}},
      {"Random123/", {"lib/tensor/random.cpp"}},
      {"immintrin.h", {"lib/tensor/kernel/avx"}},
      {"nlohmann/", {"lib/oracle/", "lib/certify/", "lib/study/", "app/"}},
      {"spdlog/", {"app/"}},
      {"CLI/", {"app/"}},
      {"cblas.h", {"app/bench.cpp"}},
      {"unistd.h", {"lib/base/", "app/"}},
      {"sys/", {"lib/base/", "app/"}},
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
      {std::regex(R"(\.\s*(dot|squaredNorm|stableNorm|blueNorm|lpNorm|redux|noalias|lazyProduct|cwiseProduct|prod|mean|trace)\s*(<[^>]*>)?\()"),
       {},
       "Eigen may factor a matrix, it may not add one up: use tensor/sum.h and tensor/matmul.h"},
      {std::regex(R"(std\s*::\s*execution\b|#\s*pragma\s+omp)"), {}, "the bits may not depend on a schedule"},
      {std::regex(
           R"(std\s*::\s*(mt19937(_64)?|random_device|default_random_engine|normal_distribution|)"
           R"(uniform_real_distribution|uniform_int_distribution|shuffle)\b|\bs?rand\s*\()"),
       {},
       "randomness is counter-based: use tensor/random.h"},
      {std::regex(R"(#\s*pragma\s+(GCC|clang)\s+(optimize|fp)|STDC\s+FP_CONTRACT|__attribute__\s*\(\(\s*optimize)"),
       {},
       "the flags of the house hold for every line"},
      {std::regex(R"(-ffast-math|-funsafe-math|-Ofast|-ffp-contract=(fast|on)|-ffinite-math)"), {}, "no fast mathematics"},
  };
  return all;
}

// The source without comments and without the insides of string literals; line breaks stay.
inline std::string code_of(std::string_view source) {
  std::string code;
  enum { kCode, kLine, kBlock, kString, kChar } state = kCode;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const char c = source[i], next = i + 1 < source.size() ? source[i + 1] : '\0';
    if (state == kCode) {
      if (c == '/' && next == '/') state = kLine;
      else if (c == '/' && next == '*') state = kBlock, ++i;
      else if (c == '"') state = kString, code += c;
      else if (c == '\'' && !(i > 0 && std::isalnum(static_cast<unsigned char>(source[i - 1])))) state = kChar, code += c;
      else code += c;
      continue;
    }
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

// "tensor" for lib/tensor/sum.h, "app" for app/main.cpp.
inline std::string floor_of(const std::string& path) {
  const std::string inside = path.starts_with("lib/") ? path.substr(4) : path;
  return inside.substr(0, inside.find('/'));
}

// path is relative to the top of the house.
inline std::vector<std::string> broken_includes(const std::string& path, const std::string& source) {
  static const std::regex include(R"re(^\s*#\s*include\s*([<"])([^>"]*)[>"])re");
  std::set<std::string> sees;
  for (const Floor& floor : floors())
    if (floor_of(path) == floor.name) sees = floor.sees;
  std::vector<std::string> complaints;
  const auto complain = [&](const std::string& header, const std::string& why) {
    complaints.push_back(path + " includes " + header + ": " + why);
  };
  if (sees.empty()) complain("(anything)", "its folder is not a floor; add a row to tests/house/rules.h");

  std::istringstream lines(source);
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_search(line, found, include)) continue;
    const std::string header = found[2];
    if (found[1] == "\"") {
      const bool beside = path.starts_with("app/") && header.find('/') == std::string::npos;  // the files of app see each other
      if (!beside && !sees.contains(floor_of(header))) complain(header, "not a floor that this one may see");
      if (header.find("..") != std::string::npos) complain(header, "a path that climbs");
      continue;
    }
    if (path.starts_with("lib/tensor/kernel/") && !path.ends_with("/choose.h") && !path.ends_with("/choose.cpp") &&
        header != "immintrin.h")
      complain(header, "no library header in code that is compiled for one instruction set");
    if (header.find_first_of("./") == std::string::npos) continue;  // the C++ standard library
    bool known = false;
    for (const Door& door : doors()) {
      if (!header.starts_with(door.header)) continue;
      known = true;
      if (!starts_with_any(path, door.paths)) complain(header, "it enters the house elsewhere");
    }
    if (!known) complain(header, "an unknown dependency; add a row to tests/house/rules.h");
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

// Names at the top that are neither of the house nor dot files nor in .gitignore.
inline std::vector<std::string> strangers(const std::vector<std::string>& names, const std::string& gitignore) {
  const std::set<std::string> allowed = {
      "CMakeLists.txt", "CMakePresets.json", "README.md", "lib", "app", "tests", "golden", "docs"};
  std::vector<std::string> out;
  for (const std::string& name : names)
    if (!allowed.contains(name) && !name.starts_with(".") && gitignore.find("/" + name + "/\n") == std::string::npos)
      out.push_back(name);
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
