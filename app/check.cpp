// etalon check — is this backend right at its precision, and if not, where does it first go wrong?
#include <cstdio>

#include "base/file.h"
#include "command.h"
#include "commands.h"
#include "golden/report.h"

namespace etalon::app {
namespace {

struct Options {
  std::string golden, precision, json, junit;
  std::vector<std::filesystem::path> candidate;
  std::vector<std::string> only;
  golden::ReportOptions report;
};

// "-" is standard output.
void write_to(const std::string& file, const std::string& text) {
  if (file == "-") std::fwrite(text.data(), 1, text.size(), stdout);
  else write_text(file, text);
}

// A backend that stores F64 throughout (tokens apart) claims fp64; any other claims fp32, and must say so if it means less.
golden::Precision precision_of(const Options& options, const golden::Candidate& candidate) {
  if (!options.precision.empty()) return golden::precision(options.precision);
  for (const auto& file : candidate.files)
    for (const auto& tensor : file.tensors)
      if (file::is_floating(tensor.dtype) && tensor.dtype != file::Dtype::f64) return golden::Precision::fp32;
  return golden::Precision::fp64;
}

Exit run(const Options& options) {
  const auto golden = golden::read_golden(options.golden);
  const auto candidate = golden::read_candidate(options.candidate);
  const auto verdict = golden::check(golden, candidate, precision_of(options, candidate), options.only);
  if (!options.json.empty()) write_to(options.json, golden::json(verdict));
  if (!options.junit.empty()) write_to(options.junit, golden::junit(verdict, golden));
  if (options.json != "-" && options.junit != "-") write_to("-", golden::table(verdict, golden, options.report));
  return verdict.right() ? kRight : kWrong;
}

}  // namespace

void add_check(CLI::App& etalon, int& exit_code) {
  CLI::App* check =
      etalon.add_subcommand("check", "Hold a backend's tensors to a golden case: right or wrong, and where it first goes wrong");
  auto options = std::make_shared<Options>();
  check->add_option("CASE", options->golden, "the folder of a golden case, such as golden/gpt2-nano-stress")->required();
  check->add_option("CANDIDATE", options->candidate, "safetensors files, or folders of them")->required();
  check
      ->add_option("--compute", options->precision,
                   "the precision that the backend computes in; left out: fp64 if all it wrote is F64, else fp32")
      ->check(CLI::IsMember({"fp64", "fp32"}));
  check->add_option("--only", options->only, "judge only the tensors of these files: forward, backward, optimizer")->delimiter(',');
  check->add_option("--json", options->json, "write the verdict as JSON to this file; - is standard output");
  check->add_option("--junit", options->junit, "write it as JUnit XML to this file; - is standard output");
  check->add_flag("--all", options->report.all, "a line for every tensor, not only for those that are wrong or vacuous");
  check->add_flag("--worst-first", options->report.worst_first, "order lines by error over tolerance");
  check->callback([=, &exit_code] { exit_code = run(*options); });
}

}  // namespace etalon::app
