// SPDX-License-Identifier: Apache-2.0
// structure.h — what one run of a model is, whatever its weights: which entries are 0, and which keys a rotation leaves alone.
//
// The model's own code is run, forward and back, in symbols (scalar/symbol.h), each entry of each parameter one that is like no
// other. Nothing here knows how the model is built: an op, a mask or a family that changes its zeros changes them here too.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/batch.h"
#include "scalar/symbol.h"
#include "tensor/tensor.h"

namespace etalon::record {

struct Structure {
  // One flag for each entry of the activations, their gradients and the parameters' gradients, by the tensor's name
  // (golden/tensor_name.h); only those tensors that hold a 0.
  std::map<std::string, std::vector<char>> zeros;

  // For each layer one flag for each column of the keys, [H_kv D]: 1 where it enters the scores as the projection gave it, at every
  // position. All of them with learned positions, none where whole heads are rotated.
  std::vector<std::vector<char>> keys_unturned;
};

// Error: as model::forward; the batch has no targets.
Structure structure_of(const model::Config& config, const model::Batch& batch);

// keys_unturned of one layer: k as it is projected, [B, H, T, D], and as it enters the scores.
std::vector<char> unturned(const Tensor<Symbol>& projected, const Tensor<Symbol>& entering);

}  // namespace etalon::record
