// SPDX-License-Identifier: Apache-2.0
// trace_body.h — trace.h for any scalar. Included by trace.cpp, and by files that need another scalar (certify/ball_trace.cpp,
// tests).
#pragma once

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "golden/file_name.h"
#include "golden/tensor_name.h"
#include "model/transformer.h"
#include "record/trace.h"

namespace etalon::record {

// Traces one training run: every tensor under its name, with the op that wrote it and the tensors it was computed from.
template <class S>
class Tracer {
 public:
  Tracer(const Subject& subject, const model::Parameters<S>& parameters)
      : subject_(subject), parameters_(parameters), run_(model::forward<S>(subject.config, parameters, subject.batch)) {
    consumers_.resize(run_.tape.entries().size());
    for (std::size_t id = 0; id < consumers_.size(); ++id)
      for (const int input : run_.tape.entries()[id].from) consumers_[input].insert(static_cast<int>(id));
  }

  // The whole trace, in the order of trace.h.
  std::vector<Traced<S>> whole() && {
    const auto gradients = model::backward(run_);
    activations();
    activation_gradients();
    for (const auto& [name, id] : run_.parameters)
      add(golden::gradient_name(name), golden::kBackwardFile, vjp_of(id), id, gradient_reads(id), run_.tape.bar(id));
    optimiser(gradients);
    return std::move(traced_);
  }

 private:
  using Entry = typename Tape<S>::Entry;

  void add(std::string name, const char* file, std::string op, long index, std::vector<std::string> reads, Tensor<S> value) {
    traced_.push_back({std::move(name), file, std::move(op), index, std::move(reads), std::move(value)});
  }

  const Entry& entry(int id) const { return run_.tape.entries()[id]; }
  int n_entries() const { return static_cast<int>(run_.tape.entries().size()); }

  // The name under which the value of an entry is published.
  std::string published(int id) const {
    if (id == run_.loss) return golden::kLossName;
    return entry(id).pull ? golden::activation_name(entry(id).name) : golden::parameter_name(entry(id).name);
  }

  void activations() {
    for (int id = 0; id < n_entries(); ++id) {
      if (!entry(id).pull) continue;
      std::vector<std::string> reads;
      for (const int input : entry(id).from) reads.push_back(published(input));
      add(published(id), golden::kForwardFile, entry(id).op, id, std::move(reads), entry(id).value);
    }
  }

  void activation_gradients() {
    for (int id = n_entries(); id-- > 0;)
      if (entry(id).pull && id != run_.loss)
        add(golden::activation_gradient_name(entry(id).name), golden::kBackwardFile, vjp_of(id), id, gradient_reads(id),
            run_.tape.bar(id));
  }

  // A cotangent is the sum of what the VJP of each consumer gives, the later consumer first.
  std::string vjp_of(int id) const {
    std::string op;
    for (auto consumer = consumers_[id].rbegin(); consumer != consumers_[id].rend(); ++consumer)
      op += (op.empty() ? "" : " + ") + std::string(entry(*consumer).op) + ".vjp";
    return op;
  }

  // Each VJP reads the cotangent of its output, the output and the inputs.
  std::vector<std::string> gradient_reads(int id) const {
    std::vector<std::string> reads;
    std::set<std::string> known;
    const auto read = [&](std::string name) {
      if (known.insert(name).second) reads.push_back(std::move(name));
    };
    for (auto consumer = consumers_[id].rbegin(); consumer != consumers_[id].rend(); ++consumer) {
      if (*consumer != run_.loss) read(golden::activation_gradient_name(entry(*consumer).name));
      read(published(*consumer));
      for (const int input : entry(*consumer).from) read(published(input));
    }
    return reads;
  }

  // AdamW on the same batch, up to the last step that is recorded.
  void optimiser(const model::Parameters<S>& first_gradients) {
    const auto slots = model::slots(subject_.config);
    model::Parameters<S> weights = parameters_;
    model::OptimiserState<S> state;
    long published_step = 0;
    for (long k = 1; k <= kRecordedSteps[std::size(kRecordedSteps) - 1]; ++k) {
      auto gradients = k == 1 ? first_gradients : gradients_at(weights);
      const S norm = model::clip_by_global_norm(gradients, subject_.rule.max_norm);
      model::take_step(subject_.rule, slots, weights, gradients, state);
      if (std::find(std::begin(kRecordedSteps), std::end(kRecordedSteps), k) == std::end(kRecordedSteps)) continue;
      publish(k, published_step, norm, weights, state);
      published_step = k;
    }
  }

  model::Parameters<S> gradients_at(const model::Parameters<S>& weights) const {
    auto run = model::forward<S>(subject_.config, weights, subject_.batch);
    return model::backward(run);
  }

  // What step k left; `before` is the step recorded before it, or 0: what the tensors of step k are computed from.
  void publish(long k, long before, const S& norm, const model::Parameters<S>& weights, const model::OptimiserState<S>& state) {
    // Name what the gradient is read from: at first the one that was traced, later the parameters recorded before
    const auto gradient_from = [&](const std::string& parameter) {
      return before == 0 ? golden::gradient_name(parameter) : golden::parameter_name(parameter, before);
    };

    // Record the norm, of all gradients
    std::vector<std::string> all;
    for (const auto& [name, value] : weights) all.push_back(gradient_from(name));
    add(golden::clip_norm_name(k), golden::kOptimizerFile, "clip", k, all, Tensor<S>(Shape{}, {norm}));

    // Record m, then v: each from what it was, the gradient and the norm
    for (const bool is_m : {true, false})
      for (const auto& [name, value] : is_m ? state.m : state.v) {
        const auto moment = is_m ? golden::first_moment_name : golden::second_moment_name;
        std::vector<std::string> reads;
        if (before > 0) reads.push_back(moment(name, before));
        reads.push_back(gradient_from(name));
        reads.push_back(golden::clip_norm_name(k));
        add(moment(name, k), golden::kOptimizerFile, "adamw", k, std::move(reads), value);
      }

    // Record the parameters: each from what it was, m and v
    for (const auto& [name, value] : weights)
      add(golden::parameter_name(name, k), golden::kOptimizerFile, "adamw", k,
          {golden::parameter_name(name, before), golden::first_moment_name(name, k), golden::second_moment_name(name, k)}, value);
  }

  const Subject& subject_;
  const model::Parameters<S>& parameters_;
  model::Run<S> run_;
  std::vector<std::set<int>> consumers_;
  std::vector<Traced<S>> traced_;
};

template <class S>
std::vector<Traced<S>> trace(const Subject& subject, const model::Parameters<S>& parameters) {
  return Tracer<S>(subject, parameters).whole();
}

}  // namespace etalon::record
