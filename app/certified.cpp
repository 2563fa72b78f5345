// SPDX-License-Identifier: Apache-2.0
#include "certified.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/bits.h"
#include "base/terminal.h"
#include "certify/verify.h"
#include "record/by_name.h"
#include "say.h"

namespace etalon::app {
namespace {

using Json = nlohmann::ordered_json;

void log_step(const std::string& step) { spdlog::info("{}", safe_name(step)); }

Json json_of(const certify::Verification& v) {
  // Say what was proved
  const auto& widest = v.certificate.widest_radius_log2_ulp;
  Json out = {{"case", v.name},
              {"right", v.right()},
              {"precision_bits", v.certificate.precision_bits},
              {"widest_radius_log2_ulp", widest ? Json(*widest) : Json()},
              {"tensors", v.n_tensors},
              {"entries", v.n_entries},
              {"wrong", Json::array()},
              {"others", v.others}};

  // List the tensors of which something is wrong
  for (const auto& t : v.tensors)
    out["wrong"].push_back({{"tensor", t.name},
                            {"index", t.index_text},
                            {"n_wrong", t.n_wrong},
                            {"published", hex(t.published)},
                            {"proved", hex(t.certified)}});
  return out;
}

}  // namespace

golden::Golden certified_case(const std::string& name, const std::string& command) {
  spdlog::info("proving {}", safe_name(name));
  if (const auto op = record::page_of(name)) return certify::certified_op_golden(*op, command, "", log_step);
  return certify::certified_golden(record::subject(record::built_in_case(name)), command, "", log_step);
}

bool verify_cases(const std::vector<std::filesystem::path>& folders, bool json) {
  bool right = true;
  Json all = Json::array();
  for (const auto& folder : folders) {
    spdlog::info("proving {}", safe_name(folder.string()));
    const auto verification = certify::verify(folder, log_step);
    right &= verification.right();
    all.push_back(json_of(verification));
    if (!json) say("%s", certify::table(verification).c_str()), say_now();
  }
  if (json) say("%s\n", all.dump(2).c_str());
  return right;
}

}  // namespace etalon::app
