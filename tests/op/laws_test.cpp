// SPDX-License-Identifier: Apache-2.0
// One loop over the book: every law on every page, and every law is shown to catch a liar.
#include <catch2/catch.hpp>

#include "law/duality.h"
#include "law/enclosure.h"
#include "law/planted.h"
#include "law/taint.h"
#include "op/book.h"

using namespace etalon;

TEST_CASE("laws: each VJP is the transpose of its forward pass", "[op][law]") {
  op::for_each_page([]<op::Page Op>() {
    for (const auto& example : Op::cases()) {
      INFO(Op::kName << " / " << example.name);
      const auto law = law::duality<Op>(example);
      CHECK(law.holds);
      CHECK(law.tightness < 1e-40);
    }
  });
}

namespace {

// True if some case of the page refuses a VJP whose k-th cotangent is off, or if the page has no k-th input.
template <class Op, std::size_t k>
bool catches_vjp_off_in() {
  bool has_input = false;
  for (const auto& example : Op::cases()) {
    if (example.inputs.size() <= k) continue;
    has_input = true;
    if (!law::duality<law::VjpOff<Op, k>>(example).holds) return true;
  }
  return !has_input;
}

}  // namespace

TEST_CASE("laws: duality catches a VJP that is off by a part in 2^40, in any input", "[op][law][planted]") {
  op::for_each_page([]<op::Page Op>() {
    INFO(Op::kName);
    for (const auto& example : Op::cases()) REQUIRE(example.inputs.size() <= 3);
    CHECK(catches_vjp_off_in<Op, 0>());
    CHECK(catches_vjp_off_in<Op, 1>());
    CHECK(catches_vjp_off_in<Op, 2>());
  });
}

TEST_CASE("laws: double stays inside each page's bound, and the bound says something", "[op][law]") {
  op::for_each_page([]<op::Page Op>() {
    double slack = 1;
    for (const auto& example : Op::cases()) {
      INFO(Op::kName << " / " << example.name);
      const auto law = law::keeps_its_bound<Op>(example);
      CAPTURE(law.first_broken);
      CHECK(law.kept);
      slack = law.slack < slack ? law.slack : slack;
    }
    INFO(Op::kName);
    CHECK(slack < 1e-12);
  });
}

TEST_CASE("laws: float stays inside each page's bound at its own unit roundoff", "[op][law]") {
  op::for_each_page([]<op::Page Op>() {
    for (const auto& example : Op::cases()) {
      INFO(Op::kName << " / " << example.name);
      const auto law = law::keeps_its_bound_in_float<Op>(example);
      CAPTURE(law.first_broken);
      CHECK(law.kept);
    }
  });
}

TEST_CASE("laws: the bound catches an output that is off by three bounds", "[op][law][planted]") {
  op::for_each_page([]<op::Page Op>() {
    bool caught = false;
    bool caught_in_float = false;
    for (const auto& example : Op::cases()) {
      caught |= !law::keeps_its_bound<law::ForwardOff<Op>>(example).kept;
      caught_in_float |= !law::keeps_its_bound_in_float<law::ForwardOff<Op>>(example).kept;
    }
    INFO(Op::kName);
    CHECK(caught);
    CHECK(caught_in_float);
  });
}

TEST_CASE("laws: NaN goes where the poisoned entry goes, and nowhere else", "[op][law]") {
  op::for_each_page([]<op::Page Op>() {
    for (const auto& example : Op::cases())
      for (std::size_t which = 0; which < example.inputs.size(); ++which)
        for (long at = 0; at < example.inputs[which].size(); ++at) {
          INFO(Op::kName << " / " << example.name << ", input " << which << " entry " << at);
          CHECK(law::nan_stays_where_it_belongs<Op>(example, which, at));
        }
  });
}

TEST_CASE("laws: on the way back, too, NaN goes where the poisoned entry goes, and nowhere else", "[op][law]") {
  op::for_each_page([]<op::Page Op>() {
    for (const auto& example : Op::cases()) {
      const auto poison = [&](std::size_t which, long size) {
        for (long at = 0; at < size; ++at) {
          INFO(Op::kName << " / " << example.name << ", input " << which << " entry " << at);
          CHECK(law::nan_stays_where_it_belongs_in_vjp<Op>(example, which, at));
        }
      };
      for (std::size_t which = 0; which < example.inputs.size(); ++which) poison(which, example.inputs[which].size());
      poison(example.inputs.size(), Op::shape(example.setting, Args<double>(example.inputs).shapes()).size());  // y_bar
    }
  });
}

TEST_CASE("laws: a VJP that washes NaN away is caught", "[op][law][planted]") {
  op::for_each_page([]<op::Page Op>() {
    bool caught = false;
    for (const auto& example : Op::cases())
      for (long at = 0; at < Op::shape(example.setting, Args<double>(example.inputs).shapes()).size() && !caught; ++at)
        caught = !law::nan_stays_where_it_belongs_in_vjp<law::NanWashedBack<Op>>(example, example.inputs.size(), at);
    INFO(Op::kName);
    CHECK(caught);
  });
}

TEST_CASE("laws: a page that washes NaN away is caught", "[op][law][planted]") {
  op::for_each_page([]<op::Page Op>() {
    bool caught = false;
    for (const auto& example : Op::cases()) caught |= !law::nan_stays_where_it_belongs<law::NanWashed<Op>>(example, 0, 0);
    INFO(Op::kName);
    CHECK(caught);
  });
}

TEST_CASE("laws: a page that lets NaN flood entries it does not reach is caught", "[op][law][planted]") {
  op::for_each_page([]<op::Page Op>() {
    bool has_bystander = false, caught = false;
    for (const auto& example : Op::cases()) {
      has_bystander |= law::n_untouched<Op>(example, 0, 0) > 0;
      caught |= !law::nan_stays_where_it_belongs<law::NanFlood<Op>>(example, 0, 0);
    }
    INFO(Op::kName);
    CHECK(caught == has_bystander);
  });
}

TEST_CASE("laws: each page refuses shapes that do not fit, with a hint", "[op][law]") {
  op::for_each_page([]<op::Page Op>() {
    INFO(Op::kName);
    const auto example = Op::cases().front();
    CHECK_THROWS_WITH(Op::shape(example.setting, {}),
                      Catch::StartsWith(std::string("op.") + Op::kName) && Catch::Contains("hint:"));
    // An extra axis of extent 0 in front of every input fits no page
    std::vector<Shape> shapes;
    for (const auto& x : example.inputs) shapes.push_back(x.shape());
    auto one_too_many = shapes;
    one_too_many.push_back(Shape{2});
    CHECK_THROWS_WITH(Op::shape(example.setting, one_too_many), Catch::Contains("hint:"));
    CHECK_NOTHROW(Op::shape(example.setting, shapes));
  });
}
