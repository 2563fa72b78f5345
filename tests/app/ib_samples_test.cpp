// SPDX-License-Identifier: Apache-2.0
// `etalon ib` on tables and samples as people have them: files of every kind, pipes, names; `etalon ib samples`.
// Values worked out apart from this code, in Python:
//   def plug(pairs): n = len(pairs); c, a, b = (collections.Counter(k) for k in (pairs, [p[0] for p in pairs], [p[1] for p in pairs]))
//                    return math.fsum(v / n * math.log(v * n / (a[x] * b[y])) for (x, y), v in c.items())
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "app/shell.h"
#include "base/file.h"

using namespace etalon;
using namespace etalon::app;

namespace {

constexpr double kPlugIn = 0.3680642071684971;  // plug([(0,0)] * 9 + [(1,1)] * 9 + [(0,1)] + [(1,0)])

std::string twenty_samples(const std::string& separator) {
  std::string text = "x" + separator + "y\n";
  for (int i = 0; i < 9; ++i) text += "0" + separator + "0\n1" + separator + "1\n";
  return text + "0" + separator + "1\n1" + separator + "0\n";
}

double value(const std::string& out, const std::string& name) {
  const auto document = nlohmann::json::parse(out);
  for (const auto& r : document["records"])
    if (r["name"] == name) return r["value"];
  FAIL(name << " is not among\n" << out);
  return 0;
}

bool near(double a, double b) { return a > b - 1e-14 && a < b + 1e-14; }

}  // namespace

TEST_CASE("etalon ib samples: plug-in, Miller-Madow, a control and what they are worth", "[app][samples]") {
  const Folder folder;
  write_text(folder / "s.csv", twenty_samples(";"));
  const Answer json = run("ib samples --json " + folder / "s.csv", kOutputOnly);
  REQUIRE(json.exit_code == 0);
  CHECK(near(value(json.out, "I plug-in"), kPlugIn));
  CHECK(near(value(json.out, "I Miller-Madow"), kPlugIn + (2.0 + 2 - 4 - 1) / 40));
  CHECK(near(value(json.out, "H(X)"), 0.6931471805599453));
  CHECK(value(json.out, "shuffled") < 0.2);
  const auto document = nlohmann::json::parse(json.out);
  CHECK(document["samples"] == 20);
  CHECK(document["pairs"] == 4);
  CHECK(document["plug_in_bias"] == 0.025);  // (2 - 1)(2 - 1)/40
  CHECK(document["records"][2]["kind"] == "estimate");
  const Answer text = run("ib samples " + folder / "s.csv");
  CHECK_THAT(text.out, Catch::Contains("X: x, Y: y; 20 samples, 2 values of X, 2 of Y, 4 of 4 pairs occur") &&
                           Catch::Contains("(|X| - 1)(|Y| - 1)/(2N) = 0.025 nats"));
  CHECK_THAT(text.out, !Catch::Contains("KSG"));  // whole numbers with ties: nothing to say of neighbours

  // The table goes on into the other subcommands, with its names
  REQUIRE(run("ib samples --table " + folder / "p.json" + " " + folder / "s.csv").exit_code == 0);
  const Answer entropies = run("ib entropies --json " + folder / "p.json");
  CHECK(near(value(entropies.out, "I(X;Y)"), kPlugIn));
  CHECK(nlohmann::json::parse(entropies.out)["x"] == nlohmann::json({"0", "1"}));
}

TEST_CASE("etalon ib samples: KSG of real numbers; ties are said, bins make symbols", "[app][samples]") {
  const Folder folder;
  // 8/15 by the definition, in Python with fractions: psi(1) + psi(6) - mean of psi(n_x + 1) + psi(n_y + 1)
  write_text(folder / "r.txt", "0.11 0.2\n0.42 0.31\n0.75 0.9\n0.25 0.13\n0.98 0.64\n0.57 0.78\n");
  const Answer real = run("ib samples --json --k 1 " + folder / "r.txt");
  CHECK(value(real.out, "I KSG-1") == 8.0 / 15);
  CHECK_THAT(run("ib samples --k 1 " + folder / "r.txt").out, Catch::Contains("An artefact: every sample has labels of its own"));
  CHECK_THAT(run("ib samples --k 6 " + folder / "r.txt").out,
             Catch::Contains("KSG is left out: information.ksg: expected 1 <= k < N"));

  // Two bins from .11 to .98 and from .13 to .9: x 0 0 1 0 1 1, y 0 0 1 0 1 1
  const Answer binned = run("ib samples --bins 2 " + folder / "r.txt");
  CHECK_THAT(binned.out, Catch::Contains("2 values of X, 2 of Y, 2 of 4 pairs occur") &&
                             Catch::Contains("2 bins from 0.11 to 0.98, half open, outside: clamp"));
  CHECK(near(value(run("ib samples --json --bins 2 " + folder / "r.txt", kOutputOnly).out, "I plug-in"), 0.6931471805599453));
  write_text(folder / "ties.txt", "0.5 0.2\n0.5 0.3\n0.7 0.9\n0.1 0.4\n");
  CHECK_THAT(run("ib samples --k 1 " + folder / "ties.txt").out,
             Catch::Contains("KSG is left out: information.ksg: expected distinct rows"));

  // Three columns have to be told apart
  write_text(folder / "three.csv", "a,b,c\nx,0,p\nx,1,q\ny,0,q\ny,1,p\nx,0,p\nx,1,q\ny,0,q\ny,1,p\n");
  CHECK_THAT(run("ib samples " + folder / "three.csv").out, Catch::Contains("expected two columns, or --x and --y"));
  const Answer parity = run("ib samples --json --x a,2 --y c " + folder / "three.csv");
  CHECK(near(value(parity.out, "I plug-in"), 0.6931471805599453));  // c says whether a and b go together: ln 2
  CHECK(near(value(run("ib samples --json --x a --y c " + folder / "three.csv").out, "I plug-in"), 0));
}

TEST_CASE("etalon ib: samples are hinted at, and counted where that is said", "[app][samples]") {
  const Folder folder;
  write_text(folder / "s.csv", twenty_samples(","));
  const Answer refused = run("ib entropies " + folder / "s.csv");
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.out, Catch::Contains("these look like samples (x, y)") && Catch::Contains("--samples"));
  CHECK_THAT(run("ib entropies --normalise " + folder / "s.csv").out, Catch::Contains("these look like samples"));
  const Answer counted = run("ib entropies --json --samples " + folder / "s.csv", kOutputOnly);
  CHECK(near(value(counted.out, "I(X;Y)"), kPlugIn));
  CHECK(nlohmann::json::parse(counted.out)["samples"] == 20);
  CHECK_THAT(run("ib entropies --samples " + folder / "s.csv").out,
             Catch::Contains("relative frequencies of 20 samples") && Catch::Contains("too large by about 0.025 nats"));
  CHECK(run("ib entropies --samples --normalise " + folder / "s.csv").exit_code == 2);
  CHECK_THAT(run("ib curve --betas 2 --samples " + folder / "s.csv").out, Catch::Contains("I(X;Y) 0.368064"));
  CHECK(near(value(run("ib bounds --json --from-samples " + folder / "s.csv", kOutputOnly).out, "I(X;Y)"), kPlugIn));
  write_text(folder / "w.csv", "sky,street\nclear,dry\nrain,wet\n");
  CHECK_THAT(run("ib entropies " + folder / "w.csv").out, Catch::Contains("etalon ib samples FILE"));
  CHECK_THAT(run("ib entropies --samples " + folder / "w.csv").out,
             Catch::Contains("the first line is taken for names: 'sky', 'street'"));
}

TEST_CASE("etalon ib: tables from pipes and standard input, with names", "[app][samples]") {
  const Folder folder;
  const std::string etalon = ETALON_BINARY_DIR "/app/etalon ";
  const std::string table = "day\tdry\twet\nsun\t0.675\t0.075\nrain\t0.075\t0.175\n";
  write_text(folder / "p.tsv", table);
  for (const std::string& from :
       {"< " + folder / "p.tsv" + " " + etalon + "ib entropies -", "cat " + folder / "p.tsv" + " | " + etalon + "ib entropies -",
        "cat " + folder / "p.tsv" + " | " + etalon + "ib entropies /dev/stdin",
        "bash -c '" + etalon + "ib entropies <(cat " + folder / "p.tsv" + ")'"}) {
    INFO(from);
    const Answer answer = shell(from + " 2>&1");
    CHECK(answer.exit_code == 0);
    CHECK_THAT(answer.out,
               Catch::Contains("x        sun, rain\ny        dry, wet\n") && Catch::Contains("I(X;Y)   0.165806839061498"));
  }
  const std::string npz = ETALON_SOURCE_DIR "/tests/file/data/deflated.npz:counts";
  CHECK_THAT(run("ib entropies --normalise " + npz).out,
             Catch::Contains("divided by its total 40") && Catch::Contains("0.165806839061498"));
  CHECK_THAT(
      shell("cat " ETALON_SOURCE_DIR "/tests/file/data/stored.npz | " + etalon + "ib entropies --normalise /dev/stdin:counts 2>&1")
          .out,
      Catch::Contains("0.165806839061498"));

  // Names of a stranger do not reach the terminal raw
  write_text(folder / "evil.csv", ",\"dry\x1b[2J\",\"wet\nright: all\"\nsun,0.675,0.075\nrain,0.075,0.175\n");
  const Answer evil = run("ib entropies " + folder / "evil.csv");
  CHECK(evil.exit_code == 0);
  CHECK_THAT(evil.out, !Catch::Contains("\x1b") && !Catch::Contains("\nright"));
  CHECK(nlohmann::json::parse(run("ib entropies --json " + folder / "evil.csv").out)["y"].size() == 2);
  write_text(folder / "latin1.csv", ",d\xfcrr,wet\nsun,0.675,0.075\nrain,0.075,0.175\n");
  CHECK(nlohmann::json::parse(run("ib entropies --json " + folder / "latin1.csv").out)["y"][0] == "d\xef\xbf\xbdrr");

  // A numeric first line is said; a channel on its side is known
  write_text(folder / "numbered.csv", ",0,1\n0,0.675,0.075\n1,0.075,0.175\n");
  CHECK_THAT(run("ib entropies " + folder / "numbered.csv").out, Catch::Contains("the first line is taken for names: '0', '1'"));
  write_text(folder / "side.csv", "0.9,0.1,0.5\n0.1,0.9,0.5\n");
  CHECK_THAT(run("ib capacity " + folder / "side.csv").out, Catch::Contains("lies on its side"));
  write_text(folder / "p.csv", "0.675,0.075\n0.075,0.175\n");
  write_text(folder / "q.csv", "0.3,0.3\n0.5,0.5\n");
  CHECK_THAT(run("ib bounds --decoder " + folder / "q.csv" + " " + folder / "p.csv").out,
             Catch::Contains("is an entry missing") && !Catch::Contains("look like logits"));
}
