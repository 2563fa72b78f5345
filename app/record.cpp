// etalon record — write golden cases.
#include "oracle/record.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "commands.h"
#include "oracle/op_case.h"

namespace etalon::app {
namespace {

struct Options {
  std::string name, out = "golden";
  bool all = false, json = false;
};

// Returns the folder that was written.
std::string record_one(const std::string& name, const std::filesystem::path& out) {
  const auto folder = out / name;
  const std::string command = "etalon record " + name;
  if (name.starts_with("op/"))
    oracle::write_golden(oracle::make_op_golden(name.substr(3), command), folder);
  else
    oracle::record(oracle::subject(oracle::built_in_case(name)), command, folder);
  spdlog::info("recorded {}", folder.string());
  return folder.string();
}

void run(const Options& options) {
  std::vector<std::string> names = {options.name};
  if (options.all) {
    names.clear();
    for (const auto& spec : oracle::built_in_cases()) names.push_back(spec.name);
    for (const auto& op : oracle::op_names()) names.push_back("op/" + op);
  }
  nlohmann::ordered_json written = nlohmann::ordered_json::array();
  for (const auto& name : names) written.push_back({{"case", name}, {"folder", record_one(name, options.out)}});
  if (options.json) std::printf("%s\n", written.dump(2).c_str());
}

}  // namespace

void add_record(CLI::App& etalon, int&) {
  CLI::App* record =
      etalon.add_subcommand("record", "Write a golden case: every activation, gradient and optimiser state, with tolerances");
  auto options = std::make_shared<Options>();
  auto* name = record->add_option("CASE", options->name, "a case of `etalon list`, or op/NAME for the cases of one op's page");
  auto* all = record->add_flag("--all", options->all, "every case and every op")->excludes(name);
  record->add_option("--out", options->out, "the folder that gets a folder for the case")->capture_default_str();
  record->add_flag("--json", options->json, "print what was written as JSON");
  record->callback([=] {
    if (name->count() + all->count() == 0) throw CLI::RequiredError("CASE or --all");
    run(*options);
  });
}

}  // namespace etalon::app
