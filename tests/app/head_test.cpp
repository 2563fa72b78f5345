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

// Writes W, H and targets into a folder and asks the command.
struct Case {
  Folder folder;
  std::string arguments;
  Case(const Tensor<double>& w, const Tensor<double>& h, const std::vector<std::int64_t>& targets) {
    file::TensorFile all;
    file::add(all, "w", w), file::add(all, "h", h);
    file::add_integers(all, "targets", {static_cast<long>(targets.size())}, targets);
    const std::string path = folder / "all.safetensors";
    file::write_safetensors(path, all);
    arguments = "head --weight " + path + ":w --hidden " + path + ":h --targets " + path + ":targets ";
  }
  nlohmann::json json() const { return nlohmann::json::parse(run(arguments + "--json", kOutputOnly).out); }
};

}  // namespace

TEST_CASE("etalon head: sure tokens have ratios, silent ones null", "[app][head]") {
  // Four symbols at the compass points; the target stands 10, 370, 700 or 800 nats above its neighbours: G_i = e (-2, 1, e, 1)
  Tensor<double> h({4, 2});
  const double gaps[] = {10, 370, 700, 800};
  for (long i = 0; i < 4; ++i) h.rows()(i, 0) = gaps[i], h.rows()(i, 1) = 0;
  const Case sure({{4, 2}, {1, 0, 0, 1, -1, 0, 0, -1}}, h, {0, 0, 0, 0});
  const auto json = sure.json();
  const auto& of_token = json["destroyed_ratio_of_token"];
  for (int i = 1; i < 3; ++i) CHECK(of_token[i].get<double>() == Approx(std::sqrt(4.0 / 6)).epsilon(1e-14));
  CHECK(of_token[3].is_null());
  CHECK(json["n_tokens_without_gradient"] == 1);
  CHECK_THAT(run(sure.arguments).out, Catch::Contains("(left out: 1 without gradient)"));

  // Nothing but the token of 1e-304 is a batch like any other; nothing but silent ones is refused
  const Case alone({{4, 2}, {1, 0, 0, 1, -1, 0, 0, -1}}, Tensor<double>({1, 2}, {700, 0}), {0});
  CHECK(alone.json()["destroyed_ratio"].get<double>() == Approx(std::sqrt(4.0 / 6)).epsilon(1e-14));
  const Answer refused = run(Case({{4, 2}, {1, 0, 0, 1, -1, 0, 0, -1}}, Tensor<double>({1, 2}, {800, 0}), {0}).arguments);
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.out, Catch::Contains("G = 0"));
}

TEST_CASE("etalon head: the baseline of the rank, the condition of W, and a warning where digits are lost", "[app][head]") {
  Tensor<double> twice = coarse("w", {20, 8});
  for (long i = 0; i < 20; ++i)
    for (long j = 4; j < 8; ++j) twice.rows()(i, j) = twice.rows()(i, j - 4);
  const Tensor<double> h = coarse("h", {6, 8});
  const std::vector<std::int64_t> targets = {1, 2, 3, 4, 19, 0};
  const Case of_rank_4(twice, h, targets);
  CHECK(of_rank_4.json()["random_head_baseline"] == std::sqrt(16.0 / 20));
  CHECK(of_rank_4.json()["random_head_baseline_of_width"] == std::sqrt(12.0 / 20));
  const Answer both = run(of_rank_4.arguments);
  CHECK_THAT(both.out, Catch::Contains("random heads of rank 4: 0.894427, the root mean square for a G unrelated to W") &&
                           Catch::Contains("(of rank 8, the width of this one: 0.774597)") && Catch::Contains("of 8 columns"));
  CHECK_THAT(both.out, !Catch::Contains("WARNING"));
  CHECK_THAT(run(Case(coarse("w", {20, 8}), h, targets).arguments).out, !Catch::Contains("the width of this one"));

  // The last column is the sum of the others plus 2^-36 of something new
  Tensor<double> bad = coarse("w", {20, 8});
  for (long i = 0; i < 20; ++i) {
    bad.rows()(i, 7) = bad.rows()(i, 7) * 0x1p-36;
    for (long j = 0; j < 7; ++j) bad.rows()(i, 7) = bad.rows()(i, 7) + bad.rows()(i, j);
  }
  const Case ill(bad, h, targets);
  const auto json = ill.json();
  CHECK(json["condition_w"]["of_matrix"].get<double>() > 1e10);
  const int good = json["good_decimals"].get<int>();
  CHECK((good >= 3 && good <= 5));
  CHECK_THAT(run(ill.arguments).out, Catch::Contains("WARNING: columns of W nearly depend on each other") &&
                                         Catch::Contains("only " + std::to_string(good) + " decimals"));
  CHECK_THAT(run(ill.arguments + "--json").out,
             Catch::Contains("only " + std::to_string(good) + " decimals of its ratios are right"));
}

TEST_CASE("etalon head: --rows wants a whole number from 1 on, and the help says what is read", "[app][head]") {
  const Case c(coarse("w", {20, 3}), coarse("h", {3, 3}), {1, 2, 3});
  for (const char* wrong : {"0", "-1", "1.5", "99999999999999999999", "x"}) {
    const Answer refused = run(c.arguments + "--rows " + wrong);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.out, Catch::Contains("--rows"));
    CHECK(refused.out.size() < 200);
  }
  CHECK(run(c.arguments + "--rows 2").exit_code == 0);
  CHECK_THAT(run("head --help").out,
             Catch::Contains("F64, F32, BF16 or F16") && Catch::Contains("I64, I32") && Catch::Contains("Example"));
}

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
  CHECK_THAT(table.out, Catch::Contains("3 positions (5 ignored)") && Catch::Contains("random heads of rank 3: ") &&
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
