// SPDX-License-Identifier: Apache-2.0
// tape.h — the forward pass, written down entry by entry, and the reverse sweep that makes its gradients.
//
// Entries are written in the order they are computed, so an entry only ever names EARLIER ones. That
// makes the index itself a topological order: backward walks it from the end to the start, visits each
// entry once, and needs no search, no recursion and no set.
//
// ORDER    When a value is used twice, its cotangents are added in one fixed order: the later use
//          first. Any other rule would let the last bits of a gradient depend on how a container
//          happens to iterate. Within one entry that names the same input twice, the later input first.
//
// NAMES    Every entry has one (`h.0.attn.scores`), unique on its tape, so every activation and every
//          activation gradient can be recorded, compared and pointed at.
//
// SOURCE   Griewank & Walther 2008, "Evaluating Derivatives", section 3.2 (the reverse sweep).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tensor/tensor.h"

namespace etalon {

// The inputs of an op, seen and not copied: in[0], in[1], ...
template <class S>
class Args {
 public:
  Args() = default;
  Args(std::initializer_list<const Tensor<S>*> inputs) : inputs_(inputs) {}
  explicit Args(const std::vector<Tensor<S>>& inputs) {
    for (const Tensor<S>& x : inputs) inputs_.push_back(&x);
  }

  void push_back(const Tensor<S>& x) { inputs_.push_back(&x); }
  const Tensor<S>& operator[](std::size_t i) const { return *inputs_[i]; }
  std::size_t size() const { return inputs_.size(); }
  std::vector<Shape> shapes() const {
    std::vector<Shape> out;
    for (const Tensor<S>* x : inputs_) out.push_back(x->shape());
    return out;
  }

 private:
  std::vector<const Tensor<S>*> inputs_;
};

template <class S>
class Tape {
 public:
  using Id = int;

  // Given the inputs, the output y and its cotangent y_bar: the cotangents of the inputs, in order.
  using Pull = std::function<std::vector<Tensor<S>>(const Args<S>& in, const Tensor<S>& y, const Tensor<S>& y_bar)>;

  struct Entry {
    std::string name;
    const char* op;
    Tensor<S> value, bar;  // bar is empty ([0]) until backward reaches the entry
    std::vector<Id> from;  // inputs: smaller ids
    Pull pull;             // none for a leaf
    bool has_bar = false;
  };

  // An entry that nothing was computed for: a parameter. Error: as record.
  Id leaf(std::string name, Tensor<S> value) { return record(std::move(name), "leaf", std::move(value), {}, nullptr); }

  // Writes down one op: its output `value`, the entries it read and its VJP. `op` lives as long as the tape.
  // Errors: an input that is not on the tape yet; a name twice.
  Id record(std::string name, const char* op, Tensor<S> value, std::vector<Id> from, Pull pull) {
    const Id id = static_cast<Id>(entries_.size());
    for (const Id input : from)
      if (input < 0 || input >= id)
        throw Error("tape: " + name, "inputs recorded earlier", "input " + std::to_string(input), "record the input first");
    if (!by_name_.emplace(name, id).second)
      throw Error("tape", "a new name", "'" + name + "' a second time", "every entry has a name of its own");
    entries_.push_back({std::move(name), op, std::move(value), {}, std::move(from), std::move(pull)});
    return id;
  }

  // One reverse sweep from root: bar(root) = root_bar, then each earlier entry once. Entries that root does not depend on keep
  // has_bar = false. Errors: a second sweep; a cotangent of another shape than its value; a VJP that gives too few or too many.
  void backward(Id root, Tensor<S> root_bar) {
    if (entries_[root].has_bar) throw Error("tape.backward", "one sweep per tape", "a second one", "record the forward pass again");
    add_to_bar(root, std::move(root_bar), "the root");
    for (Id id = root; id >= 0; --id) {
      // Pass over leaves, and over what the root does not depend on
      const Entry& e = entries_[id];
      if (!e.pull || !e.has_bar) continue;

      // Turn the cotangent of the output into those of the inputs
      auto bars = e.pull(args(e), e.value, e.bar);
      if (bars.size() != e.from.size())
        throw Error("tape: vjp of " + e.name, std::to_string(e.from.size()) + " cotangents", std::to_string(bars.size()),
                    "a VJP returns one cotangent for each input");

      // Add them to what later uses gave, the last input first
      for (std::size_t k = bars.size(); k-- > 0;) add_to_bar(e.from[k], std::move(bars[k]), e.name);
    }
  }

  // The values of an entry's inputs.
  Args<S> args(const Entry& e) const {
    Args<S> in;
    for (const Id id : e.from) in.push_back(entries_[id].value);
    return in;
  }

  const std::vector<Entry>& entries() const { return entries_; }
  const Tensor<S>& value(Id id) const { return entries_[id].value; }

  // The cotangent of an entry. Error: no sweep came by it.
  const Tensor<S>& bar(Id id) const {
    if (entries_[id].has_bar) return entries_[id].bar;
    throw Error("tape: " + entries_[id].name, "a cotangent", "none", "run backward from an entry that depends on this one");
  }

  // Error: no entry of that name.
  Id find(const std::string& name) const {
    const auto it = by_name_.find(name);
    if (it != by_name_.end()) return it->second;
    throw Error("tape", "the name of an entry", "'" + name + "'", "`etalon list` shows the names of a case");
  }

 private:
  void add_to_bar(Id id, Tensor<S> term, const std::string& from) {
    Entry& e = entries_[id];
    if (term.shape() != e.value.shape())
      throw Error("tape: cotangent of " + e.name + " from " + from, to_string(e.value.shape()), to_string(term.shape()),
                  "a cotangent has the shape of its value");
    if (!e.has_bar) {
      e.bar = std::move(term);
      e.has_bar = true;
      return;
    }
    for (long i = 0; i < term.size(); ++i) e.bar[i] = e.bar[i] + term[i];
  }

  std::vector<Entry> entries_;
  std::map<std::string, Id> by_name_;
};

}  // namespace etalon
