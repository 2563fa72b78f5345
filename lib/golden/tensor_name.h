// SPDX-License-Identifier: Apache-2.0
// tensor_name.h — how the tensors of a golden case are called. Names are made here and taken apart here.
//
//   model cases    param/<parameter>                what is given, with tokens, targets, attention_mask and position_ids
//                  act/<node>, loss                 the forward pass
//                  dact/<node>, grad/<parameter>    d loss / d node, d loss / d parameter
//                  step<k>/clip_norm                the norm of the gradients at step k of the optimiser, before clipping
//                  step<k>/m/<parameter>, step<k>/v/<parameter>, step<k>/param/<parameter>    after step k
//
//   op cases       <example>/in/<k>, <example>/y_bar      what is given: the inputs, and the cotangent of the output
//                  <example>/y, <example>/x_bar/<k>       the output, and the cotangents of the inputs
//                  <precision>/<name>                     the tolerance of each entry of <name>
//
// A node is named as on the tape ("h.0.attn.scores", model/transformer.h), a parameter as in the family's Hugging Face files.
#pragma once

#include <string>

#include "golden/precision.h"

namespace etalon::golden {

// --- model cases -----------------------------------------------------------------------------------------------------------

struct TensorName {
  enum class Kind {
    loss,
    activation,
    activation_gradient,
    parameter,  // before the first step where `step` is 0
    parameter_gradient,
    first_moment,
    second_moment,
    clip_norm,
    other,
  };

  Kind kind = Kind::other;
  std::string of = {};  // the node or the parameter; empty where there is none
  long step = 0;        // of the optimiser; 0 for what it did not compute

  bool is_of_optimiser() const { return step > 0; }
};

std::string to_string(const TensorName& name);

// Takes a name of a model case apart; kind `other` for one that is none of the above.
TensorName parse_tensor_name(const std::string& text);

inline constexpr const char* kLossName = "loss";
inline std::string activation_name(const std::string& node) { return to_string({TensorName::Kind::activation, node}); }
inline std::string activation_gradient_name(const std::string& node) {
  return to_string({TensorName::Kind::activation_gradient, node});
}
inline std::string gradient_name(const std::string& parameter) {
  return to_string({TensorName::Kind::parameter_gradient, parameter});
}

// After `step` steps; step 0 is the parameter that is given.
inline std::string parameter_name(const std::string& parameter, long step = 0) {
  return to_string({TensorName::Kind::parameter, parameter, step});
}

// At step >= 1 of the optimiser.
inline std::string first_moment_name(const std::string& parameter, long step) {
  return to_string({TensorName::Kind::first_moment, parameter, step});
}
inline std::string second_moment_name(const std::string& parameter, long step) {
  return to_string({TensorName::Kind::second_moment, parameter, step});
}
inline std::string clip_norm_name(long step) { return to_string({TensorName::Kind::clip_norm, "", step}); }

// --- op cases --------------------------------------------------------------------------------------------------------------

// Within an example; k counts the inputs from 0.
inline constexpr const char* kOutput = "y";
inline constexpr const char* kCotangent = "y_bar";
inline std::string input_name(std::size_t k) { return "in/" + std::to_string(k); }
inline std::string input_cotangent_name(std::size_t k) { return "x_bar/" + std::to_string(k); }

// "<example>/<name>".
inline std::string in_example(const std::string& example, const std::string& name) { return example + "/" + name; }

// The tensor that holds the tolerance of each entry of `name`.
inline std::string tolerance_name(Precision precision, const std::string& name) {
  return std::string(name_of(precision)) + "/" + name;
}

}  // namespace etalon::golden
