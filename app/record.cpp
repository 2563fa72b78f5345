// etalon record — write golden cases.
#include <spdlog/spdlog.h>

#include <cstdio>

#include "command.h"
#include "commands.h"
#include "oracle/op_case.h"
#include "oracle/record.h"

namespace etalon::app {
namespace {

struct Options {
  std::string name, out = "golden";
  bool all = false;
};

void record_one(const std::string& name, const std::filesystem::path& out) {
  const auto folder = out / name;
  const std::string command = "etalon record " + name;
  if (name.starts_with("op/"))
    oracle::write_golden(oracle::make_op_golden(name.substr(3), command), folder);
  else
    oracle::record(oracle::subject(oracle::built_in_case(name)), command, folder);
  spdlog::info("recorded {}", folder.string());
}

void run(const Options& options) {
  if (!options.all) return record_one(options.name, options.out);
  for (const auto& spec : oracle::built_in_cases()) record_one(spec.name, options.out);
  for (const auto& op : oracle::op_names()) record_one("op/" + op, options.out);
}

}  // namespace

void add_record(CLI::App& etalon, int&) {
  CLI::App* record =
      etalon.add_subcommand("record", "Write a golden case: every activation, gradient and optimiser state, with tolerances");
  auto options = std::make_shared<Options>();
  auto* name = record->add_option("CASE", options->name, "a case of `etalon list`, or op/NAME for the cases of one op's page");
  auto* all = record->add_flag("--all", options->all, "every case and every op")->excludes(name);
  record->add_option("--out", options->out, "the folder that gets a folder for the case")->capture_default_str();
  record->callback([=] {
    if (name->count() + all->count() == 0) throw CLI::RequiredError("CASE or --all");
    run(*options);
  });
}

}  // namespace etalon::app
