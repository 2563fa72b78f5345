#include "certified.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/bits.h"
#include "certify/verify.h"

namespace etalon::app {
namespace {

void log_step(const std::string& step) { spdlog::info("{}", step); }

nlohmann::ordered_json json_of(const certify::Verification& v) {
  nlohmann::ordered_json out = {{"case", v.name},
                                {"right", v.right()},
                                {"precision_bits", v.certificate.precision_bits},
                                {"widest_radius_log2_ulp", v.certificate.widest_radius_log2_ulp ? nlohmann::ordered_json(*v.certificate.widest_radius_log2_ulp) : nlohmann::ordered_json()},
                                {"tensors", v.n_tensors},
                                {"entries", v.n_entries},
                                {"wrong", nlohmann::ordered_json::array()},
                                {"others", v.others}};
  for (const auto& t : v.tensors)
    out["wrong"].push_back({{"tensor", t.name}, {"index", t.index_text}, {"n_wrong", t.n_wrong}, {"published", hex(t.published)},
                            {"proved", hex(t.certified)}});
  return out;
}

}  // namespace

oracle::Golden certified_case(const std::string& name, const std::string& command) {
  if (name.starts_with("op/")) return certify::certified_op_golden(name.substr(3), command, "", log_step);
  return certify::certified_golden(oracle::subject(oracle::built_in_case(name)), command, "", log_step);
}

bool verify_case(const std::filesystem::path& folder, bool json) {
  const auto verification = certify::verify(folder, log_step);
  const std::string text = json ? json_of(verification).dump(2) + "\n" : certify::table(verification);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return verification.right();
}

}  // namespace etalon::app
