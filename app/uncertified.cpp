// SPDX-License-Identifier: Apache-2.0
// What certified.h answers in a build without Arb.
#include "base/error.h"
#include "certified.h"

namespace etalon::app {
namespace {

[[noreturn]] void refuse() {
  throw Error("etalon record", "a build that can certify", "one without Arb (ETALON_CERTIFY=OFF)",
              "`etalon record --engine` records the engine's own values; or install libflint-arb-dev and configure with "
              "-DETALON_CERTIFY=ON");
}

}  // namespace

golden::Golden certified_case(const std::string&, const std::string&) { refuse(); }
bool verify_cases(const std::vector<std::filesystem::path>&, bool) { refuse(); }

}  // namespace etalon::app
