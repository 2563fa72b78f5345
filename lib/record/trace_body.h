// trace_body.h — trace.h for any scalar. Only trace.cpp, certify/ball_trace.cpp and tests include it.
#pragma once

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "model/transformer.h"
#include "record/trace.h"

namespace etalon::record {

inline constexpr const char* kForwardFile = "forward.safetensors";
inline constexpr const char* kBackwardFile = "backward.safetensors";
inline constexpr const char* kOptimizerFile = "optimizer.safetensors";

template <class S>
class Tracer {
 public:
  Tracer(const Subject& subject, const model::Parameters<S>& parameters)
      : subject_(subject), parameters_(parameters), run_(model::forward<S>(subject.config, parameters, subject.batch)) {
    consumers_.resize(run_.tape.entries().size());
    for (std::size_t id = 0; id < consumers_.size(); ++id)
      for (const int input : run_.tape.entries()[id].from) consumers_[input].insert(static_cast<int>(id));
  }

  std::vector<Traced<S>> whole() && {
    const auto gradients = model::backward(run_);
    activations();
    activation_gradients();
    for (const auto& [name, id] : run_.parameters)
      add("grad/" + name, kBackwardFile, vjp_of(id), id, gradient_reads(id), run_.tape.bar(id));
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
    if (id == run_.loss) return "loss";
    return (entry(id).pull ? "act/" : "param/") + entry(id).name;
  }

  void activations() {
    for (int id = 0; id < n_entries(); ++id) {
      if (!entry(id).pull) continue;
      std::vector<std::string> reads;
      for (const int input : entry(id).from) reads.push_back(published(input));
      add(published(id), kForwardFile, entry(id).op, id, std::move(reads), entry(id).value);
    }
  }

  void activation_gradients() {
    for (int id = n_entries(); id-- > 0;)
      if (entry(id).pull && id != run_.loss)
        add("dact/" + entry(id).name, kBackwardFile, vjp_of(id), id, gradient_reads(id), run_.tape.bar(id));
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
      if (*consumer != run_.loss) read("dact/" + entry(*consumer).name);
      read(published(*consumer));
      for (const int input : entry(*consumer).from) read(published(input));
    }
    return reads;
  }

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

  void publish(long k, long before, const S& norm, const model::Parameters<S>& weights, const model::OptimiserState<S>& state) {
    const std::string step = "step" + std::to_string(k) + "/", last = "step" + std::to_string(before) + "/";
    std::vector<std::string> norm_reads, m_reads, v_reads, param_reads;
    const auto since = [&](const char* kind, const std::string& name) {
      return before == 0 ? std::vector<std::string>{} : std::vector<std::string>{last + kind + name};
    };
    for (const auto& [name, value] : weights) norm_reads.push_back(before == 0 ? "grad/" + name : last + "param/" + name);
    add(step + "clip_norm", kOptimizerFile, "clip", k, norm_reads, Tensor<S>(Shape{}, {norm}));
    for (const bool is_m : {true, false})
      for (const auto& [name, value] : is_m ? state.m : state.v) {
        auto reads = since(is_m ? "m/" : "v/", name);
        reads.push_back(before == 0 ? "grad/" + name : last + "param/" + name);
        reads.push_back(step + "clip_norm");
        add(step + (is_m ? "m/" : "v/") + name, kOptimizerFile, "adamw", k, std::move(reads), value);
      }
    for (const auto& [name, value] : weights) {
      const std::string old = before == 0 ? "param/" + name : last + "param/" + name;
      add(step + "param/" + name, kOptimizerFile, "adamw", k, {old, step + "m/" + name, step + "v/" + name}, value);
    }
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
