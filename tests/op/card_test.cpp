// SPDX-License-Identifier: Apache-2.0
// The card at the head of each page is what is measured, to the letter; ETALON_WRITE_CARDS=1 writes it there.
#include "op/card.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "base/file.h"
#include "op/book.h"

using namespace etalon;
using card::Card;

namespace {

const char* const kHow = "ETALON_WRITE_CARDS=1 build/release/tests/etalon_test_op '[card]'";

std::string file_of(const char* op) { return std::string("lib/op/") + op + ".h"; }
std::string path_of(const char* op) { return std::string(ETALON_SOURCE_DIR) + "/" + file_of(op); }

std::string text_of(const Card& card) {
  return "// CARD     types  " + card.types + "\n//          error  " + card.error + "\n//          valid  " + card.valid + "\n";
}

// The lines of a page from CARD to the next empty one; "" if it has none.
std::string card_in(const std::string& page) {
  const auto from = page.find("// CARD "), to = page.find("\n//\n", from == std::string::npos ? 0 : from);
  return from == std::string::npos || to == std::string::npos ? "" : page.substr(from, to + 1 - from);
}

// The page with this card, in place of its own or above SHAPES.
std::string with_card(const std::string& page, const std::string& card) {
  const std::string old = card_in(page);
  const auto at = page.find(old.empty() ? "// SHAPES" : "// CARD ");
  return page.substr(0, at) + card + (old.empty() ? "//\n" : "") + page.substr(at + old.size());
}

// "" if the page shows this card; else its file and the lines to put there.
std::string complaint(const std::string& file, const std::string& page, const std::string& card) {
  const std::string old = card_in(page);
  if (old == card) return "";
  return file + (old.empty() ? ": no CARD. Above SHAPES belong" : ": CARD says\n" + old + "but measured are") + "\n" + card +
         "They are written by\n" + kHow + "\n";
}

template <op::Page Op>
Card measured() {
  return card::Measurement<Op>(card::input_names(read_text(path_of(Op::kName)))).card();
}

// Two ulp are lost where the page is exact: BOUND still holds.
struct Sloppy : op::Silu {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    auto y = Silu::forward(s, in);
    if constexpr (std::same_as<S, double>)
      for (long i = 0; i < y.size(); ++i)
        if (y[i] > 0x1p30) y[i] = std::nextafter(std::nextafter(y[i], 0.0), 0.0);
    return y;
  }
};

// Wrong in one binade, where no case of the page has been.
struct WrongFarOut : op::Silu {
  template <Scalar S>
  static Tensor<S> forward(const Setting& s, const Args<S>& in) {
    auto y = Silu::forward(s, in);
    if constexpr (std::same_as<S, double>)
      for (long i = 0; i < y.size(); ++i)
        if (y[i] > 0x1p100 && y[i] < 0x1p101) y[i] = 0x1p100;
    return y;
  }
};

}  // namespace

TEST_CASE("card: each page shows the card that is measured", "[op][card]") {
  const bool write = std::getenv("ETALON_WRITE_CARDS") != nullptr;
  op::for_each_page([&]<op::Page Op>() {
    const std::string page = read_text(path_of(Op::kName)), card = text_of(measured<Op>());
    if (write) write_text(path_of(Op::kName), with_card(page, card));
    const std::string told = write ? "" : complaint(file_of(Op::kName), page, card);
    std::cerr << told;  // as it is: Catch would break the lines
    INFO(file_of(Op::kName));
    CHECK(told.empty());
  });
}

TEST_CASE("card: a changed digit, a missing card and a sloppy page are refused", "[op][card][planted]") {
  const std::string page = read_text(path_of("silu")), card = card_in(page);
  REQUIRE(card.size() > 100);
  CHECK(complaint("lib/op/silu.h", page, card).empty());

  auto changed = page;
  changed[page.find(" ulp of y") - 1] ^= 1;
  CHECK_THAT(complaint("lib/op/silu.h", changed, card), Catch::StartsWith("lib/op/silu.h: CARD says") && Catch::Contains(card));
  CHECK(with_card(changed, card) == page);

  auto bare = page;
  bare.erase(page.find("// CARD "), card.size() + 3);
  CHECK_THAT(complaint("lib/op/silu.h", bare, card), Catch::StartsWith("lib/op/silu.h: no CARD.") && Catch::Contains(card));
  CHECK(with_card(bare, card) == page);

  CHECK_THAT(complaint("lib/op/silu.h", page, text_of(measured<Sloppy>())), Catch::Contains("0.8 of BOUND"));
  CHECK_THROWS_WITH(measured<WrongFarOut>(),
                    Catch::StartsWith("lib/op/silu.h: expected every output within BOUND") && Catch::Contains("x of 2^100"));
}

TEST_CASE("card: SHAPES names the inputs", "[op][card]") {
  CHECK(card::input_names("// SHAPES   x [..., C], w [O, C] or [C, O], b [O] if there is one  ->  y [..., O]") ==
        std::vector<std::string>{"x", "w", "b"});
  CHECK(card::input_names("// SHAPES   mu [..., D], log-variance v [..., D] -> y [B]") == std::vector<std::string>{"mu", "v"});
  CHECK_THROWS_WITH(card::Measurement<op::Add>({"a"}), Catch::Contains("SHAPES that name 2 inputs"));
}

TEST_CASE("card: numbers are drawn by bit pattern", "[op][card]") {
  CHECK(card::number(0, false, 0) == 1);
  CHECK(card::number(0, true, 1) == -0x1.fffffffffffffp0);
  CHECK(card::number(card::kLowest, false, 0) == 0);
  CHECK(card::number(card::kLowest, false, 1) == 0x0.fffffffffffffp-1022);
  CHECK(card::number(card::kHighest - 1, false, 1) == std::numeric_limits<double>::max());
  CHECK(card::range("x", {1024, 1024}) == "every finite x");
  CHECK(card::range("x", {511, 511}) == "|x| < 2^511");
  CHECK(card::range("x", {9, 1024}) == "x < 2^9");
  CHECK(card::range("x", {9, 510}) == "-2^510 < x < 2^9");
}
