// SPDX-License-Identifier: Apache-2.0
// parameters.h — the tensors of a model by their Hugging Face names, in one fixed order.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/config.h"
#include "tensor/tensor.h"

namespace etalon::model {

enum class Role { embedding, weight, bias, gain };

// What the config says about one parameter, before it has numbers.
struct Slot {
  std::string name;  // "transformer.h.0.attn.c_attn.weight"
  Shape shape;
  Role role;
  long fan_in;                    // columns that one output reads; for an embedding its width C; 1 for a bias or a gain
  bool ends_in_residual = false;  // the weight of a map whose output is added to the residual stream
  bool decays() const { return role == Role::embedding || role == Role::weight; }  // the decay mask of AdamW
};

// A name of the family table with its {l} replaced: "transformer.h.{l}.ln_1" -> "transformer.h.0.ln_1". One without {l} stays.
std::string name_in_layer(const std::string& pattern, long layer);

// Every parameter of the model, in the order of the forward pass. The config is validated first. Error: as validated.
std::vector<Slot> slots(const Config& config);

// An ordered map from name to tensor. Two Parameters of one model have the same names in the same order.
template <class S>
class Parameters {
 public:
  void add(std::string name, Tensor<S> value) { entries_.emplace_back(std::move(name), std::move(value)); }
  std::size_t size() const { return entries_.size(); }
  const std::string& name(std::size_t i) const { return entries_[i].first; }
  Tensor<S>& operator[](std::size_t i) { return entries_[i].second; }
  const Tensor<S>& operator[](std::size_t i) const { return entries_[i].second; }

  // Error: no such name.
  const Tensor<S>& at(const std::string& name) const {
    for (const auto& [key, value] : entries_)
      if (key == name) return value;
    throw Error("parameters", "a parameter named '" + name + "'", "none", "are the weights of another family?");
  }
  Tensor<S>& at(const std::string& name) { return const_cast<Tensor<S>&>(std::as_const(*this).at(name)); }

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<std::pair<std::string, Tensor<S>>> entries_;
};

// Holds a model's numbers to its slots: the same names in the same order, the same shapes. Error: the first that differs.
template <class S>
void require_slots(const std::vector<Slot>& slots, const Parameters<S>& parameters) {
  for (const Slot& slot : slots)
    if (const Shape& got = parameters.at(slot.name).shape(); got != slot.shape)
      throw Error("parameters: " + slot.name, to_string(slot.shape), to_string(got),
                  "GPT-2's Conv1D stores [in, out], torch.nn.Linear [out, in]; is the config the one of these weights?");
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (i >= slots.size() || parameters.name(i) != slots[i].name)
      throw Error("parameters",
                  i < slots.size() ? "'" + slots[i].name + "' as number " + std::to_string(i) : "no further parameter",
                  "'" + parameters.name(i) + "'", "the order is that of slots(config), each name once");
}

// The weight [V, C] of the LM head (family.h: head_module). Error: the parameters have none.
template <class S>
const Tensor<S>& head_weight(const Config& config, const Parameters<S>& parameters) {
  return parameters.at(std::string(head_module(family(config.family))) + ".weight");
}

// Every tensor read as another scalar (tensor/tensor.h), in the same order.
template <class To, class From>
Parameters<To> as(const Parameters<From>& parameters) {
  Parameters<To> out;
  for (const auto& [name, value] : parameters) out.add(name, etalon::as<To>(value));
  return out;
}

// usual    the family's published initialisation: weights and embeddings N(0, 0.02^2), biases 0, gains 1; where the family
//          scales it (GPT-2), the weights that end in the residual stream N(0, 0.02^2/(2 n_layers)), which keeps the variance of
//          the stream from growing with depth (Radford et al. 2019, section 2.3; Hugging Face GPT2PreTrainedModel._init_weights)
// stress   weights N(0, (1.6/sqrt(fan_in))^2), embeddings N(0,1), biases N(0, 0.3^2), gains 1 + N(0, 0.3^2): at the usual
//          initialisation many bugs are exactly invisible (a missing bias of 0, the gain of the wrong norm)
enum class Weights { usual, stress };

// A pure function of (config, weights, seed): entry i of tensor `name` comes from Stream(seed, name). Error: as validated.
Parameters<double> initialise(const Config& config, Weights weights, std::uint64_t seed);

}  // namespace etalon::model
