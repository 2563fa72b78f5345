// SPDX-License-Identifier: Apache-2.0
#include "study/experiment.h"

#include <catch2/catch.hpp>

using namespace etalon;

namespace {

// The built-in noisy-spam experiment as text, with one piece of it replaced.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = study::built_in_experiments();
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("experiment: the built-in ones are what a file could say", "[study][experiment]") {
  const auto list = study::parse_experiments(study::built_in_experiments(), "built-in");
  REQUIRE(list.size() == 2);
  CHECK(list[0].name == "noisy-spam");
  CHECK(list[0].model.vocab_size == 32);
  CHECK(list[0].model.max_length == list[0].length);
  CHECK(list[0].optimiser.learning_rate == Ratio{1, 200});
  CHECK(list[1].model.family == "llama");
  CHECK(list[1].model.n_kv_heads == 1);
}

TEST_CASE("experiment: there is a small one for each kind of source", "[study][experiment]") {
  const auto list = study::parse_experiments(study::built_in_experiments("every-source"), "built-in");
  std::vector<std::string> kinds;
  for (const auto& e : list) kinds.push_back(e.source.kind);
  CHECK(kinds == source::source_kinds());
  CHECK_THROWS_WITH(study::built_in_experiments("all"), Catch::Contains("default or every-source, got 'all'"));
}

TEST_CASE("experiment: the model may have heads of a size of its own", "[study][experiment][head_size]") {
  const auto usual = study::parse_experiments(study::built_in_experiments(), "built-in");
  const auto free = study::parse_experiments(changed("\"n_heads\": 2", "\"n_heads\": 3, \"head_size\": 6"), "mine.json");
  CHECK(usual[0].model.head_size == 4);  // width 8, 2 heads
  CHECK(free[0].model.head_size == 6);
  CHECK(free[0].model.q_width() == 18);
  CHECK(free[0].model.width == 8);
}

TEST_CASE("experiment: a refusal names the file, the field and what came", "[study][experiment][error]") {
  const auto refuses = [](const std::string& text, const std::string& words) {
    CHECK_THROWS_WITH(study::parse_experiments(text, "mine.json"), Catch::Contains(words) && Catch::Contains("hint:"));
  };
  refuses("{", "mine.json: expected JSON");
  refuses("[]", "mine.json");
  refuses("{\"experiments\": []}", "at least one experiment");
  refuses(changed("\"n_steps\": 2000", "\"n_steps\": 0"), "n_steps");
  refuses(changed("\"n_steps\": 2000", "\"n_steps\": 1.5"), "n_steps");
  refuses(changed("\"seed\": 1, ", "\"sede\": 1, "), "\"sede\"");
  refuses(changed("\"0.005\"", "0.005"), "learning_rate");
  refuses(changed("\"0.005\"", "\"fast\""), "fast");
  refuses(changed("noisy_spamlang", "noisy_spam"), "noisy_spam");
  refuses(changed("\"eps\": 0.1", "\"eps\": 1.1"), "eps");
  refuses(changed("\"family\": \"gpt2\"", "\"family\": \"gpt9\""), "gpt9");
  refuses(changed("\"n_heads\": 2", "\"n_heads\": 3"), "n_heads");
  refuses(changed("\"n_kv_heads\": 1", "\"n_kv_heads\": 1, \"head_size\": 3"), "head_size");
  refuses(changed("\"n_heads\": 2", "\"n_heads\": 2, \"head_size\": 0"), "head_size");
  refuses(changed("\"name\": \"markov\"", "\"name\": \"noisy-spam\""), "a name of its own");
  refuses(changed("\"name\": \"markov\"", "\"name\": \"../up\""), "it names files");
  refuses(changed("\"name\": \"markov\"", "\"name\": \"" + std::string(101, 'n') + "\""), "at most 100 letters");
  refuses(changed("\"n_steps\": 2000", "\"n_steps\": 2000, \"n_steps\": 3"), "a second \"n_steps\" in experiments[0]");
  refuses(std::string(1000000, '['), "brackets inside each other");
  refuses("{\"experiments\": " + std::string(1000000, '['), "brackets inside each other");
  refuses(changed("\"exact_length\": 2", "\"exact_length\": 17"), "exact_length");
  refuses(changed("\"readout_sigma\": 0.5", "\"readout_sigma\": -0.5"), "readout_sigma");
}
