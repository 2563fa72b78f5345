// SPDX-License-Identifier: Apache-2.0
#include "experiments/folder.h"

#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "file/json.h"
#include "golden/file_name.h"

namespace etalon::app {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kState = "state.json";

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm utc = {};
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", ::gmtime_r(&seconds, &utc));
  return text;
}

// The experiments that an earlier run names; none if there is no state that can be read.
std::set<std::string> earlier_names(const std::filesystem::path& folder) try {
  std::set<std::string> names;
  const Json state = file::read_json(folder / kState, "");
  for (const Json& e : state.at("experiments")) {
    // Take a name only if it is one: it names files that are deleted
    const auto name = e.at("name").get<std::string>();
    if (!name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos) names.insert(name);
  }
  return names;
} catch (const std::exception&) {
  return {};
}

}  // namespace

RunFolder::RunFolder(const std::filesystem::path& path, const std::string& command, const std::string& asked,
                     const std::vector<std::string>& names)
    : path_(path),
      lock_(path, "another `etalon run` writes there: wait until it is done, or choose another folder with --out"),
      command_(command),
      began_(now()) {
  // Say that a run begins, before anything of an earlier one goes; a folder that cannot be written is refused here
  for (const auto& name : names) entries_.push_back({.name = name});
  auto stale = earlier_names(path_);
  write_state();

  // Take away what an earlier run left
  for (const char* file : {"report.html", "metrics.jsonl", "soft_entropy.jsonl", "phases.jsonl"})
    std::filesystem::remove(path_ / file);
  stale.insert(names.begin(), names.end());
  for (const auto& name : stale) {
    if (std::filesystem::exists(golden_of(name) / golden::kManifestFile)) std::filesystem::remove_all(golden_of(name));
    std::filesystem::remove(candidate_of(name));
  }
  write_text(path_ / "experiments.json", asked);
}

void RunFolder::write_state() {
  Json list = Json::array();
  for (const Entry& e : entries_) {
    list.push_back({{"name", e.name}, {"state", e.state}});
    if (!e.reason.empty()) list.back()["reason"] = e.reason;
  }
  Json state = {{"state", state_}, {"command", command_}, {"version", ETALON_VERSION}, {"began", began_}};
  if (!ended_.empty()) state["ended"] = ended_;
  state["experiments"] = list;
  write_text(path_ / kState, state.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void RunFolder::write_lines(const char* file, std::string Entry::*lines) {
  std::string text;
  for (const Entry& e : entries_) text += e.*lines;
  write_text(path_ / file, text);
}

void RunFolder::started(std::size_t experiment) {
  const std::lock_guard lock(mutex_);
  if (state_ != "running") return;
  entries_[experiment].state = "running";
  write_state();
}

void RunFolder::add_case(const golden::Golden& golden, const file::TensorFile& candidate) {
  const std::lock_guard lock(mutex_);
  if (state_ != "running") return;
  golden::write_golden(golden, golden_of(golden.manifest.name));
  file::write_safetensors(candidate_of(golden.manifest.name), candidate);
}

void RunFolder::done(std::size_t experiment, const study::Result& r) {
  const std::lock_guard lock(mutex_);
  if (state_ != "running") return;

  // Write what was measured
  Entry& e = entries_[experiment];
  for (const auto& m : r.measurements) e.metrics += study::to_json_line(r.experiment, m, r.floor) + "\n";
  for (const auto& row : r.soft_untrained) e.soft += study::to_json_line(r.experiment, row, "untrained") + "\n";
  for (const auto& row : r.soft_trained) e.soft += study::to_json_line(r.experiment, row, "trained") + "\n";
  write_lines("metrics.jsonl", &Entry::metrics);
  write_lines("soft_entropy.jsonl", &Entry::soft);

  // Say so, last
  e.state = "done";
  write_state();
}

void RunFolder::phases_done(std::size_t experiment, const study::PhaseStudy& study) {
  const std::lock_guard lock(mutex_);
  if (state_ != "running") return;
  entries_[experiment].phases = study::to_json_lines(study);
  write_lines("phases.jsonl", &Entry::phases);
}

void RunFolder::failed(std::size_t experiment, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (state_ != "running") return;
  entries_[experiment].state = "failed";
  entries_[experiment].reason = reason;
  write_state();
}

void RunFolder::add_report(const std::string& html) {
  const std::lock_guard lock(mutex_);
  if (state_ == "running") write_text(path_ / "report.html", html);
}

void RunFolder::close(const std::string& state) {
  const std::lock_guard lock(mutex_);
  for (Entry& e : entries_)
    if (e.state == "running") e.state = "stopped";
  state_ = state;
  ended_ = now();
  write_state();
}

}  // namespace etalon::app
