// SPDX-License-Identifier: Apache-2.0
// etalon check — is this backend right at its precision, and if not, where does it first go wrong?
#include <cstdio>

#include "base/file.h"
#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "golden/file_name.h"
#include "golden/report.h"
#include "say.h"

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
  if (file == "-") say_text(text);
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

// The folder of a case: one that is named, or the published case of that name.
std::filesystem::path folder_of(const std::string& name) {
  std::error_code failed;  // of a name too long to be one
  const auto published = std::filesystem::path("golden") / name;
  const bool is_name = !std::filesystem::exists(name, failed) && std::filesystem::exists(published / golden::kManifestFile, failed);
  return is_name ? published : std::filesystem::path(name);
}

Exit run(const Options& options) {
  // Read the case and what the backend wrote
  const auto golden = golden::read_golden(folder_of(options.golden));
  as_argument([&] { golden::require_judged(options.only, golden); });
  const auto candidate = golden::read_candidate(options.candidate);
  for (const auto& path : candidate.passed_over) note("passed over, because it is hidden: %s\n", safe_name(path.string()).c_str());

  // Judge it, and write the verdict
  const auto verdict = golden::check(golden, candidate, precision_of(options, candidate), options.only);
  if (!options.json.empty()) write_to(options.json, golden::json(verdict));
  if (!options.junit.empty()) write_to(options.junit, golden::junit(verdict, golden));
  if (options.json != "-" && options.junit != "-") write_to("-", golden::table(verdict, golden, options.report));
  return verdict.right() ? kRight : kWrong;
}

}  // namespace

void add_check(CLI::App& etalon, int& exit_code) {
  // Declare the command, the case and the candidate
  CLI::App* check = etalon.add_subcommand(
      "check", "Compare a backend's tensors with a golden case: say whether they are right, and where they first go wrong");
  auto options = std::make_shared<Options>();
  check
      ->add_option("CASE", options->golden,
                   "the folder of a golden case, such as golden/gpt2-nano-stress; or its name, where the folder golden lies here")
      ->required();
  check
      ->add_option("CANDIDATE", options->candidate,
                   "the safetensors files that the backend wrote, or folders of them; hidden files are passed over")
      ->required();

  // Declare what is judged, and how strictly
  check
      ->add_option("--compute", options->precision,
                   "the precision in which the backend computes; by default fp64 if all it wrote is F64, otherwise fp32")
      ->check(CLI::IsMember({"fp64", "fp32"}));
  check
      ->add_option("--only", options->only,
                   "judge only these files of the case, separated by commas (see below), such as forward; by default all")
      ->delimiter(',');

  // Declare where the answer goes, and what it shows
  check->add_option("--json", options->json, "write the verdict as JSON to this file; - is standard output");
  check->add_option("--junit", options->junit, "write the verdict as JUnit XML to this file; - is standard output");
  check->add_flag("--all", options->report.all,
                  "print a line for every tensor, not only for those that are wrong or vacuous (a tensor of zeros would pass)");
  check->add_flag("--worst-first", options->report.worst_first, "sort the lines by error divided by tolerance, the largest first");

  // Show examples, and run
  check->footer(
      "--only takes names of files without .safetensors: for a model forward, backward and optimizer; for an operation the names\n"
      "of its examples, such as causal for op/softmax. Every tensor of a file that is judged must be there.\n"
      "docs/how-to/check-a-backend.md says which tensors to write and how to read the answer.\n"
      "Exit codes: 0 right; 1 checked and wrong; 2 usage; 3 a file cannot be read or is malformed.\n"
      "Examples, in which the golden values themselves take the place of a backend\n"
      "  etalon check golden/gpt2-nano-stress golden/gpt2-nano-stress --compute fp32\n"
      "  etalon check gpt2-nano-stress --only forward --all golden/gpt2-nano-stress\n"
      "  etalon check golden/op/softmax golden/op/softmax --only causal,one-column\n"
      "  etalon check golden/op/softmax golden/op/softmax --json verdict.json");
  check->callback([=, &exit_code] { exit_code = run(*options); });
}

}  // namespace etalon::app
