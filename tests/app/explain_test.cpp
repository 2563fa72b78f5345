// SPDX-License-Identifier: Apache-2.0
// etalon explain: which entries there are, to the last and not beyond it, and how many contributions are printed.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "app/shell.h"
#include "missing.h"

using namespace etalon;
using namespace etalon::app;

namespace {

// dact/h.1.attn.scores of gpt2-nano is [3, 4, 19, 19].
const std::string kScores = "explain gpt2-nano dact/h.1.attn.scores ";

long n_lines_with(const std::string& text, const std::string& word) {
  long n = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++n;
  return n;
}

}  // namespace

TEST_CASE("explain: the last entry on every axis is there, and the one after it is refused", "[app][explain]") {
  const Answer last = run(kScores + "2,3,18,18");
  CHECK(last.exit_code == 0);
  CHECK(missing(last.out, "d loss / d h.1.attn.scores[2, 3, 18, 18] = ") == "");
  for (const char* beyond : {"3,3,18,18", "2,4,18,18", "2,3,19,18", "2,3,18,19"}) {
    const Answer answer = run(kScores + beyond);
    INFO(answer.out);
    CHECK(answer.exit_code == 2);
    CHECK(missing(answer.out, "an entry of [3, 4, 19, 19]") == "");
    CHECK(missing(answer.out, beyond) == "");
  }
}

TEST_CASE("explain: a flat index reaches the last entry and no further", "[app][explain]") {
  const Answer last = run(kScores + "4331");  // 3 x 4 x 19 x 19 = 4332 entries
  CHECK(last.exit_code == 0);
  CHECK(missing(last.out, "scores[2, 3, 18, 18] = ") == "");
  CHECK(run(kScores + "0").out.starts_with("d loss / d h.1.attn.scores[0, 0, 0, 0] = "));
  const Answer beyond = run(kScores + "4332");
  CHECK(beyond.exit_code == 2);
  CHECK(missing(beyond.out, "4332") == "");
}

TEST_CASE("explain: an index for each axis, or one flat index: fewer or more are refused", "[app][explain]") {
  for (const char* wrong : {"0,1", "0,1,5", "0,1,5,2,0", "0,,5,2", "0,1,5,", "-1", "x", "1e3", "0,1,5,2.5"}) {
    const Answer answer = run(kScores + "-- " + wrong);
    INFO(wrong << ": " << answer.out);
    CHECK(answer.exit_code != 0);
    CHECK(missing(answer.out, "[3, 4, 19, 19]") == "");
  }
}

TEST_CASE("explain: a tensor that is not there is refused by its name, with an index too", "[app][explain]") {
  for (const char* entry : {"", " 0", " 1,2"}) {
    const Answer answer = run(std::string("explain gpt2-nano dact/h.9.attn.scores") + entry);
    INFO(answer.out);
    CHECK(answer.exit_code == 2);
    CHECK(missing(answer.out, "'h.9.attn.scores'") == "");
  }
}

TEST_CASE("explain: --parts is how many contributions are printed, and the rest are counted", "[app][explain]") {
  using Json = nlohmann::json;
  const auto step = [&](const std::string& parts) {
    return Json::parse(run(kScores + "0,1,5,2 --json" + parts, kOutputOnly).out)[1];
  };
  const long n_parts = step("")["n_parts"];  // of the gradient at the masked scores, which the softmax of a row gives
  REQUIRE(n_parts > 3);
  for (const long n : {1L, 2L, n_parts - 1, n_parts, n_parts + 1}) {
    INFO(n << " of " << n_parts);
    const auto printed = std::min(n, n_parts);
    CHECK(step(" --parts " + std::to_string(n))["parts"].size() == static_cast<std::size_t>(printed));
    const std::string text = run(kScores + "0,1,5,2 --parts " + std::to_string(n)).out;
    const std::string second =
        text.substr(text.find("d loss", 1), text.find("\n\n", text.find("d loss", 1)) - text.find("d loss", 1));
    CHECK(n_lines_with(second, " slope  x ") == printed);
    CHECK(n_lines_with(second, "... and " + std::to_string(n_parts - n) + " more") == (n < n_parts ? 1 : 0));
    CHECK(n_lines_with(second, "sum of " + std::to_string(n_parts) + " parts") == 1);
    if (n >= n_parts) CHECK(n_lines_with(second, "more") == 0);
  }
}
