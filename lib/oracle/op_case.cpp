#include "oracle/op_case.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "oracle/op_setting.h"
#include "oracle/tolerance.h"
#include "tensor/random.h"

namespace etalon::oracle {
namespace {

constexpr double kBoundMultiple = 4;

constexpr const char* kOpMethod =
    "fp32: 8 x the largest |variant - golden| over 9 runs in fp32 (inputs and y_bar rounded to it, in 8 of them moved by at most one unit in the "
    "last place), at least 4 u max|golden|; fp64: of y, 4 x the page's largest BOUND; of x_bar, as in fp32 with inputs, y and y_bar moved in fp64";

// The outputs of one case: y, then x_bar for each input.
template <class S>
using Outputs = std::vector<Tensor<S>>;

// Forward and VJP in S on inputs and y_bar moved as variant `number`.
template <class Op, class S>
Outputs<S> run(const op::Case<typename Op::Setting>& example, const Tensor<double>& y_bar, long number) {
  std::vector<Tensor<S>> in;
  for (std::size_t k = 0; k < example.inputs.size(); ++k) in.push_back(moved<S>(example.inputs[k], "in/" + std::to_string(k), number));
  Outputs<S> out = {Op::forward(example.setting, Args<S>(in))};
  auto x_bar = Op::vjp(example.setting, Args<S>(in), out[0], moved<S>(y_bar, "y_bar", number));
  out.insert(out.end(), std::make_move_iterator(x_bar.begin()), std::make_move_iterator(x_bar.end()));
  return out;
}

// The VJP alone in double, on inputs, y and y_bar moved as variant `number`; y itself as it is.
template <class Op>
Outputs<double> run_vjp(const op::Case<typename Op::Setting>& example, const Tensor<double>& y, const Tensor<double>& y_bar, long number) {
  std::vector<Tensor<double>> in;
  for (std::size_t k = 0; k < example.inputs.size(); ++k) in.push_back(moved<double>(example.inputs[k], "in/" + std::to_string(k), number));
  auto out = Op::vjp(example.setting, Args<double>(in), moved<double>(y, "y", number), moved<double>(y_bar, "y_bar", number));
  out.insert(out.begin(), y);
  return out;
}

// Infinity where anything is not finite, so that NaN cannot hide.
template <class S>
double largest_gap(const Tensor<double>& golden, const Tensor<S>& other) {
  double largest = 0;
  for (long i = 0; i < golden.size(); ++i) {
    const double gap = etalon::abs(static_cast<double>(other[i]) - golden[i]);
    largest = !std::isfinite(gap) ? std::numeric_limits<double>::infinity() : std::max(largest, gap);
  }
  return largest;
}

double largest_value(const Tensor<double>& x) { return largest_gap(x, Tensor<double>(x.shape())); }

std::optional<Allowed> allowed(double measured, double tolerance) {
  return std::isfinite(measured) && std::isfinite(tolerance) ? std::optional(Allowed{tolerance, measured}) : std::nullopt;
}

std::optional<Allowed> from_variants(const Tensor<double>& golden, double measured, Precision p) {
  return allowed(measured, std::max(kMultiple * measured, kFloorUnits * unit_of(p) * largest_value(golden)));
}

template <class Op>
std::vector<AllowedAt> tolerances(const op::Case<typename Op::Setting>& example, const Outputs<double>& golden, const Tensor<double>& y_bar) {
  std::vector<double> fp64(golden.size(), 0), fp32(golden.size(), 0);
  for (long number = 0; number <= kVariants; ++number) {
    const auto in_fp64 = run_vjp<Op>(example, golden[0], y_bar, number);
    const auto in_fp32 = run<Op, float>(example, y_bar, number);
    for (std::size_t k = 0; k < golden.size(); ++k) {
      fp64[k] = std::max(fp64[k], largest_gap(golden[k], in_fp64[k]));
      fp32[k] = std::max(fp32[k], largest_gap(golden[k], in_fp32[k]));
    }
  }
  std::vector<AllowedAt> out;
  for (std::size_t k = 0; k < golden.size(); ++k)
    out.push_back({from_variants(golden[k], fp64[k], Precision::fp64), from_variants(golden[k], fp32[k], Precision::fp32)});
  const double bound = largest_value(Op::bound(example.setting, Args<double>(example.inputs), golden[0]));
  out[0][0] = allowed(bound, kBoundMultiple * bound);
  return out;
}

void list(Golden& golden, const std::string& file, const std::string& name, const char* op, long index, std::vector<std::string> reads,
          const AllowedAt& at, const Tensor<double>& value) {
  TensorEntry entry;
  entry.name = name, entry.file = file, entry.op = op, entry.index = index, entry.reads = std::move(reads), entry.allowed = at;
  golden.manifest.tensors.push_back(std::move(entry));
  add(golden.files[file], name, value);
}

template <class Op>
void add_case(Golden& golden, const op::Case<typename Op::Setting>& example, long index) {
  const std::string file = example.name + ".safetensors", in = example.name + "/";
  const Shape shape = Op::shape(example.setting, Args<double>(example.inputs).shapes());
  const auto y_bar = normal_tensor(Stream(1, std::string(Op::kName) + "/" + example.name + "/y_bar"), shape, 0, 1);
  const auto outputs = run<Op, double>(example, y_bar, 0);
  const auto allowed_at = tolerances<Op>(example, outputs, y_bar);
  const std::string vjp = std::string(Op::kName) + ".vjp";

  std::vector<std::string> reads;
  for (std::size_t k = 0; k < example.inputs.size(); ++k) {
    reads.push_back(in + "in/" + std::to_string(k));
    list(golden, file, reads.back(), "input", -1, {}, {}, example.inputs[k]);
  }
  list(golden, file, in + "y_bar", "input", -1, {}, {}, y_bar);
  list(golden, file, in + "y", Op::kName, index, reads, allowed_at[0], outputs[0]);
  reads.push_back(in + "y"), reads.push_back(in + "y_bar");
  for (std::size_t k = 0; k < example.inputs.size(); ++k)
    list(golden, file, in + "x_bar/" + std::to_string(k), vjp.c_str(), index, reads, allowed_at[k + 1], outputs[k + 1]);
}

template <class Op>
Golden make(const std::string& command) {
  Golden golden;
  SettingJson subject = {{"op", Op::kName}, {"cases", SettingJson::array()}};
  const auto examples = Op::cases();
  for (std::size_t i = 0; i < examples.size(); ++i) {
    subject["cases"].push_back({{"name", examples[i].name}, {"why", examples[i].why}, {"setting", describe(examples[i].setting)}});
    add_case<Op>(golden, examples[i], static_cast<long>(i));
  }
  golden.manifest.kind = "op";
  golden.manifest.name = std::string("op/") + Op::kName;
  golden.manifest.why = std::string("The page's own examples, for the author of one kernel: lib/op/") + Op::kName + ".h.";
  golden.manifest.command = command;
  golden.manifest.subject = subject.dump();
  golden.manifest.method = kOpMethod;
  return golden;
}

}  // namespace

std::vector<std::string> op_names() {
  std::vector<std::string> names;
  op::for_each_page([&]<op::Page Op>() { names.emplace_back(Op::kName); });
  return names;
}

Golden make_op_golden(const std::string& op, const std::string& command) {
  Golden golden;
  std::string known;
  bool found = false;
  op::for_each_page([&]<op::Page Op>() {
    known += (known.empty() ? "" : ", ") + std::string(Op::kName);
    if (op != Op::kName) return;
    golden = make<Op>(command);
    found = true;
  });
  if (!found) throw Error("op", "one of " + known, "'" + op + "'", "`etalon list` shows the ops");
  return golden;
}

}  // namespace etalon::oracle
