// SPDX-License-Identifier: Apache-2.0
// `etalon head` as a user meets it: any floating dtype, tensors by name, a refusal with a hint.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "app/shell.h"
#include "file/safetensors.h"
#include "head/diagnose.h"
#include "tensor/random.h"

using namespace etalon;
using namespace etalon::app;

namespace {

// Entries of few bits, so that BF16 holds them exactly and every dtype means the same head.
Tensor<double> coarse(const char* name, Shape shape) {
  Tensor<double> x(shape);
  const Stream stream(1, name);
  for (long i = 0; i < x.size(); ++i) x[i] = (static_cast<double>(stream.below(65, i)) - 32) / 16;
  return x;
}

}  // namespace

TEST_CASE("etalon head: the same answer from every dtype, and the library's", "[app][head]") {
  const Folder folder;
  const Tensor<double> w = coarse("w", {20, 3}), h = coarse("h", {2, 4, 3});
  const std::vector<std::int64_t> targets = {1, 2, -100, 3, 4, 19, 0, 7};
  file::TensorFile batch;
  file::add(batch, "hidden", h, file::Dtype::f16);
  file::add_integers(batch, "targets", {2, 4}, targets);
  file::write_safetensors(folder / "batch.safetensors", batch);
  const std::string rest =
      " --hidden " + folder / "batch.safetensors" + ":hidden --targets " + folder / "batch.safetensors" + ":targets";

  const head::HeadReport expected = head::diagnose(w, h, targets);
  for (const auto dtype : {file::Dtype::f64, file::Dtype::f32, file::Dtype::bf16, file::Dtype::f16}) {
    file::TensorFile weight;
    file::add(weight, "lm_head.weight", w, dtype);
    file::write_safetensors(folder / "w.safetensors", weight);
    const Answer answer = run("head --json --weight " + folder / "w.safetensors" + rest);  // one tensor: no name needed
    REQUIRE(answer.exit_code == 0);
    const auto json = nlohmann::json::parse(answer.out);
    CHECK(json["destroyed_ratio"] == expected.projection.destroyed_ratio);
    CHECK(json["random_head_baseline"] == expected.baseline);
    CHECK(json["singular_values"] == expected.spectrum.sigma);
    CHECK(json["n_ignored"] == 1);
  }
  const Answer table = run("head --rows 3 --weight " + folder / "w.safetensors" + ":lm_head.weight" + rest);
  CHECK(table.exit_code == 0);
  CHECK_THAT(table.out, Catch::Contains("3 positions (5 ignored)") && Catch::Contains("a random head of this width") &&
                            Catch::Contains("Norm is not information"));

  // Refusals: malformed input is 3, usage is 2
  const Answer no_tensor = run("head --weight " + folder / "w.safetensors" + ":wte" + rest);
  CHECK(no_tensor.exit_code == 3);
  CHECK_THAT(no_tensor.out, Catch::Contains("\"wte\"") && Catch::Contains("lm_head.weight"));
  const Answer which = run("head --weight " + folder / "batch.safetensors" + rest);
  CHECK(which.exit_code == 3);
  CHECK_THAT(which.out, Catch::Contains("FILE:TENSOR"));
  CHECK(run("head --weight " + folder / "batch.safetensors" + ":hidden" + rest).exit_code == 3);  // rank 3 is no head
  CHECK(run("head").exit_code == 2);
}
