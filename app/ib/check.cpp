// SPDX-License-Identifier: Apache-2.0
// etalon ib check — what somebody else's solver says about a joint law, held to what is true.
#include <cstdio>

#include "base/bits.h"
#include "base/terminal.h"
#include "command.h"
#include "ib/ib.h"
#include "ib_oracle/verdict.h"
#include "say.h"

namespace etalon::app {
namespace {

struct Options {
  std::string file;
  bool json = false, list = false;
};

std::string number(double x, const char* format) {
  char text[40];
  std::snprintf(text, sizeof text, format, x);
  return text;
}

void print(const ib_oracle::ClaimVerdict& v) {
  const char* unit = ib_oracle::to_string(v.claim.unit);
  const std::string beta = v.claim.beta ? "  beta " + shortest(*v.claim.beta) : "";
  say("%-11s %s = %s %s%s\n", to_string(v.judgement), safe_name(v.claim.name).c_str(), shortest(v.claimed).c_str(), unit,
      beta.c_str());
  if (v.truth)
    say("  truth     %s %s (%s, %s)\n  off by    %s, %s ulp, allowed %s\n", ib_oracle::value_text(*v.truth, v.claim.unit).c_str(),
        unit, to_string(v.truth->kind), to_string(v.truth->how.certificate), number(v.difference, "%.3g").c_str(),
        std::to_string(v.ulps).c_str(), number(v.allowed, "%.3g").c_str());
  for (const auto& remark : v.remarks) say("  remark    %s\n", remark.c_str());
  for (const auto& f : v.faults)
    say("  defect    %s: %s\n            %s gives %s\n", to_string(f.fault), described(f.fault).what, f.formula.c_str(),
        shortest(f.value).c_str());
  if (v.judgement != ib_oracle::ClaimJudgement::right && v.judgement != ib_oracle::ClaimJudgement::undecided && v.faults.empty())
    say("  defect    unknown\n");
}

nlohmann::ordered_json to_json(const ib_oracle::ClaimVerdict& v) {
  nlohmann::ordered_json out{{"name", v.claim.name},
                             {"claimed", v.claimed},
                             {"unit", ib_oracle::to_string(v.claim.unit)},
                             {"verdict", to_string(v.judgement)}};
  if (v.claim.beta) out["beta"] = *v.claim.beta;
  out["truth"] = v.truth ? ib_oracle::to_json(*v.truth, v.claim.unit) : nlohmann::ordered_json();
  if (v.estimate) out["estimate"] = *v.estimate;
  out["difference"] = v.difference;
  out["ulps"] = v.ulps;
  out["allowed"] = v.allowed;
  out["remarks"] = v.remarks;
  out["defects"] = nlohmann::ordered_json::array();
  for (const auto& f : v.faults)
    out["defects"].push_back({{"name", to_string(f.fault)}, {"formula", f.formula}, {"value", f.value}});
  return out;
}

int run_check(const Options& o) {
  // List the faults that have a name, if that is asked
  if (o.list) {
    for (const auto& row : ib_oracle::every_fault()) say("%-24s %s\n", row.name, row.what);
    return kRight;
  }

  // Judge the claims
  const auto check = ib_oracle::check_claims(ib_oracle::read_claims(o.file));
  long n_right = 0;
  for (const auto& v : check.verdicts) n_right += v.judgement == ib_oracle::ClaimJudgement::right;

  // Print the verdicts
  if (o.json) {
    nlohmann::ordered_json object{{"right", check.right()}, {"verdicts", nlohmann::ordered_json::array()}};
    for (const auto& v : check.verdicts) object["verdicts"].push_back(to_json(v));
    say("%s\n", object.dump(2).c_str());
  } else {
    for (const auto& v : check.verdicts) print(v);
    say("%s: %ld of %zu claims are right\n", check.right() ? "right" : "WRONG", n_right, check.verdicts.size());
  }
  return check.right() ? kRight : kWrong;
}

}  // namespace

void add_ib_check(CLI::App& ib, int& exit_code) {
  // Declare the command and its options
  CLI::App* command =
      ib.add_subcommand("check", "Judge what another solver claims, and name the defect that explains a wrong number");
  auto options = std::make_shared<Options>();
  auto* file = command->add_option("CLAIMS", options->file,
                                   "a JSON file with a table p(x, y), its units, a list of claims, and what they refer to");
  command->add_flag("--json", options->json, "print one JSON object");
  command->add_flag("--defects", options->list, "list every defect that can be named, and stop")->excludes(file);

  // Show examples, and run
  command->footer(
      "docs/how-to/check-an-ib-solver.md lists the fields of the file and the names of the quantities that can be claimed.\n"
      "Exit codes: 0 every claim is right; 1 a claim is wrong or cannot be decided; 2 usage; 3 the file cannot be read.\n"
      "Example, in which the claimed value is in nats though the file says bits\n"
      "  echo '{\"joint\": [[0.45, 0.05], [0.05, 0.45]], \"units\": \"bits\", \"claims\": {\"I(X;Y)\": 0.3681}}' > claims.json\n"
      "  etalon ib check claims.json");
  command->callback([=, &exit_code] {
    if (options->file.empty() && !options->list) throw CLI::RequiredError("CLAIMS");
    exit_code = run_check(*options);
  });
}

}  // namespace etalon::app
