// SPDX-License-Identifier: Apache-2.0
#include "record/op_case.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "golden/tensor_name.h"
#include "record/op_setting.h"
#include "record/record.h"
#include "record/tolerance.h"
#include "scalar/noisy.h"
#include "tensor/random.h"

namespace etalon::record {
namespace {

// TOLERANCE of op_case.h as the sentence that manifests carry.
std::string op_method(Truth truth) {
  const std::string runs = counted(kVariants);
  return std::string("entry by entry, in ") + kTolerancesFile + ": " + counted(kMultiple) +
         " x the largest |variant - golden| over correct variants, at least " + counted(kFloorUnits) +
         " u |golden| and the smallest normal number. Variants of either precision: every operation moved by at most " +
         "one unit in the last place, " + runs + " runs; inputs, y and y_bar rounded to it and in " + runs + " of " +
         counted(kVariants + 1) +
         " runs moved by at most one; the published form where the page computes another. fp64 takes at least " +
         per_fp32_text(truth) + " of what fp32 shows, and for y " + counted(kBoundMultiple) +
         " x the page's BOUND. Infinite, so not judged, where fp32 has no finite answer";
}

// The outputs of one case: y, then x_bar for each input.
template <class S>
using Outputs = std::vector<Tensor<S>>;

template <class S>
Outputs<S> together(Tensor<S> y, std::vector<Tensor<S>> x_bar) {
  x_bar.insert(x_bar.begin(), std::move(y));
  return x_bar;
}

// Forward and VJP in S on inputs and y_bar moved as variant `number`.
template <class Op, class S>
Outputs<S> run(const op::Case<typename Op::Setting>& example, const Tensor<double>& y_bar, long number) {
  std::vector<Tensor<S>> in;
  for (std::size_t k = 0; k < example.inputs.size(); ++k) in.push_back(moved<S>(example.inputs[k], golden::input_name(k), number));
  auto y = Op::forward(example.setting, Args<S>(in));
  auto x_bar = Op::vjp(example.setting, Args<S>(in), y, moved<S>(y_bar, golden::kCotangent, number));
  return together(std::move(y), std::move(x_bar));
}

// The VJP alone in double, on inputs, y and y_bar moved as variant `number`; y itself as it is.
template <class Op>
Outputs<double> run_vjp(const op::Case<typename Op::Setting>& example, const Tensor<double>& y, const Tensor<double>& y_bar,
                        long number) {
  std::vector<Tensor<double>> in;
  for (std::size_t k = 0; k < example.inputs.size(); ++k)
    in.push_back(moved<double>(example.inputs[k], golden::input_name(k), number));
  return together(y, Op::vjp(example.setting, Args<double>(in), moved<double>(y, golden::kOutput, number),
                             moved<double>(y_bar, golden::kCotangent, number)));
}

// The number that a device would store.
inline double stored(double x) { return x; }
inline double stored(float x) { return x; }
template <class F>
double stored(Noisy<F> x) {
  return x.value;
}

// Takes the largest |other - golden| so far at each entry; infinity where anything is not finite, so that NaN cannot hide.
template <class S>
void widen(Tensor<double>& gaps, const Tensor<double>& golden, const Tensor<S>& other) {
  for (long i = 0; i < golden.size(); ++i) {
    const double gap = etalon::abs(stored(other[i]) - golden[i]);
    gaps[i] = std::isfinite(gap) ? std::max(gaps[i], gap) : std::numeric_limits<double>::infinity();
  }
}
template <class S>
void widen(Outputs<double>& gaps, const Outputs<double>& golden, const Outputs<S>& other) {
  for (std::size_t k = 0; k < golden.size(); ++k) widen(gaps[k], golden[k], other[k]);
}

template <class S>
std::vector<Tensor<S>> read_as(const std::vector<Tensor<double>>& tensors) {
  std::vector<Tensor<S>> out;
  for (const auto& x : tensors) out.push_back(as<S>(x));
  return out;
}

// Forward and VJP on the case's own inputs, every operation moved.
template <class Op, class F>
Outputs<Noisy<F>> run_noisy(const op::Case<typename Op::Setting>& example, const Tensor<double>& y_bar) {
  const auto in = read_as<Noisy<F>>(example.inputs);
  auto y = Op::forward(example.setting, Args<Noisy<F>>(in));
  auto x_bar = Op::vjp(example.setting, Args<Noisy<F>>(in), y, as<Noisy<F>>(y_bar));
  return together(std::move(y), std::move(x_bar));
}

// The formula as published, where a page computes a better one: other backends compute it, and are right.
template <class Op>
concept HasPublishedForm = requires(const typename Op::Setting& s, const Args<float>& in) {
  Op::published_forward(s, in);
};

template <class Op, class F>
Outputs<Noisy<F>> run_published(const op::Case<typename Op::Setting>& example, const Tensor<double>& y_bar) {
  const auto in = read_as<Noisy<F>>(example.inputs);
  return together(Op::published_forward(example.setting, Args<Noisy<F>>(in)),
                  Op::published_vjp(example.setting, Args<Noisy<F>>(in), as<Noisy<F>>(y_bar)));
}

// What F's noise does, over all runs of it.
template <class Op, class F>
void widen_by_noise(Outputs<double>& gaps, const Outputs<double>& golden, const op::Case<typename Op::Setting>& example,
                    const Tensor<double>& y_bar) {
  for (long number = 1; number <= kVariants; ++number) {
    const Noise noise(static_cast<std::uint64_t>(number));
    widen(gaps, golden, run_noisy<Op, F>(example, y_bar));
    if constexpr (HasPublishedForm<Op>) widen(gaps, golden, run_published<Op, F>(example, y_bar));
  }
}

// Below this a device may flush to 0 and still be right.
constexpr double smallest_normal(golden::Precision p) { return p == golden::Precision::fp64 ? 0x1p-1022 : 0x1p-126; }

// kMultiple x what was seen, at least kFloorUnits u |golden| and the smallest normal number; infinite where fp32 has no finite
// answer.
Tensor<double> from_gaps(const Tensor<double>& golden, const Tensor<double>& gaps, golden::Precision p) {
  auto allowed = Tensor<double>::to_fill(golden.shape());
  for (long i = 0; i < golden.size(); ++i)
    allowed[i] = std::max({kMultiple * gaps[i], kFloorUnits * golden::unit_of(p) * etalon::abs(golden[i]), smallest_normal(p)});
  return allowed;
}

// The tolerances of one output in both precisions, [precision], entry by entry.
struct Tolerances {
  std::array<Tensor<double>, golden::kPrecisions> at;
};

// TOLERANCE of op_case.h, for y and each x_bar.
template <class Op>
std::vector<Tolerances> tolerances(const op::Case<typename Op::Setting>& example, const Outputs<double>& golden,
                                   const Tensor<double>& y_bar, Truth truth) {
  // Run with inputs, y and y_bar moved, then with every operation moved, and keep the largest error of each entry
  Outputs<double> fp64, fp32;
  for (const auto& x : golden) fp64.emplace_back(x.shape()), fp32.emplace_back(x.shape());
  for (long number = 0; number <= kVariants; ++number) {
    const auto in_fp64 = run_vjp<Op>(example, golden[0], y_bar, number);
    const auto in_fp32 = run<Op, float>(example, y_bar, number);
    widen(fp64, golden, in_fp64);
    widen(fp32, golden, in_fp32);
  }
  widen_by_noise<Op, double>(fp64, golden, example, y_bar);
  widen_by_noise<Op, float>(fp32, golden, example, y_bar);

  // Let fp64 take at least its share of what fp32 shows, and multiply
  const auto bound = Op::bound(example.setting, Args<double>(example.inputs), golden[0]);
  std::vector<Tolerances> out;
  for (std::size_t k = 0; k < golden.size(); ++k) {
    for (long i = 0; i < golden[k].size(); ++i)
      if (std::isfinite(fp32[k][i])) fp64[k][i] = std::max(fp64[k][i], fp64_per_fp32(truth) * fp32[k][i]);
    out.push_back(
        {{from_gaps(golden[k], fp64[k], golden::Precision::fp64), from_gaps(golden[k], fp32[k], golden::Precision::fp32)}});
  }

  // Let y take at least a multiple of its bound in fp64
  for (long i = 0; i < bound.size(); ++i) out[0].at[0][i] = std::max(out[0].at[0][i], kBoundMultiple * bound[i]);
  return out;
}

// The largest finite tolerance, or none if there is none.
std::optional<golden::Allowed> summary(const Tensor<double>& tolerances) {
  double largest = -1;
  for (long i = 0; i < tolerances.size(); ++i)
    if (std::isfinite(tolerances[i])) largest = std::max(largest, tolerances[i]);
  if (largest < 0) return std::nullopt;
  return golden::Allowed{largest, largest / kMultiple, true};
}

// Adds a tensor to its file and to the manifest.
void list(golden::Golden& golden, const std::string& file, const std::string& name, const std::string& op, long index,
          std::vector<std::string> reads, const Tensor<double>& value) {
  golden::TensorEntry entry;
  entry.name = name, entry.file = file, entry.op = op, entry.index = index, entry.reads = std::move(reads);
  entry.dtype = "F64", entry.shape = value.shape();
  golden.manifest.tensors.push_back(std::move(entry));
  add(golden.files[file], name, value);
}

// Lists an output, and its tolerances where they say anything; without them, as the engine's own value.
void list_judged(golden::Golden& golden, const std::string& file, const std::string& name, const std::string& op, long index,
                 std::vector<std::string> reads, const Tolerances* tolerances, const Tensor<double>& value) {
  list(golden, file, name, op, index, std::move(reads), value);
  const std::size_t place = golden.manifest.tensors.size() - 1;
  if (!tolerances) {
    golden.manifest.tensors[place].allowed = kSameBits;
    return;
  }
  for (const golden::PrecisionRow& row : golden::kPrecisionTable) {
    const auto& at = tolerances->at[static_cast<int>(row.precision)];
    golden.manifest.tensors[place].allowed[static_cast<int>(row.precision)] = summary(at);
    if (summary(at)) list(golden, kTolerancesFile, golden::tolerance_name(row.precision, name), golden::kToleranceOp, -1, {}, at);
  }
}

// What a golden case of one page holds.
struct Content {
  bool with_tolerances = true;
  const OpOutputs* certified = nullptr;  // null: the engine's outputs

  Truth truth() const { return certified ? Truth::exact : Truth::engine; }
};

// The outputs that are published: the engine's, or the certified ones.
template <class Op>
Outputs<double> outputs_of(const op::Case<typename Op::Setting>& example, const Tensor<double>& y_bar, const Content& content) {
  if (!content.certified) return run<Op, double>(example, y_bar, 0);
  Outputs<double> outputs = {content.certified->at(golden::in_example(example.name, golden::kOutput))};
  for (std::size_t k = 0; k < example.inputs.size(); ++k)
    outputs.push_back(content.certified->at(golden::in_example(example.name, golden::input_cotangent_name(k))));
  return outputs;
}

// Adds one example, which stands at `index` in the page's list.
template <class Op>
void add_case(golden::Golden& golden, const op::Case<typename Op::Setting>& example, long index, const Content& content) {
  // Draw y_bar, and make the outputs and their tolerances
  const std::string file = golden::example_file(example.name);
  const auto named = [&](const std::string& name) { return golden::in_example(example.name, name); };
  const Shape shape = Op::shape(example.setting, Args<double>(example.inputs).shapes());
  const auto y_bar = normal_tensor(Stream(1, std::string(Op::kName) + "/" + named(golden::kCotangent)), shape, 0, 1);
  const auto outputs = outputs_of<Op>(example, y_bar, content);
  std::vector<Tolerances> allowed;
  if (content.with_tolerances) allowed = tolerances<Op>(example, outputs, y_bar, content.truth());
  const auto allowed_of = [&](std::size_t k) { return allowed.empty() ? nullptr : &allowed[k]; };

  // List what is given
  std::vector<std::string> reads;
  for (std::size_t k = 0; k < example.inputs.size(); ++k) {
    reads.push_back(named(golden::input_name(k)));
    list(golden, file, reads.back(), golden::kInputOp, -1, {}, example.inputs[k]);
  }
  list(golden, file, named(golden::kCotangent), golden::kInputOp, -1, {}, y_bar);

  // List what is judged: y, computed from the inputs, and each x_bar, from those, y and y_bar
  list_judged(golden, file, named(golden::kOutput), Op::kName, index, reads, allowed_of(0), outputs[0]);
  reads.push_back(named(golden::kOutput)), reads.push_back(named(golden::kCotangent));
  for (std::size_t k = 0; k < example.inputs.size(); ++k)
    list_judged(golden, file, named(golden::input_cotangent_name(k)), std::string(Op::kName) + ".vjp", index, reads,
                allowed_of(k + 1), outputs[k + 1]);
}

// The golden case of a page.
template <class Op>
golden::Golden make(const std::string& command, const Content& content) {
  // Add each of the page's examples
  golden::Golden golden;
  SettingJson subject = {{"op", Op::kName}, {"cases", SettingJson::array()}};
  const auto examples = Op::cases();
  for (std::size_t i = 0; i < examples.size(); ++i) {
    subject["cases"].push_back({{"name", examples[i].name}, {"why", examples[i].why}, {"setting", describe(examples[i].setting)}});
    add_case<Op>(golden, examples[i], static_cast<long>(i), content);
  }

  // Describe the case
  golden.manifest.kind = golden::kOpCase;
  golden.manifest.name = std::string("op/") + Op::kName;
  golden.manifest.why = std::string("The page's own examples, for the author of one kernel: lib/op/") + Op::kName + ".h.";
  golden.manifest.command = command;
  golden.manifest.subject = subject.dump();
  golden.manifest.method = content.with_tolerances ? op_method(content.truth()) : kEngineMethod;
  return golden;
}

// The page of that name. Error: no such op; lists those there are.
golden::Golden make(const std::string& op, const std::string& command, const Content& content) {
  golden::Golden golden;
  std::string known;
  bool found = false;
  op::for_each_page([&]<op::Page Op>() {
    known += (known.empty() ? "" : ", ") + std::string(Op::kName);
    if (op != Op::kName) return;
    golden = make<Op>(command, content);
    found = true;
  });
  if (!found) throw Error("op", "one of " + known, "'" + op + "'", "`etalon list` shows the ops");
  return golden;
}

}  // namespace

std::vector<std::string> op_names() {
  std::vector<std::string> names;
  op::for_each_page([&]<op::Page Op>() { names.emplace_back(Op::kName); });
  return names;
}

golden::Golden make_op_golden(const std::string& op, const std::string& command) { return make(op, command, {}); }

golden::Golden make_op_golden(const std::string& op, const std::string& command, const OpOutputs& certified) {
  return make(op, command, {true, &certified});
}

golden::Golden engine_op_golden(const std::string& op, const std::string& command) { return make(op, command, {false}); }

}  // namespace etalon::record
