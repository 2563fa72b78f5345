// SPDX-License-Identifier: Apache-2.0
// book.h — every page, once, in the order of the alphabet. docs/how-to/add-an-op.md names what else a new page needs.
#pragma once

#include "op/add.h"
#include "op/attention_mix.h"
#include "op/attention_products.h"
#include "op/causal_mask.h"
#include "op/cross_entropy.h"
#include "op/embedding.h"
#include "op/gelu.h"
#include "op/gelu_tanh.h"
#include "op/layer_norm.h"
#include "op/linear.h"
#include "op/merge_heads.h"
#include "op/relu.h"
#include "op/rms_norm.h"
#include "op/rope.h"
#include "op/scale.h"
#include "op/silu.h"
#include "op/softmax.h"
#include "op/split_heads.h"
#include "op/swiglu.h"
#include "op/vib_head.h"

namespace etalon::op {

// for_each_page([]<Page Op>() { ... Op::kName ... }): the loop that every law, golden case and list walks.
template <class F>
void for_each_page(F&& visit) {
  visit.template operator()<Add>();
  visit.template operator()<AttentionMix>();
  visit.template operator()<AttentionProducts>();
  visit.template operator()<CausalMask>();
  visit.template operator()<CrossEntropy>();
  visit.template operator()<Embedding>();
  visit.template operator()<Gelu>();
  visit.template operator()<GeluTanh>();
  visit.template operator()<LayerNorm>();
  visit.template operator()<Linear>();
  visit.template operator()<MergeHeads>();
  visit.template operator()<Relu>();
  visit.template operator()<RmsNorm>();
  visit.template operator()<Rope>();
  visit.template operator()<Scale>();
  visit.template operator()<Silu>();
  visit.template operator()<Softmax>();
  visit.template operator()<SplitHeads>();
  visit.template operator()<Swiglu>();
  visit.template operator()<VibHead>();
}

}  // namespace etalon::op
