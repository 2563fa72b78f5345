// SPDX-License-Identifier: Apache-2.0
// folder.h — the folder of a run: every result is in it as soon as it is there, and it says what state it is in.
//
//   state.json            "state": "running", "done", "failed" or "interrupted"; the command, the version, when it began and ended; and
//                         for each experiment "waiting", "running", "done", "failed" with the reason, or "stopped"
//   experiments.json      what was asked
//   metrics.jsonl, soft_entropy.jsonl, phases.jsonl, golden/NAME, candidate/NAME.safetensors
//                         of the experiments that are done, each written when it is
//   report.html           of the experiments that were done when the run ended
//
// A run that is killed leaves "running" behind, and nobody who holds the folder's lock. What an earlier run left is taken away at the
// beginning, after "running" is written: new results never lie beside old ones.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/folder.h"
#include "file/safetensors.h"
#include "golden/golden.h"
#include "study/phase_study.h"
#include "study/run.h"

namespace etalon::app {

class RunFolder {
 public:
  // Error: another run writes there; it cannot be written.
  RunFolder(const std::filesystem::path& path, const std::string& command, const std::string& asked,
            const std::vector<std::string>& names);

  // Any thread may call these. Once the folder is closed they change nothing more. Error: it cannot be written.
  void started(std::size_t experiment);
  void add_case(const golden::Golden& golden, const file::TensorFile& candidate);
  void done(std::size_t experiment, const study::Result& result);
  void phases_done(std::size_t experiment, const study::PhaseStudy& study);
  void failed(std::size_t experiment, const std::string& reason);
  void add_report(const std::string& html);

  // The last word: "done", "failed" or "interrupted".
  void close(const std::string& state);

  std::filesystem::path golden_of(const std::string& name) const { return path_ / "golden" / name; }
  std::filesystem::path candidate_of(const std::string& name) const { return path_ / "candidate" / (name + ".safetensors"); }

 private:
  struct Entry {
    std::string name, state = "waiting", reason = "";
    std::string metrics = "", soft = "", phases = "";  // lines
  };
  void write_state();
  void write_lines(const char* file, std::string Entry::*lines);

  std::filesystem::path path_;
  FolderLock lock_;
  std::mutex mutex_;
  std::string command_, state_ = "running", began_, ended_;
  std::vector<Entry> entries_;
};

}  // namespace etalon::app
