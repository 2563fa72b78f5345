// etalon record — write golden cases.
#include "oracle/record.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/sha256.h"
#include "command.h"
#include "commands.h"
#include "oracle/op_case.h"

namespace etalon::app {
namespace {

struct Options {
  std::string name, out;
  bool all = false, engine = false, json = false;
};

oracle::Golden golden_case(const std::string& name, bool engine) {
  const std::string command = std::string("etalon record ") + (engine ? "--engine " : "") + name;
  if (name.starts_with("op/")) return (engine ? oracle::engine_op_golden : oracle::make_op_golden)(name.substr(3), command);
  return (engine ? oracle::engine_golden : oracle::make_golden)(oracle::subject(oracle::built_in_case(name)), command);
}

// Returns what was written: the case, its folder, and the hash of its manifest, which gives the hashes of all its files.
nlohmann::ordered_json record_one(const std::string& name, const std::filesystem::path& out, bool engine) {
  const auto folder = out / name;
  oracle::write_golden(golden_case(name, engine), folder);
  spdlog::info("recorded {}", folder.string());
  return {{"case", name}, {"folder", folder.string()}, {"sha256", sha256(read_file(folder / "manifest.json"))}};
}

void run(const Options& options) {
  std::vector<std::string> names = {options.name};
  if (options.all) {
    names.clear();
    for (const auto& spec : oracle::built_in_cases()) names.push_back(spec.name);
    for (const auto& op : oracle::op_names()) names.push_back("op/" + op);
  }
  nlohmann::ordered_json written = nlohmann::ordered_json::array();
  for (const auto& name : names) {
    written.push_back(record_one(name, options.out.empty() ? (options.engine ? "engine" : "golden") : options.out, options.engine));
    if (options.engine && !options.json)
      std::printf("%s  %s\n", written.back()["sha256"].get<std::string>().c_str(), name.c_str());
  }
  if (options.json) std::printf("%s\n", written.dump(2).c_str());
}

}  // namespace

void add_record(CLI::App& etalon, int&) {
  CLI::App* record =
      etalon.add_subcommand("record", "Write a golden case: every activation, gradient and optimiser state, with tolerances");
  auto options = std::make_shared<Options>();
  auto* name = record->add_option("CASE", options->name, "a case of `etalon list`, or op/NAME for the cases of one op's page");
  auto* all = record->add_flag("--all", options->all, "every case and every op")->excludes(name);
  record->add_flag("--engine", options->engine,
                   "the float64 engine's own values, without tolerances; prints the SHA-256 of each manifest, which is the same on "
                   "every machine");
  record->add_option("--out", options->out, "the folder that gets a folder for the case; golden, or with --engine engine");
  record->add_flag("--json", options->json, "print what was written as JSON");
  record->callback([=] {
    if (name->count() + all->count() == 0) throw CLI::RequiredError("CASE or --all");
    run(*options);
  });
}

}  // namespace etalon::app
