// Every committed case is recorded again and compared with what is committed, byte for byte.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <algorithm>

#include "base/bits.h"
#include "base/file.h"
#include "op/book.h"
#include "oracle/op_case.h"
#include "oracle/record.h"

using namespace etalon;
using namespace etalon::oracle;

namespace {

const std::filesystem::path kCommitted = std::filesystem::path(ETALON_SOURCE_DIR) / "golden";

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("etalon-golden-test-" + std::to_string(::getpid()));
  ~Folder() { std::filesystem::remove_all(path); }
};

std::vector<std::string> files_of(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

void require_same(const Golden& golden, const std::string& name) {
  const Folder again;
  write_golden(golden, again.path);
  REQUIRE(std::filesystem::exists(kCommitted / name));
  CHECK(files_of(again.path) == files_of(kCommitted / name));
  for (const std::string& file : files_of(again.path)) {
    INFO(name << "/" << file << ": record again with `etalon record " << name
              << "` only if the bits were meant to change, and say so in the commit");
    const bool same = read_file(again.path / file) == read_file(kCommitted / name / file);
    CHECK(same);
  }
}

}  // namespace

TEST_CASE("golden: every committed model case is what the engine records today, bit for bit", "[oracle][golden][bits]") {
  for (const CaseSpec& spec : built_in_cases()) require_same(make_golden(subject(spec), "etalon record " + spec.name), spec.name);
}

TEST_CASE("golden: every committed op case is what the page records today, bit for bit", "[oracle][golden][bits]") {
  for (const std::string& op : op_names()) require_same(make_op_golden(op, "etalon record op/" + op), "op/" + op);
}

TEST_CASE("golden: each page's outputs have the recorded bits, and one bit off is seen", "[oracle][golden][bits][law]") {
  op::for_each_page([]<op::Page Op>() {
    const auto golden = read_golden(kCommitted / "op" / Op::kName);
    for (const auto& example : Op::cases()) {
      INFO(Op::kName << " / " << example.name);
      const auto& recorded = golden.stored(example.name + "/y").values;
      auto y = Op::forward(example.setting, Args<double>(example.inputs));
      const auto has_recorded_bits = [&] {
        return std::equal(recorded.begin(), recorded.end(), y.data(), y.data() + y.size(), same_bits);
      };
      CHECK(has_recorded_bits());
      y[y.size() - 1] = from_bits(to_bits(y[y.size() - 1]) ^ 1);
      CHECK_FALSE(has_recorded_bits());
    }
  });
}

TEST_CASE("golden: the folder holds these cases and no others, under 24 MB", "[oracle][golden]") {
  std::uintmax_t n_bytes = 0;
  std::vector<std::string> cases;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kCommitted)) {
    if (entry.is_regular_file()) n_bytes += entry.file_size();
    if (entry.path().filename() == "manifest.json")
      cases.push_back(std::filesystem::relative(entry.path().parent_path(), kCommitted).string());
  }
  CHECK(n_bytes < 24'000'000);
  std::vector<std::string> expected;
  for (const CaseSpec& spec : built_in_cases()) expected.push_back(spec.name);
  for (const std::string& op : op_names()) expected.push_back("op/" + op);
  std::sort(cases.begin(), cases.end());
  std::sort(expected.begin(), expected.end());
  CHECK(cases == expected);
}

TEST_CASE("golden: what is committed can be read, and a perfect candidate is right", "[oracle][golden]") {
  for (const CaseSpec& spec : built_in_cases()) CHECK(read_golden(kCommitted / spec.name).manifest.name == spec.name);
  for (const std::string& op : op_names()) CHECK(read_golden(kCommitted / ("op/" + op)).manifest.kind == "op");
}
