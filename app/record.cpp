// SPDX-License-Identifier: Apache-2.0
// etalon record — write golden cases, proved; prove them again; or write what the engine makes of them.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/folder.h"
#include "certified.h"
#include "command.h"
#include "commands.h"
#include "golden/file_name.h"
#include "golden/manifest_hash.h"
#include "golden/store.h"
#include "record/by_name.h"
#include "say.h"

namespace etalon::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string name, out, because;
  bool all = false, engine = false, tolerances = false, verify = false, json = false;

  std::filesystem::path root() const { return !out.empty() ? out : engine ? "engine" : "golden"; }
};

golden::Golden made_by_engine(const std::string& name, bool tolerances) {
  const std::string command = std::string("etalon record --engine ") + (tolerances ? "--tolerances " : "") + name;
  return tolerances ? record::make_case(name, command) : record::engine_case(name, command);
}

// Returns what was written: the case, its folder, and the hash of its manifest, which gives the hashes of all its files.
Json record_one(const std::string& name, const Options& options) {
  const auto folder = options.root() / name;
  bool is_new = true;
  if (options.engine) {
    golden::write_golden(made_by_engine(name, options.tolerances), folder);
  } else {
    const auto golden = certified_case(name, "etalon record " + name);
    is_new = golden::store_golden(golden, options.because, options.root()) == golden::Stored::written;
  }
  spdlog::info("{} {}", is_new ? "recorded" : "the same bits as before, left as it is:", folder.string());
  return {{"case", name}, {"folder", folder.string()}, {"sha256", golden::manifest_sha256(folder)}};
}

void record(const std::vector<std::string>& names, const Options& options) {
  // Hold the folder to the end, unless there is nothing to write: an unknown case is refused below, and makes no folder
  const auto known = record::case_names();
  std::optional<FolderLock> lock;
  if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return std::count(known.begin(), known.end(), name) > 0; }))
    lock.emplace(options.root(), "wait until it is done, or name another folder with --out");

  // Record one after another
  Json written = Json::array();
  for (const auto& name : names) {
    written.push_back(record_one(name, options));
    if (options.engine && !options.json) say("%s  %s\n", written.back()["sha256"].get<std::string>().c_str(), name.c_str());
  }
  if (options.json) say("%s\n", written.dump(2).c_str());
}

// A case may be given as the folder that it lies in.
std::filesystem::path folder_of(const std::string& name, const Options& options) {
  return std::filesystem::exists(std::filesystem::path(name) / golden::kManifestFile) ? std::filesystem::path(name)
                                                                                      : options.root() / name;
}

Exit verify(const std::vector<std::string>& names, const Options& options) {
  std::vector<std::filesystem::path> folders;
  for (const auto& name : names) folders.push_back(folder_of(name, options));
  return verify_cases(folders, options.json) ? kRight : kWrong;
}

}  // namespace

void add_record(CLI::App& etalon, int& exit_code) {
  // Declare the command and the cases that it takes
  CLI::App* record = etalon.add_subcommand(
      "record", "Compute reference values, prove each to be the exact one rounded once, and write them as a golden case");
  auto options = std::make_shared<Options>();
  auto* name = record->add_option("CASE", options->name,
                                  "the name of a case, as `etalon list` prints it; or op/NAME for the cases of one operation");
  auto* all = record->add_flag("--all", options->all, "all cases and all operations")->excludes(name);

  // Declare where the values come from, and what is done with them
  auto* engine = record->add_flag(
      "--engine", options->engine,
      "write what the float64 engine computes, without proof or tolerances, and print the SHA-256 of the manifest");
  record->add_flag("--tolerances", options->tolerances, "with --engine: derive the tolerances too, which takes 19 times as long")
      ->needs(engine);
  record
      ->add_flag("--verify", options->verify,
                 "write nothing; prove a written case again and compare every bit. CASE may be the folder of the case")
      ->excludes(engine);
  record->add_option("--because", options->because,
                     "the reason why published values change: required when they do, and kept in the manifest");

  // Declare where they go, and what is printed
  record->add_option("--out", options->out,
                     "the folder that holds the folders of the cases; by default golden, with --engine engine");
  record->add_flag("--json", options->json, "print what was written or found as JSON");

  // Show examples
  record->footer(
      "A case holds every activation, gradient and optimiser state of a small model, or the examples of one operation.\n"
      "docs/certificates.md says how the values are proved. The SHA-256 that --engine prints is the same on every machine.\n"
      "Exit codes: 0 written, or proved again; 1 --verify found a difference; 2 usage, also a case that\n"
      "does not exist; 3 a file cannot be read, or published values would change without --because.\n"
      "Examples\n"
      "  etalon record op/softmax --out again                   takes less than a second\n"
      "  etalon record --verify golden/op/softmax               prove the published case again\n"
      "  etalon record gpt2-nano --engine --out engine          the bits of the engine");

  // Prove the cases again, or record them
  record->callback([=, &exit_code] {
    if (name->count() + all->count() == 0) throw CLI::RequiredError("CASE or --all");
    const auto names = options->all ? record::case_names() : std::vector<std::string>{options->name};
    if (!options->verify) as_argument([&] { record::require_case(names.front()); });
    if (options->verify) exit_code = verify(names, *options);
    else app::record(names, *options);
  });
}

}  // namespace etalon::app
