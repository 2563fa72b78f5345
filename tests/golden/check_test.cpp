// SPDX-License-Identifier: Apache-2.0
// The comparator's own test-suite: every way of being wrong must be seen, by name.
#include "golden/check.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "golden/report.h"
#include "golden/synthetic.h"

using namespace etalon;
using namespace etalon::file;
using namespace etalon::golden;

namespace {

Verdict verdict_after(const std::function<void(Candidate&)>& spoil, Precision p = Precision::fp64) {
  const Golden golden = synthetic_golden();
  Candidate candidate = perfect(golden);
  spoil(candidate);
  return check(golden, candidate, p);
}

// The values of one tensor changed by f(values).
Verdict verdict_with(const std::string& name, const std::function<void(std::vector<double>&)>& f, Precision p = Precision::fp64) {
  return verdict_after([&](Candidate& candidate) { f(tensor_in(candidate, name).values); }, p);
}

}  // namespace

TEST_CASE("check: an identical candidate passes exactly", "[check]") {
  for (const Precision p : {Precision::fp64, Precision::fp32}) {
    const auto verdict = verdict_after([](Candidate&) {}, p);
    CHECK(verdict.right());
    CHECK(verdict.first_divergence == -1);
    REQUIRE(verdict.tensors.size() == 4);
    for (const Judgement& j : verdict.tensors) {
      CHECK(j.status == Status::ok);
      CHECK(j.seen->values.max_error == 0);
      CHECK(j.seen->max_ulp == 0);
      CHECK(*j.seen->relative_l2 == 0);
    }
  }
}

TEST_CASE("check: +0 and -0 are one number: neither sign of 0 is refused, counted in ulp, or less than exact", "[check][sign]") {
  // Zeros of either sign in the golden case, outside structural zeros and inside
  const auto all_zeros = [](double zero) {
    Golden golden = synthetic_golden();
    auto& forward = golden.files.at("forward.safetensors");
    tensor_in(forward, "act/a").values[4] = zero;
    for (long i = 0; i < 4; ++i) tensor_in(forward, "act/b").values[3 * i + 2] = zero;
    return golden;
  };
  for (const double golden_zero : {0.0, -0.0})
    for (const double candidate_zero : {0.0, -0.0})
      for (const Precision p : {Precision::fp64, Precision::fp32}) {
        const auto verdict = check(all_zeros(golden_zero), perfect(all_zeros(candidate_zero)), p);
        CHECK(verdict.right());
        CHECK(verdict.exact());
        CHECK(judgement(verdict, "act/a").seen->max_ulp == 0);
        CHECK(judgement(verdict, "act/a").seen->values.max_error == 0);
      }
}

TEST_CASE("check: every wrong value is refused, in any tensor, at either precision", "[check]") {
  using Values = std::vector<double>&;
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Golden stale = synthetic_golden(6);
  const std::pair<const char*, std::function<void(Values)>> faults[] = {
      {"one NaN", [=](Values x) { x.back() = nan; }},
      {"all NaN", [=](Values x) { std::fill(x.begin(), x.end(), nan); }},
      {"one infinity", [=](Values x) { x.front() = infinity; }},
      {"minus infinity", [=](Values x) { x.front() = -infinity; }},
      {"all zero", [](Values x) { std::fill(x.begin(), x.end(), 0); }},
      {"constant", [](Values x) { std::fill(x.begin(), x.end(), 0.5); }},
      {"times two",
       [](Values x) {
         for (double& v : x) v *= 2;
       }},
      {"plus one",
       [](Values x) {
         for (double& v : x) v += 1;
       }},
      {"sign",
       [](Values x) {
         for (double& v : x) v = -v;
       }},
      {"permuted", [](Values x) { std::rotate(x.begin(), x.begin() + 1, x.end()); }},
      {"one element off", [](Values x) { x.front() += 2e-4; }},
      {"another case's values", [&](Values x) { x = stale.stored(x.size() == 12 ? "act/a" : "grad/w").values; }},
  };
  for (const char* name : {"act/a", "grad/w"})
    for (const Precision p : {Precision::fp64, Precision::fp32})
      for (const auto& [what, fault] : faults) {
        INFO(what << " in " << name << ", " << name_of(p));
        const auto verdict = verdict_with(name, fault, p);
        CHECK_FALSE(verdict.right());
        REQUIRE(verdict.first_divergence >= 0);
        CHECK(verdict.tensors[verdict.first_divergence].name == name);
        CHECK(verdict.n_wrong == 1);
      }
}

TEST_CASE("check: a transposed matrix is refused", "[check]") {
  const auto verdict = verdict_with("grad/w", [](std::vector<double>& x) {
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < i; ++j) std::swap(x[3 * i + j], x[3 * j + i]);
  });
  CHECK(judgement(verdict, "grad/w").status == Status::out_of_tolerance);
}

TEST_CASE("check: the tolerance is met from both sides", "[check]") {
  const auto off_by = [](double error) {
    return verdict_with(
               "loss", [=](std::vector<double>& x) { x[0] += error; }, Precision::fp32)
        .right();
  };
  CHECK(off_by(0.9e-4));
  CHECK(off_by(-0.9e-4));
  CHECK_FALSE(off_by(1.1e-4));
  CHECK_FALSE(off_by(-1.1e-4));
}

TEST_CASE("check: missing, duplicate and extra tensors are named", "[check]") {
  SECTION("missing") {
    const auto verdict = verdict_after([](Candidate& c) { c.files[0].tensors.erase(c.files[0].tensors.begin()); });
    CHECK_FALSE(verdict.right());
    CHECK(verdict.n_missing == 1);
    CHECK(judgement(verdict, "act/a").status == Status::missing);
  }
  SECTION("nothing at all") {
    const auto verdict = verdict_after([](Candidate& c) { c.files.clear(); });
    CHECK_FALSE(verdict.right());
    CHECK(verdict.n_missing == 4);
  }
  SECTION("duplicate across files, though both are right") {
    const auto verdict = verdict_after([](Candidate& c) {
      c.files.push_back(c.files[0]);
      c.files[1].where = "again.safetensors";
      c.files[1].tensors.resize(1);
    });
    CHECK_FALSE(verdict.right());
    REQUIRE(verdict.strays.size() == 1);
    CHECK(verdict.strays[0].kind == Stray::Kind::duplicate);
    CHECK(verdict.strays[0].name == "act/a");
    CHECK(verdict.strays[0].file == "again.safetensors");
  }
  SECTION("extra") {
    const auto verdict = verdict_after([](Candidate& c) {
      c.files[0].tensors.push_back(c.files[0].tensors[0]);
      c.files[0].tensors.back().name = "act/<&\"c";
    });
    CHECK_FALSE(verdict.right());
    REQUIRE(verdict.strays.size() == 1);
    CHECK(verdict.strays[0].kind == Stray::Kind::extra);
  }
}

TEST_CASE("check: a wrong shape or dtype is named, and its numbers are not read", "[check]") {
  const auto reshaped = verdict_after([](Candidate& c) { tensor_in(c, "act/a").shape = Shape{3, 4}; });
  CHECK(judgement(reshaped, "act/a").status == Status::wrong_shape);
  CHECK_THAT(judgement(reshaped, "act/a").note, Catch::Contains("[4, 3]") && Catch::Contains("[3, 4]"));

  const auto cut = verdict_after([](Candidate& c) {
    tensor_in(c, "act/a").shape = Shape{3, 3};
    tensor_in(c, "act/a").values.resize(9);
  });
  CHECK(judgement(cut, "act/a").status == Status::wrong_shape);

  for (const auto& [dtype, p, right] : {std::tuple{Dtype::f32, Precision::fp64, false},
                                        {Dtype::f32, Precision::fp32, true},
                                        {Dtype::bf16, Precision::fp32, false},
                                        {Dtype::f16, Precision::fp32, false}}) {
    INFO(name_of(dtype) << " for " << name_of(p));
    CHECK(verdict_after([dtype = dtype](Candidate& c) { tensor_in(c, "act/a").dtype = dtype; }, p).right() == right);
  }
  const auto whole_numbers = verdict_after([](Candidate& c) {
    StoredTensor& a = tensor_in(c, "act/a");
    a.dtype = Dtype::i64, a.integers.assign(12, 1), a.values.clear();
  });
  CHECK(judgement(whole_numbers, "act/a").status == Status::wrong_dtype);
}

TEST_CASE("check: structural zeros have an allowance of their own", "[check][zeros]") {
  const auto with_zero = [](double x) {
    return verdict_with(
        "act/b", [=](std::vector<double>& b) { b[5] = x; }, Precision::fp32);
  };
  CHECK(with_zero(0.9e-6).right());
  const auto wrong = with_zero(1.1e-6);  // far below the tolerance of the other entries
  CHECK_FALSE(wrong.right());
  const Judgement& b = judgement(wrong, "act/b");
  CHECK(b.worst == 5);
  CHECK(b.seen->values.ok());
  CHECK(b.seen->values.n_entries == 8);
  CHECK_THAT(table(wrong, synthetic_golden()), Catch::Contains("hidden") && Catch::Contains("[1, 2]"));
  CHECK_FALSE(with_zero(std::numeric_limits<double>::quiet_NaN()).right());
}

TEST_CASE("check: a comparison that zeros would pass is flagged, and nothing but such comparisons is not right",
          "[check][vacuous]") {
  Golden golden = synthetic_golden();
  golden.manifest.tensors[1].allowed[1] = Allowed{100, 1};
  auto verdict = check(golden, perfect(golden), Precision::fp32);
  CHECK(verdict.right());
  CHECK(verdict.n_vacuous == 1);
  CHECK_THAT(table(verdict, golden), Catch::Contains("ok, vacuous") && Catch::Contains("1 vacuous"));

  for (TensorEntry& entry : golden.manifest.tensors) entry.allowed[1] = Allowed{100, 1};
  verdict = check(golden, perfect(golden), Precision::fp32);
  CHECK(verdict.n_vacuous == 4);
  CHECK_FALSE(verdict.right());
}

TEST_CASE("check: the first divergence is an origin; what follows from it is not", "[check][localise]") {
  const auto verdict = verdict_after([](Candidate& c) {
    tensor_in(c, "act/b").values[0] += 1;
    tensor_in(c, "loss").values[0] += 1;
  });
  REQUIRE(verdict.first_divergence >= 0);
  const Judgement& first = verdict.tensors[verdict.first_divergence];
  CHECK(first.name == "act/b");
  CHECK(first.op == "softmax");
  CHECK(first.index == 2);
  CHECK(first.worst == 0);
  CHECK(first.candidate == first.golden + 1);
  CHECK(first.inputs_right);
  CHECK_FALSE(judgement(verdict, "loss").inputs_right);
  CHECK_FALSE(judgement(verdict, "grad/w").is_wrong());
}

TEST_CASE("check: --only judges the files it names and no others", "[check]") {
  const Golden golden = synthetic_golden();
  Candidate candidate = perfect(golden);
  candidate.files[0].tensors.pop_back();  // no grad/w
  CHECK_FALSE(check(golden, candidate, Precision::fp64).right());
  CHECK(check(golden, candidate, Precision::fp64, {"forward"}).right());
  CHECK(check(golden, candidate, Precision::fp64, {"forward"}).tensors.size() == 3);
  CHECK_THROWS_WITH(check(golden, candidate, Precision::fp64, {"sideways"}),
                    Catch::Contains("forward") && Catch::Contains("hint:"));
  CHECK(judged_files(golden) == std::vector<std::string>{"forward", "backward"});
  CHECK_THROWS_WITH(check(golden, candidate, Precision::fp64, {"forward", "inputs"}),  // there, but given
                    Catch::Contains("one of forward, backward, got 'inputs', in which nothing is judged"));
}

TEST_CASE("check: a tensor without a tolerance at a precision is not judged there, and that is said", "[check]") {
  Golden golden = synthetic_golden();
  golden.manifest.tensors[1].allowed[1] = std::nullopt;
  const auto verdict = check(golden, perfect(golden), Precision::fp32);
  CHECK(verdict.n_not_judged == 1);
  CHECK(verdict.right());
  CHECK_THAT(table(verdict, golden), Catch::Contains("1 not judged"));
}

TEST_CASE("check: relative L2 of nothing is no score, and ulp are counted in the precision", "[check]") {
  Golden golden = synthetic_golden();
  golden.files["forward.safetensors"].tensors[2].values[0] = 0;  // loss
  const auto zero = check(golden, perfect(golden), Precision::fp64);
  CHECK_FALSE(judgement(zero, "loss").seen->relative_l2.has_value());

  const auto off = [](double x, Precision p) {
    return judgement(verdict_with(
                         "loss", [=](std::vector<double>& v) { v[0] = x; }, p),
                     "loss")
        .seen->max_ulp;
  };
  CHECK(off(1.25 + 0x1p-52, Precision::fp64) == 1);
  CHECK(off(1.25 + 0x1p-23, Precision::fp32) == 1);
  CHECK(off(1.25 + 0x1p-52, Precision::fp32) == 0);
}
