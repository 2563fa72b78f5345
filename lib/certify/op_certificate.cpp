// SPDX-License-Identifier: Apache-2.0
// The cases of each page of the book, certified: one loop over the book.
#include "certify/certify.h"
#include "certify/distance.h"
#include "certify/precision_ladder.h"
#include "golden/tensor_name.h"
#include "op/book.h"
#include "record/op_case.h"

namespace etalon::certify {
namespace {

using golden::Golden;

Tensor<double> tensor(const Golden& golden, const std::string& name) {
  const auto& stored = golden.stored(name);
  return {stored.shape, stored.values};
}

// Forward and VJP of every example in balls, on exact inputs; y enters the VJP as its enclosure, not as the double published.
template <class Op>
Evaluation evaluate(const Golden& engine) {
  // Keep each output with its rounding
  Evaluation out;
  const auto keep = [&](std::string name, Tensor<Ball> exact) {
    out.rounded.push_back(round_to_doubles(name, exact, {}));
    out.names.push_back(std::move(name));
    out.exact.push_back(std::move(exact));
  };

  // Run the page's examples
  for (const auto& example : Op::cases()) {
    std::vector<Tensor<Ball>> in;
    for (const auto& x : example.inputs) in.push_back(as<Ball>(x));
    auto y = Op::forward(example.setting, Args<Ball>(in));
    auto x_bar =
        Op::vjp(example.setting, Args<Ball>(in), y, as<Ball>(tensor(engine, golden::in_example(example.name, golden::kCotangent))));
    keep(golden::in_example(example.name, golden::kOutput), std::move(y));
    for (std::size_t k = 0; k < x_bar.size(); ++k)
      keep(golden::in_example(example.name, golden::input_cotangent_name(k)), std::move(x_bar[k]));
  }
  return out;
}

// The largest |engine - certified| / BOUND: at most 1 if the page keeps its promise.
template <class Op>
double of_bound(const op::Case<typename Op::Setting>& example, const Tensor<double>& engine, const Tensor<double>& certified) {
  const auto bound = Op::bound(example.setting, Args<double>(example.inputs), engine);
  double most = 0;
  for (long i = 0; i < engine.size(); ++i)
    if (engine[i] != certified[i]) most = std::max(most, abs(engine[i] - certified[i]) / bound[i]);
  return most;
}

// The golden case of one page with certified values.
template <class Op>
Golden certified(const std::string& command, const Progress& progress) {
  // Enclose every output, with more bits until each entry is decided
  const Golden engine = record::engine_op_golden(Op::kName, command);
  golden::Certificate certificate;
  const auto exact = evaluate_until_decided(engine.manifest.name, progress, certificate, [&] { return evaluate<Op>(engine); });

  // Publish the doubles that the enclosures round to
  record::OpOutputs published;
  for (std::size_t k = 0; k < exact.names.size(); ++k) published[exact.names[k]] = exact.rounded[k].value;
  Golden golden = record::make_op_golden(Op::kName, command, published);
  golden.manifest.certificate = certificate;

  // Say how far the engine is from them, for the outputs also in parts of the page's BOUND
  for (std::size_t k = 0; k < exact.names.size(); ++k)
    describe(*golden.manifest.find(exact.names[k]), tensor(engine, exact.names[k]), exact.rounded[k], {});
  for (const auto& example : Op::cases()) {
    const std::string y = golden::in_example(example.name, golden::kOutput);
    golden.manifest.find(y)->engine->of_bound = of_bound<Op>(example, tensor(engine, y), published.at(y));
  }
  return golden;
}

}  // namespace

Golden certified_op_golden(const std::string& op, const std::string& command, const std::string& because,
                           const Progress& progress) {
  std::optional<Golden> golden;
  op::for_each_page([&]<op::Page Op>() {
    if (op == Op::kName) golden = certified<Op>(command, progress);
  });
  if (!golden) return record::engine_op_golden(op, command);  // refuses, and lists the pages there are
  golden->manifest.because = because;
  return *std::move(golden);
}

}  // namespace etalon::certify
