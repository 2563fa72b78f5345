// SPDX-License-Identifier: Apache-2.0
// Tolerances are honest if correct models that were not used to make them pass, and sharp if they are a few units of the precision.
#include "record/tolerance.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "base/file.h"
#include "golden/check.h"
#include "golden/file_name.h"
#include "golden/report.h"
#include "missing.h"
#include "op/book.h"
#include "record/op_case.h"
#include "record/record.h"

using namespace etalon;
using namespace etalon::file;
using namespace etalon::golden;
using namespace etalon::record;

namespace {

// The published case: certified values, and the tolerances that were derived from them.
const Golden& published(const std::string& name) {
  static std::map<std::string, Golden> read;
  const auto at = read.find(name);
  if (at != read.end()) return at->second;
  return read.emplace(name, read_golden(std::filesystem::path(ETALON_SOURCE_DIR) / "golden" / name)).first->second;
}

template <class S>
Candidate candidate_of(const Subject& s, const model::Parameters<S>& parameters) {
  Candidate candidate;
  candidate.files.emplace_back();
  for (const auto& t : trace<S>(s, parameters)) add(candidate.files[0], t.name, as<double>(t.value));
  return candidate;
}

}  // namespace

TEST_CASE("tolerance: docs/golden-format.md says the constants of tolerance.h", "[tolerance]") {
  const auto page = read_text(std::string(ETALON_SOURCE_DIR) + "/docs/golden-format.md");
  CHECK(missing(page, counted(kMultiple) + " max |variant - golden|,  and at least " + counted(kFloorUnits) + " u max |golden|,") ==
        "");
  CHECK(missing(page, "at least " + per_fp32_text(Truth::exact) + " times the\nerror seen in fp32 (twice that") == "");
  CHECK(missing(page, "by more than " + counted(kMultiple) + " times is refused") == "");
  CHECK(kVariants == 8);  // "eight times with each entry"
  CHECK(per_fp32_text(Truth::exact) == "2^-29");
  CHECK(per_fp32_text(Truth::engine) == "2 x 2^-29");
}

namespace {

// The case as it is recorded, its tolerances derived from the published values.
Golden derived_again(const CaseSpec& spec) {
  const Golden& golden = published(spec.name);
  const Subject s = subject(spec);
  auto traced = trace<double>(s, s.parameters);
  for (auto& t : traced) t.value = Tensor<double>(t.value.shape(), golden.stored(t.name).values);
  return golden_of(s, golden.manifest.command, {traced, golden.texts.at(kMeasuresFile), Truth::exact});
}
Golden derived_again(const std::string& op) {
  const Golden& golden = published("op/" + op);
  OpOutputs outputs;
  for (const TensorEntry& entry : golden.manifest.tensors)
    if (!entry.is_given()) outputs[entry.name] = Tensor<double>(entry.shape, golden.stored(entry.name).values);
  return make_op_golden(op, golden.manifest.command, outputs);
}

// What is allowed in a tensor, the entries of a structural zero or those of none, by the words of docs/golden-format.md and numbers
// of its own: 8 times the largest error of nine variants, 64 times in v, which holds squares; in fp64 at least 2^-29 of what fp32 shows,
// 2^-58 in v; never less than 4 u max |golden|.
struct Seen {
  double fp64 = 0, fp32 = 0;
};
double allowed_by_the_page(const Seen& seen, Precision p, bool squares_of_noise, double largest) {
  const double share = squares_of_noise ? 0x1p-58 : 0x1p-29, times = squares_of_noise ? 64 : 8;
  const double unit = p == Precision::fp64 ? 0x1p-53 : 0x1p-24;
  const double error = p == Precision::fp32 ? seen.fp32 : std::max(seen.fp64, share * seen.fp32);
  return std::max(times * error, 4 * unit * largest);
}

// By tensor: the errors outside every structural zero, then in each.
using AllSeen = std::map<std::string, std::vector<Seen>>;

template <class S>
void look(const Subject& s, const Golden& golden, double Seen::*at, AllSeen& all) {
  for (long number = 0; number <= 8; ++number)
    for (const auto& t : trace<S>(s, variant<S>(s.parameters, number))) {
      const TensorEntry& entry = *golden.manifest.find(t.name);
      const auto& truth = golden.stored(t.name).values;
      std::vector<std::vector<char>> inside;
      for (const StructuralZero& zero : entry.zeros) inside.push_back(flags(zero.where, entry.shape, entry.name));
      auto& seen = all[t.name];
      seen.resize(1 + entry.zeros.size());
      for (long i = 0; i < t.value.size(); ++i) {
        std::size_t z = 0;
        while (z < inside.size() && !inside[z][i]) ++z;
        double& largest = seen[z == inside.size() ? 0 : z + 1].*at;
        largest = std::max(largest, std::abs(static_cast<double>(t.value[i]) - truth[i]));
      }
    }
}

}  // namespace

TEST_CASE("tolerance: what is allowed is what the page says, computed here once more, in every tensor and structural zero",
          "[tolerance]") {
  const CaseSpec& spec = built_in_case("gpt2-nano-stress");
  const Golden derived = derived_again(spec);
  const Subject s = subject(spec);
  AllSeen all;
  look<double>(s, derived, &Seen::fp64, all);
  look<float>(s, derived, &Seen::fp32, all);

  long n_values = 0, n_zeros = 0;
  for (const TensorEntry& entry : derived.manifest.tensors) {
    if (entry.is_given()) continue;
    const auto& seen = all.at(entry.name);
    double largest = 0;
    for (const double x : derived.stored(entry.name).values) largest = std::max(largest, std::abs(x));
    const bool is_v = entry.name.find("/v/") != std::string::npos;
    for (const Precision p : {Precision::fp64, Precision::fp32}) {
      INFO(entry.name << " in " << name_of(p));
      CHECK(entry.allowed[static_cast<int>(p)]->tolerance == allowed_by_the_page(seen[0], p, false, largest));
      ++n_values;
      for (std::size_t z = 0; z < entry.zeros.size(); ++z) {
        if (entry.zeros[z].reason.find("AdamW normalises") != std::string::npos) continue;  // drift has a rule of its own
        CHECK(entry.zeros[z].allowed[static_cast<int>(p)]->tolerance == allowed_by_the_page(seen[z + 1], p, is_v, largest));
        ++n_zeros;
      }
    }
  }
  CHECK(n_values > 600);
  CHECK(n_zeros > 100);
}

TEST_CASE("tolerance: derived again from the published values, every tolerance is the published one", "[tolerance][golden]") {
  for (const CaseSpec& spec : built_in_cases()) {
    const Golden& golden = published(spec.name);
    const Golden derived = derived_again(spec);
    CHECK(derived.manifest.method == golden.manifest.method);
    for (const TensorEntry& entry : golden.manifest.tensors) {
      if (entry.is_given()) continue;
      const TensorEntry& again = *derived.manifest.find(entry.name);
      INFO(spec.name << " " << entry.name);
      CHECK(again.allowed == entry.allowed);
      REQUIRE(again.zeros.size() == entry.zeros.size());
      for (std::size_t z = 0; z < entry.zeros.size(); ++z) CHECK(again.zeros[z].allowed == entry.zeros[z].allowed);
    }
  }
}

TEST_CASE("tolerance: derived again from the published outputs, every entry's tolerance in an op case is the published one",
          "[tolerance][op][golden]") {
  for (const std::string& op : op_names()) {
    const Golden& golden = published("op/" + op);
    const Golden derived = derived_again(op);
    CHECK(derived.manifest.method == golden.manifest.method);
    long n = 0;
    for (const TensorEntry& entry : golden.manifest.tensors) {
      INFO(op << " " << entry.name);
      CHECK(derived.manifest.find(entry.name)->allowed == entry.allowed);
      if (entry.op != kToleranceOp) continue;
      CHECK(derived.stored(entry.name).values == golden.stored(entry.name).values);
      ++n;
    }
    INFO(op);
    CHECK(n > 0);
  }
}

TEST_CASE("tolerance: 24 correct variants that were not used for calibration pass, in both precisions", "[tolerance]") {
  for (const CaseSpec& spec : built_in_cases()) {
    const Golden& golden = published(spec.name);
    const Subject s = subject(spec);
    for (long number = 101; number <= 124; ++number) {
      INFO(spec.name << ", variant " << number);
      const auto in_fp32 = check(golden, candidate_of(s, variant<float>(s.parameters, number)), Precision::fp32);
      INFO(table(in_fp32, golden));
      CHECK(in_fp32.right());
      const auto in_fp64 = check(golden, candidate_of(s, variant<double>(s.parameters, number)), Precision::fp64);
      INFO(table(in_fp64, golden));
      CHECK(in_fp64.right());
    }
  }
}

TEST_CASE("tolerance: 24 unused variants of every op case pass in fp32", "[tolerance][op]") {
  op::for_each_page([]<op::Page Op>() {
    const Golden& golden = published(std::string("op/") + Op::kName);
    for (long number = 101; number <= 124; ++number) {
      Candidate candidate;
      candidate.files.emplace_back();
      for (const auto& example : Op::cases()) {
        std::vector<Tensor<float>> in;
        for (const auto& x : example.inputs) in.push_back(moved<float>(x, "in/" + std::to_string(in.size()), number));
        const auto y = Op::forward(example.setting, Args<float>(in));
        const auto y_bar = moved<float>(Tensor<double>(y.shape(), golden.stored(example.name + "/y_bar").values), "y_bar", number);
        const auto x_bar = Op::vjp(example.setting, Args<float>(in), y, y_bar);
        add(candidate.files[0], example.name + "/y", as<double>(y));
        for (std::size_t k = 0; k < x_bar.size(); ++k)
          add(candidate.files[0], example.name + "/x_bar/" + std::to_string(k), as<double>(x_bar[k]));
      }
      const auto verdict = check(golden, candidate, Precision::fp32);
      INFO(Op::kName << ", variant " << number << "\n" << table(verdict, golden));
      CHECK(verdict.right());
    }
  });
}

TEST_CASE("tolerance: the engine is right, and exactly so against its own values; fp32 is not right in fp64", "[tolerance]") {
  for (const CaseSpec& spec : built_in_cases()) {
    const Golden& golden = published(spec.name);
    const Subject s = subject(spec);
    const auto engine = candidate_of(s, s.parameters);
    CHECK(check(golden, engine, Precision::fp64).right());
    const auto own = check(make_golden(s, "test"), engine, Precision::fp64);
    CHECK(own.right());
    for (const Judgement& j : own.tensors) CHECK((j.seen->max_ulp == 0 && j.seen->values.max_error == 0));
    const auto coarse = check(golden, candidate_of(s, variant<float>(s.parameters, 0)), Precision::fp64);
    CHECK(coarse.n_wrong > static_cast<long>(coarse.tensors.size()) * 9 / 10);
  }
}

TEST_CASE("tolerance: fp32 is fp64 times the ratio of their roundoffs, within a factor of 64 on each tensor", "[tolerance]") {
  for (const CaseSpec& spec : built_in_cases())
    for (const TensorEntry& entry : published(spec.name).manifest.tensors) {
      if (entry.is_given() || entry.allowed[0]->tolerance == 0) continue;
      INFO(spec.name << " " << entry.name);
      const double ratio = entry.allowed[1]->tolerance / (0x1p29 * entry.allowed[0]->tolerance);
      CHECK(ratio > 1.0 / 64);
      CHECK(ratio < 64);
    }
}

TEST_CASE("tolerance: on stress weights no comparison is vacuous", "[tolerance][vacuous]") {
  for (const char* name : {"gpt2-nano-stress", "llama-nano-stress"}) {
    const Golden& golden = published(name);
    const Subject s = subject(built_in_case(name));
    for (const Precision p : {Precision::fp64, Precision::fp32})
      CHECK(check(golden, candidate_of(s, s.parameters), p).n_vacuous == 0);
  }
}

TEST_CASE("tolerance: Adam's ratio is 1 at the first step, and drift is bounded by the noise as well as by the step",
          "[tolerance]") {
  const model::AdamW rule;
  CHECK(adam_drift(rule, 1, 1) == Approx(1e-3).epsilon(1e-12));
  const double ten = adam_drift(rule, 10, 1);
  CHECK(ten > 10e-3);
  CHECK(ten < 10.5e-3);
  CHECK(adam_drift(rule, 10, 1e-18) == Approx(10 * 1e-3 * 1e-18 / 1e-8).epsilon(1e-12));
}
