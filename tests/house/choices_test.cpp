// SPDX-License-Identifier: Apache-2.0
// Templated code chooses by midpoint() only where the list says why no outcome can be wrong.
#include "house/choices.h"

#include <catch2/catch.hpp>

#include "base/file.h"

using namespace etalon;
using namespace etalon::house;
namespace fs = std::filesystem;

namespace {

const fs::path kTop = ETALON_SOURCE_DIR;
const char* const kFolders[] = {"lib/tensor", "lib/tape", "lib/op", "lib/model", "lib/head", "lib/information"};

}  // namespace

TEST_CASE("choices: every midpoint() that decides is on the list with its reason, and the list has no dead rows", "[house]") {
  for (const char* folder : kFolders)
    for (const auto& entry : fs::recursive_directory_iterator(kTop / folder)) {
      const auto path = fs::relative(entry.path(), kTop).generic_string();
      if (path.ends_with(".h") || path.ends_with(".cpp"))
        CHECK(unlisted_choices(path, read_text(entry.path())) == std::vector<std::string>{});
    }
  for (const Choice& choice : choices()) {
    INFO(choice.path << ": " << choice.line);
    CHECK(is_made(choice, read_text(kTop / choice.path)));
    CHECK(std::string(choice.because).size() > 20);
  }
}

TEST_CASE("choices: a planted midpoint() is caught, and one on the list is not", "[house][planted]") {
  const auto n_caught = [](const std::string& path, const std::string& line) { return unlisted_choices(path, line + "\n").size(); };
  CHECK(n_caught("lib/model/optimiser_body.h", "  if (midpoint(c) < 1)") == 1);
  CHECK(n_caught("lib/head/projection.h", "p.cosine = midpoint(p.visible_norm) == 0 ? S(0.0) : x;") == 1);
  CHECK(n_caught("lib/op/relu.h", "y = midpoint (x) > 0 ? x : S(0);") == 1);
  CHECK(n_caught("lib/op/relu.h", "const auto where = &midpoint<S>;") == 1);
  // The listed line in another file, or changed
  CHECK(n_caught("lib/op/swiglu.h", "  if (midpoint(x) < 0) {") == 1);
  CHECK(n_caught("lib/op/silu.h", "  if (midpoint(x) < 1) {") == 1);
  CHECK(n_caught("lib/op/silu.h", "  if (midpoint(x) < 0) {  // any comment") == 0);
  CHECK(n_caught("lib/op/silu.h", "// midpoint() may choose") == 0);
  CHECK_FALSE(is_made(choices()[0], "double m = 0;  // double m = midpoint(x_i[seen[0]]);\n"));
}
