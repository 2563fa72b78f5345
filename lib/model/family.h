// SPDX-License-Identifier: Apache-2.0
// family.h — every model family is one row of one table.
//
// There is a single forward pass (model/transformer.h). A family is a choice wherever models differ, and nothing more.
// If a new model needs an `if` with its name in it, the table is missing a column.
#pragma once

#include <string>

#include "scalar/ratio.h"

namespace etalon::model {

enum class Norm { layer, rms };
enum class Position { learned, rotary_half_split, rotary_interleaved };
enum class Mlp { gelu_tanh, gelu_erf, swiglu };
enum class Attention { fused_qkv, separate_qkv };  // one linear map for q, k, v side by side, or three

struct Family {
  const char* name;
  Norm norm;
  Position position;
  Mlp mlp;
  Attention attention;
  bool bias;             // linear layers and norms carry a bias
  bool in_out_weights;   // linear weights are stored [in, out] (GPT-2's Conv1D)
  bool tied_embedding;   // the LM head reuses the token table
  bool grouped_heads;    // n_kv_heads may be smaller than n_heads
  bool scaled_residual;  // published initialisation: maps that end in the residual stream get sigma / sqrt(2 n_layers)
  Ratio eps;             // epsilon of the norms
  Ratio rope_theta;      // base of the rotary angles; 0 without them

  // Names of the parameters in the family's Hugging Face files; {l} is the layer. Empty: there is none.
  struct Names {
    const char *tokens, *positions;
    const char *norm1, *norm2, *final_norm;
    const char *qkv, *q, *k, *v, *attn_out;
    const char *up, *gate, *down;
    const char* head;
  } names;
};

inline constexpr Family kFamilies[] = {
    // A row of the table is read as a block
    // clang-format off
    {.name = "gpt2", .norm = Norm::layer, .position = Position::learned, .mlp = Mlp::gelu_tanh,
     .attention = Attention::fused_qkv, .bias = true, .in_out_weights = true, .tied_embedding = true,
     .grouped_heads = false, .scaled_residual = true, .eps = {1, 100000}, .rope_theta = {0, 1},
     .names = {.tokens = "transformer.wte", .positions = "transformer.wpe",
               .norm1 = "transformer.h.{l}.ln_1", .norm2 = "transformer.h.{l}.ln_2", .final_norm = "transformer.ln_f",
               .qkv = "transformer.h.{l}.attn.c_attn", .q = "", .k = "", .v = "", .attn_out = "transformer.h.{l}.attn.c_proj",
               .up = "transformer.h.{l}.mlp.c_fc", .gate = "", .down = "transformer.h.{l}.mlp.c_proj", .head = ""}},
    {.name = "llama", .norm = Norm::rms, .position = Position::rotary_half_split, .mlp = Mlp::swiglu,
     .attention = Attention::separate_qkv, .bias = false, .in_out_weights = false, .tied_embedding = false,
     .grouped_heads = true, .scaled_residual = false, .eps = {1, 100000}, .rope_theta = {10000, 1},
     .names = {.tokens = "model.embed_tokens", .positions = "",
               .norm1 = "model.layers.{l}.input_layernorm", .norm2 = "model.layers.{l}.post_attention_layernorm",
               .final_norm = "model.norm",
               .qkv = "", .q = "model.layers.{l}.self_attn.q_proj", .k = "model.layers.{l}.self_attn.k_proj",
               .v = "model.layers.{l}.self_attn.v_proj", .attn_out = "model.layers.{l}.self_attn.o_proj",
               .up = "model.layers.{l}.mlp.up_proj", .gate = "model.layers.{l}.mlp.gate_proj",
               .down = "model.layers.{l}.mlp.down_proj", .head = "lm_head"}},
    // clang-format on
};

// The row of that name. Error: no such family; lists those there are.
const Family& family(const std::string& name);

// The module whose weight [V, C] the LM head multiplies by: the token table where the family ties them.
inline const char* head_module(const Family& row) { return row.tied_embedding ? row.names.tokens : row.names.head; }

}  // namespace etalon::model
