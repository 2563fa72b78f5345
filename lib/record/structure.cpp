// SPDX-License-Identifier: Apache-2.0
#include "record/structure.h"

#include <algorithm>

#include "golden/tensor_name.h"
#include "model/transformer_body.h"

namespace etalon::record {
namespace {

using SymbolTape = Tape<Symbol>;

model::Parameters<Symbol> weights_like_no_other(const model::Config& config) {
  model::Parameters<Symbol> out;
  for (const model::Slot& slot : model::slots(config)) {
    Tensor<Symbol> value(slot.shape);
    for (long i = 0; i < value.size(); ++i) value[i] = Symbol::fresh();
    out.add(slot.name, std::move(value));
  }
  return out;
}

void note(Structure& structure, const std::string& tensor, const Tensor<Symbol>& x) {
  std::vector<char> zeros(x.size());
  for (long i = 0; i < x.size(); ++i) zeros[i] = x[i].is_zero();
  if (std::count(zeros.begin(), zeros.end(), 1) > 0) structure.zeros[tensor] = std::move(zeros);
}

// What attention reads as the keys: the second input of the products.
const Tensor<Symbol>& entering_keys(const SymbolTape& tape, const std::string& layer) {
  return tape.value(tape.entries()[tape.find(layer + "attn.products")].from.at(1));
}

}  // namespace

std::vector<char> unturned(const Tensor<Symbol>& projected, const Tensor<Symbol>& entering) {
  const Shape& shape = projected.shape();  // [B, H, T, D]
  const long n_heads = shape[1], n_steps = shape[2], size = shape[3];
  std::vector<char> same(n_heads * size, 1);
  for (long row = 0; row < projected.n_rows(); ++row)
    for (long j = 0; j < size; ++j)
      if (projected[row * size + j] != entering[row * size + j]) same[row / n_steps % n_heads * size + j] = 0;
  return same;
}

Structure structure_of(const model::Config& config, const model::Batch& batch) {
  // Run the model in symbols
  auto run = model::forward<Symbol>(config, weights_like_no_other(config), batch);
  model::backward(run);

  // Note what is 0, on the way forward and back
  Structure out;
  for (const auto& entry : run.tape.entries()) {
    if (entry.pull) note(out, golden::activation_name(entry.name), entry.value);
    note(out, entry.pull ? golden::activation_gradient_name(entry.name) : golden::gradient_name(entry.name), entry.bar);
  }

  // Compare the keys of each layer, as they are projected and as they enter the scores
  for (std::size_t layer = 0; layer < run.layers.size(); ++layer) {
    const std::string of = "h." + std::to_string(layer) + ".";
    out.keys_unturned.push_back(unturned(run.tape.value(run.tape.find(of + "attn.k")), entering_keys(run.tape, of)));
  }
  return out;
}

}  // namespace etalon::record
