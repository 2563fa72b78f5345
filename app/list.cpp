// SPDX-License-Identifier: Apache-2.0
// etalon list — what there is: cases, families, ops, sources; or the nodes of one case.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "command.h"
#include "commands.h"
#include "golden/distances.h"
#include "golden/file_name.h"
#include "golden/golden.h"
#include "model/family.h"
#include "op/book.h"
#include "record/walk.h"
#include "say.h"
#include "source/source.h"

namespace etalon::app {

namespace {

void list_everything() {
  say("cases\n");
  for (const auto& spec : record::built_in_cases()) say("  %-20s %s\n", spec.name.c_str(), spec.why.c_str());
  say("families\n");
  for (const auto& family : model::kFamilies) say("  %s\n", family.name);
  say("ops\n");
  op::for_each_page([]<op::Page Op>() { say("  %s\n", Op::kName); });
  say("sources\n");
  for (const auto& kind : source::source_kinds()) say("  %s\n", kind.c_str());
}

void list_nodes(const std::string& case_name) {
  long index = 0;
  for (const auto& node : record::nodes(record::subject(record::built_in_case(case_name))))
    say("%4ld  %-20s %-40s %s\n", index++, node.op.c_str(), node.name.c_str(), to_string(node.shape).c_str());
}

void print_json(const std::string& case_name) {
  nlohmann::ordered_json j;
  if (!case_name.empty()) {
    for (const auto& node : record::nodes(record::subject(record::built_in_case(case_name))))
      j.push_back({{"name", node.name}, {"op", node.op}, {"shape", node.shape.extents()}});
  } else {
    for (const auto& spec : record::built_in_cases()) j["cases"].push_back({{"name", spec.name}, {"why", spec.why}});
    for (const auto& family : model::kFamilies) j["families"].push_back(family.name);
    op::for_each_page([&]<op::Page Op>() { j["ops"].push_back(Op::kName); });
    j["sources"] = source::source_kinds();
  }
  say("%s\n", j.dump(2).c_str());
}

// The cases that lie in a folder and in the folders inside it, by name.
std::vector<std::filesystem::path> cases_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  if (std::filesystem::exists(folder / golden::kManifestFile)) found.push_back(folder);
  else if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.path().filename() == golden::kManifestFile) found.push_back(entry.path().parent_path());
  if (found.empty())
    throw Error(folder.string(), "a golden case, or a folder of them", "no manifest.json in it", "`etalon record` writes cases");
  std::sort(found.begin(), found.end());
  return found;
}

void list_distances(const std::filesystem::path& folder, bool json) {
  std::vector<golden::DistanceRow> rows;
  for (const auto& path : cases_in(folder))
    for (auto& row : golden::distances(golden::read_golden(path).manifest)) rows.push_back(std::move(row));
  if (!json) {
    say("%s", golden::distance_table(rows).c_str());
    return;
  }
  nlohmann::ordered_json j = nlohmann::ordered_json::array();
  for (const auto& r : rows) {
    j.push_back(
        {{"case", r.case_name}, {"what", r.group}, {"tensors", r.n_tensors}, {"median_ulp", r.median_ulp}, {"max_ulp", r.max_ulp}});
    if (r.of_bound) j.back()["of_bound"] = *r.of_bound;
  }
  say("%s\n", j.dump(2).c_str());
}

}  // namespace

void add_list(CLI::App& etalon, int&) {
  // Declare the command and what it lists
  CLI::App* list = etalon.add_subcommand(
      "list",
      "List the cases, model families, operations and sources; or the nodes of a case; or the rounding errors of the engine");
  auto case_name = std::make_shared<std::string>();
  list->add_option("CASE", *case_name,
                   "the name of a case (gpt2-nano, not golden/gpt2-nano): print its nodes in the order of computation");
  auto folder = std::make_shared<std::string>();
  auto* distances =
      list->add_option("--distances", *folder,
                       "the folder of a case, or of many: print how far the engine's float64 values are from the exact ones");
  auto json = std::make_shared<bool>(false);
  list->add_flag("--json", *json, "print JSON");

  // Show examples, and run
  list->footer(
      "A node is printed as index, operation, name and shape. The first rows, whose operation is `leaf`, are the parameters.\n"
      "--distances counts in ulp (units in the last place), and the output y of an operation also in shares of its proved bound.\n"
      "A huge number of ulp means that digits cancel: the exact value is tiny beside the numbers from which it is computed. Then\n"
      "the column `of BOUND` says whether the error is as it should be: it is, if the largest error is at most 1 times the bound.\n"
      "Examples\n"
      "  etalon list\n"
      "  etalon list gpt2-nano\n"
      "  etalon list --distances golden/op");
  list->callback([=] {
    if (distances->count()) return list_distances(*folder, *json);
    if (!case_name->empty()) as_argument([&] { record::built_in_case(*case_name); });
    *json ? print_json(*case_name) : case_name->empty() ? list_everything() : list_nodes(*case_name);
  });
}

}  // namespace etalon::app
