// SPDX-License-Identifier: Apache-2.0
#include "golden/tensor_name.h"

#include <catch2/catch.hpp>

namespace etalon::golden {
namespace {

using Kind = TensorName::Kind;

TEST_CASE("tensor names: made as the format has them, and taken apart again", "[golden]") {
  struct Row {
    std::string text;
    Kind kind;
    std::string of;
    long step;
  };
  const Row rows[] = {
      {kLossName, Kind::loss, "", 0},
      {activation_name("h.0.attn.scores"), Kind::activation, "h.0.attn.scores", 0},
      {activation_gradient_name("logits"), Kind::activation_gradient, "logits", 0},
      {gradient_name("wte.weight"), Kind::parameter_gradient, "wte.weight", 0},
      {parameter_name("wte.weight"), Kind::parameter, "wte.weight", 0},
      {parameter_name("wte.weight", 10), Kind::parameter, "wte.weight", 10},
      {first_moment_name("ln_f.bias", 2), Kind::first_moment, "ln_f.bias", 2},
      {second_moment_name("ln_f.bias", 1), Kind::second_moment, "ln_f.bias", 1},
      {clip_norm_name(2), Kind::clip_norm, "", 2},
  };
  const char* const spelled[] = {"loss",
                                 "act/h.0.attn.scores",
                                 "dact/logits",
                                 "grad/wte.weight",
                                 "param/wte.weight",
                                 "step10/param/wte.weight",
                                 "step2/m/ln_f.bias",
                                 "step1/v/ln_f.bias",
                                 "step2/clip_norm"};
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    INFO(spelled[i]);
    CHECK(rows[i].text == spelled[i]);
    const TensorName name = parse_tensor_name(spelled[i]);
    CHECK(name.kind == rows[i].kind);
    CHECK(name.of == rows[i].of);
    CHECK(name.step == rows[i].step);
    CHECK(to_string(name) == spelled[i]);
  }
  for (const char* other : {"", "tokens", "loss/x", "step/m/w", "step0/m/w", "step-1/m/w", "step2x/m/w", "step2", "clip_norm2"}) {
    INFO(other);
    CHECK(parse_tensor_name(other).kind == Kind::other);
  }
  CHECK(in_example("plain", kOutput) == "plain/y");
  CHECK(in_example("plain", input_cotangent_name(1)) == "plain/x_bar/1");
  CHECK(tolerance_name(Precision::fp32, in_example("plain", kOutput)) == "fp32/plain/y");
}

}  // namespace
}  // namespace etalon::golden
