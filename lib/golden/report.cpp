// SPDX-License-Identifier: Apache-2.0
#include "golden/report.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/bits.h"
#include "base/terminal.h"
#include "base/xml.h"

namespace etalon::golden {
namespace {

using Json = nlohmann::ordered_json;

std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));
std::string format(const char* pattern, ...) {
  va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  std::string text(std::vsnprintf(nullptr, 0, pattern, arguments), '\0');
  std::vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(arguments);
  va_end(again);
  return text;
}

// How far out of tolerance the worst set of entries is; infinity where there is nothing to divide.
double severity(const Judgement& j) {
  if (j.status == Status::not_judged) return 0;
  if (!j.seen) return std::numeric_limits<double>::infinity();
  const auto over = [](const Gap& gap) { return gap.max_error == 0 ? 0 : gap.max_error / gap.allowed; };
  double worst = over(j.seen->values);
  for (const Gap& zero : j.seen->zeros) worst = std::max(worst, over(zero));
  return worst;
}

// The set of entries that a line of the table is about: the first refused, else the values, else the zeros.
const Gap& shown(const Comparison& c) {
  if (!c.values.ok() || c.values.n_entries > 0) {
    for (const Gap& zero : c.zeros)
      if (c.values.ok() && !zero.ok()) return zero;
    return c.values;
  }
  for (const Gap& zero : c.zeros)
    if (!zero.ok()) return zero;
  return c.zeros.front();
}

std::string ulp_text(std::uint64_t ulp) {
  return ulp == std::numeric_limits<std::uint64_t>::max() ? "NaN"
         : ulp > 99999999                                 ? format("%.1e", static_cast<double>(ulp))
                                                          : std::to_string(ulp);
}

// A name or a note, which may come from a stranger's file, as it is printed: no escape, no line of its own.
std::string printed(const std::string& text) { return safe_name(text); }

std::string flag(const Judgement& j) {
  if (j.is_wrong()) return name_of(j.status);
  if (j.status == Status::not_judged) return "not judged";
  return j.seen->vacuous ? "ok, vacuous" : "ok";
}

std::string line(const Judgement& j) {
  if (!j.seen) return format("%-56s %5ld  %-16s %s\n", printed(j.name).c_str(), j.index, flag(j).c_str(), printed(j.note).c_str());
  const Gap& gap = shown(*j.seen);
  const std::string l2 = j.seen->relative_l2 ? format("%.2e", *j.seen->relative_l2) : "-";
  return format("%-56s %5ld  %-16s %9.2e %9.2e  %8s %8s  %s\n", printed(j.name).c_str(), j.index, flag(j).c_str(), gap.max_error,
                gap.allowed, l2.c_str(), ulp_text(j.seen->max_ulp).c_str(),
                gap.worst >= 0 ? index_text(gap.worst, j.shape).c_str() : "");
}

std::string rows(const Verdict& verdict, const ReportOptions& options) {
  // Choose the tensors, and sort them where that is asked for
  std::vector<const Judgement*> shown_rows;
  for (const Judgement& j : verdict.tensors)
    if (options.all || flag(j) != "ok") shown_rows.push_back(&j);
  if (options.worst_first)
    std::stable_sort(shown_rows.begin(), shown_rows.end(),
                     [](const Judgement* a, const Judgement* b) { return severity(*a) > severity(*b); });

  // Print a line for each, below a head
  if (shown_rows.empty()) return "";
  std::string text = format("%-56s %5s  %-16s %9s %9s  %8s %8s  %s\n", "tensor", "index", "", "max error", "allowed", "rel L2",
                            "max ulp", "worst entry");
  const std::size_t n = options.all ? shown_rows.size() : std::min(shown_rows.size(), kFirstRows);
  for (std::size_t i = 0; i < n; ++i) text += line(*shown_rows[i]);
  if (n < shown_rows.size()) text += format("... and %zu more; --all prints them\n", shown_rows.size() - n);
  return text + "\n";
}

const char* kind_of(const Stray& stray) { return stray.kind == Stray::Kind::extra ? "extra" : "duplicate"; }

std::string strays(const Verdict& verdict) {
  std::string text;
  for (const Stray& stray : verdict.strays)
    text += format("%s: %s (%s)\n", kind_of(stray), printed(stray.name).c_str(), printed(stray.file).c_str());
  return text.empty() ? text : text + "\n";
}

// The reason of the structural zero that holds the worst refused entry, if there is one.
std::string zero_reason(const Judgement& j, const Golden& golden) {
  const TensorEntry* entry = golden.manifest.find(j.name);
  if (!entry || !j.seen || !j.seen->values.ok()) return "";
  for (std::size_t z = 0; z < j.seen->zeros.size(); ++z)
    if (!j.seen->zeros[z].ok()) return "  zero      " + printed(entry->zeros[z].reason) + "\n";
  return "";
}

std::string divergence(const Verdict& verdict, const Golden& golden) {
  // Name the tensor, and where it is how far off
  if (verdict.first_divergence < 0) return "";
  const Judgement& j = verdict.tensors[verdict.first_divergence];
  std::string text = format("First divergence: %s, written by %s, index %ld: %s\n", printed(j.name).c_str(), printed(j.op).c_str(),
                            j.index, name_of(j.status));
  if (!j.note.empty()) text += "  where     " + printed(j.note) + "\n";
  if (j.seen) {
    const Gap& gap = shown(*j.seen);
    text += format("  error     %.3g, allowed %.3g; %ld of %ld entries refused\n", gap.max_error, gap.allowed, gap.n_refused,
                   gap.n_entries);
  }

  // Say why it should be 0, if it should, and whether what it read was right
  text += zero_reason(j, golden);
  text += j.inputs_right ? "  inputs    all within tolerance: look at how this tensor is computed\n"
                         : "  inputs    not all within tolerance\n";

  // Say how many other wrong tensors read nothing that is wrong
  long n_origins = 0;
  for (const Judgement& other : verdict.tensors)
    n_origins += other.is_wrong() && other.status != Status::missing && other.inputs_right;
  if (n_origins > 1)
    text +=
        format("  also      %ld other wrong tensors read nothing that is wrong: there may be more than one fault\n", n_origins - 1);
  return text;
}

std::string conclusion(const Verdict& verdict) {
  const long n = static_cast<long>(verdict.tensors.size());
  std::string text = format("%s %s in %s: %ld of %ld tensors within tolerance",
                            verdict.right() ? "right:" : "WRONG:", printed(verdict.case_name).c_str(), name_of(verdict.precision),
                            n - verdict.n_wrong - verdict.n_not_judged, n);
  if (verdict.exact()) text += ", every entry exactly the golden one";
  for (std::size_t i = 0; i < verdict.only.size(); ++i) text += (i ? " and " : ", of ") + printed(verdict.only[i]) + " only";
  if (verdict.n_missing > 0) text += format(", %ld missing", verdict.n_missing);
  if (!verdict.strays.empty()) text += format(", %zu extra or duplicate", verdict.strays.size());
  if (verdict.n_not_judged > 0) text += format(", %ld not judged", verdict.n_not_judged);
  if (verdict.n_vacuous > 0) text += format(", %ld vacuous (zeros would pass)", verdict.n_vacuous);
  return text + "\n";
}

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(); }

Json json_of(const Gap& gap, const Shape& shape) {
  return {{"entries", gap.n_entries},       {"refused", gap.n_refused},
          {"not_finite", gap.n_not_finite}, {"max_error", number(gap.max_error)},
          {"allowed", number(gap.allowed)}, {"worst", gap.worst >= 0 ? Json(index_text(gap.worst, shape)) : Json()}};
}

Json json_of(const Judgement& j) {
  // Say what was judged, and how
  Json out = {{"name", j.name},
              {"op", j.op},
              {"index", j.index},
              {"shape", j.shape.extents()},
              {"status", name_of(j.status)},
              {"inputs_right", j.inputs_right},
              {"note", j.note}};

  // Say what was seen, where there was anything to compare
  if (!j.seen) return out;
  out["values"] = json_of(j.seen->values, j.shape);
  out["relative_l2"] = j.seen->relative_l2 ? number(*j.seen->relative_l2) : Json();
  out["max_ulp"] = j.seen->max_ulp;
  out["vacuous"] = j.seen->vacuous;
  out["structural_zeros"] = Json::array();
  for (const Gap& zero : j.seen->zeros) out["structural_zeros"].push_back(json_of(zero, j.shape));
  out["golden"] = number(j.golden);
  out["candidate"] = number(j.candidate);
  return out;
}

std::string in_xml(const std::string& text) { return xml_escaped(printed(text)); }

std::string test_case(const Judgement& j, const std::string& suite) {
  std::string text = format("    <testcase classname=\"%s\" name=\"%s\"", in_xml(suite).c_str(), in_xml(j.name).c_str());
  if (j.status == Status::not_judged) return text + "><skipped message=\"" + in_xml(j.note) + "\"/></testcase>\n";
  if (!j.is_wrong()) return text + "/>\n";
  return text + "><failure type=\"" + name_of(j.status) + "\" message=\"" + in_xml(j.note) + "\">" + xml_escaped(line(j)) +
         "</failure></testcase>\n";
}

}  // namespace

std::string table(const Verdict& verdict, const Golden& golden, const ReportOptions& options) {
  const std::string where = divergence(verdict, golden);
  return rows(verdict, options) + strays(verdict) + where + (where.empty() ? "" : "\n") + conclusion(verdict);
}

std::string json(const Verdict& verdict) {
  // Say what was asked and what the answer is
  Json out = {{"case", verdict.case_name},
              {"compute", name_of(verdict.precision)},
              {"only", verdict.only},
              {"right", verdict.right()},
              {"exact", verdict.exact()}};
  out["tensors_judged"] = verdict.tensors.size();
  out["wrong"] = verdict.n_wrong, out["missing"] = verdict.n_missing, out["vacuous"] = verdict.n_vacuous,
  out["not_judged"] = verdict.n_not_judged;
  out["first_divergence"] = verdict.first_divergence >= 0 ? json_of(verdict.tensors[verdict.first_divergence]) : Json();

  // List the strays, and every tensor
  out["strays"] = Json::array();
  for (const Stray& stray : verdict.strays)
    out["strays"].push_back({{"kind", kind_of(stray)}, {"name", stray.name}, {"file", stray.file}});
  out["tensors"] = Json::array();
  for (const Judgement& j : verdict.tensors) out["tensors"].push_back(json_of(j));
  return safe_text(out.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";  // its escapes are those of JSON
}

std::string junit(const Verdict& verdict, const Golden& golden) {
  // Write a suite for each file, with a test case for each of its tensors
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"etalon check " + in_xml(verdict.case_name) + "\">\n";
  for (const auto& [file, tensors] : golden.files) {
    std::string cases;
    long n = 0, n_wrong = 0, n_skipped = 0;
    for (const Judgement& j : verdict.tensors) {
      if (golden.manifest.find(j.name)->file != file) continue;
      cases += test_case(j, verdict.case_name + "." + file);
      ++n, n_wrong += j.is_wrong(), n_skipped += j.status == Status::not_judged;
    }
    if (n > 0)
      text += format("  <testsuite name=\"%s\" tests=\"%ld\" failures=\"%ld\" skipped=\"%ld\">\n", in_xml(file).c_str(), n, n_wrong,
                     n_skipped) +
              cases + "  </testsuite>\n";
  }

  // Write a suite of the strays, each a failure
  if (!verdict.strays.empty()) {
    text += format("  <testsuite name=\"strays\" tests=\"%zu\" failures=\"%zu\" skipped=\"0\">\n", verdict.strays.size(),
                   verdict.strays.size());
    for (const Stray& stray : verdict.strays)
      text += "    <testcase classname=\"strays\" name=\"" + in_xml(stray.name) + "\"><failure type=\"" + kind_of(stray) +
              "\" message=\"" + in_xml(stray.file) + "\"/></testcase>\n";
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace etalon::golden
