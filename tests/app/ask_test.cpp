// SPDX-License-Identifier: Apache-2.0
// The commands that know a value: what they refuse, how they read numbers, what they print beside the value. truth_test.cpp
// asks for the values themselves.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "app/shell.h"
#include "base/file.h"
#include "scalar/exact.h"

using namespace etalon;
using namespace etalon::app;
using nlohmann::json;

namespace {

// What `etalon ib ... --json` prints, in a folder with a few tables.
class Asked {
 public:
  Asked() {
    write_text(folder_ / "bsc.json", "[[0.45, 0.05], [0.05, 0.45]]");
    write_text(folder_ / "p.json", "[[0.5, 0.25, 0.25]]");
    write_text(folder_ / "q.json", "[[0.5], [0.5], [0]]");
    write_text(folder_ / "r.json", "[[0.125, 0.375, 0.5]]");
    write_text(folder_ / "model.json", "[[0.75, 0.25], [0.4, 0.6]]");
    write_text(folder_ / "counts.json", "[[[1, 2], [3, 4]]]");
    write_text(folder_ / "samples.csv", "0.1\n0.7\n0.35\n0.9\n");
  }
  Answer answer(const std::string& arguments) const {
    return shell("cd " + folder_.path.string() + " && " ETALON_BINARY_DIR "/app/etalon ib " + arguments + " 2>&1");
  }
  json object(const std::string& arguments) const {
    const Answer a = answer(arguments + " --json");
    INFO(arguments << "\n" << a.out);
    CHECK(a.exit_code == 0);
    return json::parse(a.out, nullptr, false);
  }
  json record(const std::string& arguments, const std::string& name) const {
    const json document = object(arguments);
    for (const auto& r : document["records"])
      if (r["name"] == name) return r;
    return {};
  }
  double value(const std::string& arguments, const std::string& name) const { return record(arguments, name)["value"]; }

  // Exit code and text of a refusal.
  void refuses(const std::string& arguments, int exit_code, const std::string& because) const {
    const Answer a = answer(arguments);
    INFO(arguments);
    CHECK(a.exit_code == exit_code);
    CHECK_THAT(a.out, Catch::Contains(because));
  }

 private:
  Folder folder_;
};

}  // namespace

TEST_CASE("etalon ib: numbers are rounded once, and may be quotients", "[app][information]") {
  const Asked ask;
  // CLI11 alone reads the first as a neighbour: once to a long double, once more to a double
  CHECK(ask.object("channel bsc --error 0.35903036093684218")["error"] == 0.35903036093684218);
  CHECK(ask.object("channel bsc --error 0.29334087237829784")["error"] == 0.29334087237829784);
  CHECK(ask.object("channel bsc --error 1/3")["error"] == 1.0 / 3);
  CHECK(ask.object("curve bsc.json --betas 0.35903036093684218,4/3")["points"][0]["beta"] == 0.35903036093684218);
  CHECK(ask.object("curve bsc.json --betas 4/3")["points"][0]["beta"] == 4.0 / 3);
  CHECK(ask.object("continuous normal --rho -0.5")["rho"] == -0.5);
  for (const char* bad : {"1/", "/3", "1/2/3", "0.1x", "''"}) ask.refuses(std::string("channel bsc --error ") + bad, 2, "--error");
}

TEST_CASE("etalon ib: wrong parameters are usage, files that cannot be read are not", "[app][information]") {
  const Asked ask;
  ask.refuses("channel bsc --error 1.5", 2, "a probability in [0, 1], got 1.5");
  ask.refuses("channel bsc --error 1/4 --rate -1", 2, "a rate >= 0 nats");
  ask.refuses("channel z --error .5 --rate .1", 2, "bec, or bsc with uniform input");
  ask.refuses("channel bsc --error .1 --input .4,.6 --rate .1", 2, "bec, or bsc with uniform input");
  ask.refuses("channel symmetric --error .2", 2, "how many symbols");
  ask.refuses("channel bec --error .25 --symbols 3", 2, "expected nothing, got 3");
  ask.refuses("channel bec --error .25 --input .5,.6", 2, "a sum of 1");
  ask.refuses("channel bec --error .25 --input .5", 2, "2 probabilities, got 1");
  ask.refuses("channel bsc --error .1 --rate .2 --beta 3", 2, "excludes");
  ask.refuses("channel bsc --error .1 --out /proc/none/p.json", 3, "/proc/none");
  ask.refuses("continuous normal", 2, "normal --rho is required");
  ask.refuses("continuous normal --rho 0.5 --nu 3", 2, "not expected: --nu");
  ask.refuses("continuous normal --rho 2", 2, "a correlation in [-1, 1]");
  ask.refuses("rate-formula gaussian --distortion .1", 2, "gaussian --variance is required");
  ask.refuses("rate-formula laplace --scale 1 --p .1 --distortion .1", 2, "not expected: --p");
  ask.refuses("rate-formula binary --distortion -1", 2, "a distortion >= 0");
  ask.refuses("gaussian --beta 3", 2, "either --rho");
  ask.refuses("gaussian --covariance-x bsc.json --beta 3", 2, "either --rho");
  ask.refuses("gaussian --rho 1 --beta 3", 2, "correlations in (-1, 1)");
  ask.refuses("gaussian --covariance-x none.json --covariance-xy none.json --covariance-y none.json", 3, "none.json");
  ask.refuses("temperature --dimension 0", 2, "2 <= d");
  ask.refuses("optima bsc.json --beta -1", 2, "a finite beta >= 0");
  ask.refuses("deterministic bsc.json --beta nan", 2, "a finite beta >= 0");
  ask.refuses("readout samples.csv --sigma 0", 2, "--sigma");
  ask.refuses("expectation bsc.json --size 100000", 3, "5000000 tables");
  ask.refuses("divergence bsc.json p.json", 3, "a law on the same symbols");
  ask.refuses("divergence bsc.json p.json --conditional", 3, "q(y|x)  2 x 2, got 1 x 3");
  ask.refuses("conditional bsc.json", 3, "lists in lists, 3 deep");
  ask.refuses("conditional counts.json", 3, "--normalise");
  ask.refuses("ksg samples.csv bsc.json", 3, "[4, 1] and [2, 2]");
}

TEST_CASE("etalon ib: what is infinite says why, what is no bound says so", "[app][information]") {
  const Asked ask;
  const auto kl = ask.record("divergence p.json q.json", "KL(P||Q)");
  CHECK(kl["value"] == "+infinity");
  CHECK(kl["why_infinite"] == "symbol 2 has p = 0.25 and q = 0");
  CHECK(ask.record("divergence p.json q.json", "CE(P,Q)")["why_infinite"] == kl["why_infinite"]);
  CHECK(etalon::abs(ask.value("divergence p.json q.json", "KL(Q||P)") - 0.5 * etalon::log(2.0)) < 1e-15);
  CHECK(ask.record("continuous normal --rho 1", "I(X;Y)")["value"] == "+infinity");
  CHECK(ask.record("rate-formula laplace --scale 2 --distortion 0", "R(0)")["value"] == "+infinity");
  CHECK(ask.object("rate-formula laplace --scale 2 --distortion 0")["betas"][0] == "+infinity");
  CHECK(ask.record("ksg samples.csv samples.csv --k 2", "KSG-1 inclusive")["kind"] == "not a bound");
  CHECK(ask.record("continuous normal --rho 0.5", "CLUB")["kind"] == "upper bound");
}

TEST_CASE("etalon ib: relations between the values", "[app][information]") {
  const Asked ask;
  const auto near = [](double x, double y) { return etalon::abs(x - y) < 1e-13; };

  // A Gaussian of two numbers is the normal law; covariances give the same correlations
  CHECK(ask.value("gaussian --rho 0.75", "I(X;Y)") == ask.value("continuous normal --rho 0.75", "I(X;Y)"));
  const auto at = ask.object("gaussian --rho -0.6,0.9 --rate 1 --units bits");
  CHECK(at["rho"] == json({0.9, -0.6}));
  CHECK(near(at["records"][2]["value"], 1));
  CHECK(at["components"] == 1);

  // Two letters with probability 1/2 are the binary source; one component is all
  CHECK(ask.value("rate-formula bernoulli --p 0.5 --distortion 0.1", "R(0.1)") ==
        ask.value("rate-formula binary --distortion 0.1", "R(0.1)"));
  CHECK(near(ask.value("rate-formula gaussian --variance 4,1,1/4 --distortion 1.25", "R(1.25)"), 2 * etalon::log(2.0)));

  // The formula of the symmetric channel is what the solver finds, and where the optimum leaves 0
  CHECK(
      near(ask.value("channel bsc --error 0.1 --beta 3", "I(X;T)"), ask.object("curve bsc.json --betas 3")["points"][0]["I(X;T)"]));
  CHECK(near(ask.object("critical-beta bsc.json")["beta"], 1 / 0.64));
  CHECK(ask.object("critical-beta bsc.json")["first_order"] == false);
  CHECK(ask.record("channel bec --error 1/4 --beta 4/3", "I(X;T)")["between"][0] == 0.0);
  CHECK(ask.record("channel bec --error 1/4 --beta 4/3", "I(X;T)")["degeneracy"] == "continuum of optima");
  CHECK(ask.object("channel bec --error 0.25 --reverse")["n_x"] == 3);

  // The cross entropy is H + KL, in both directions, and of a model H(Y|X) + E KL; JS does not care for the order
  const std::string laws = "divergence p.json r.json", model = "divergence bsc.json model.json --conditional";
  CHECK(near(ask.value(laws, "CE(P,Q)"), ask.value(laws, "H(P)") + ask.value(laws, "KL(P||Q)")));
  CHECK(near(ask.value(laws, "CE(Q,P)"), ask.value(laws, "H(Q)") + ask.value(laws, "KL(Q||P)")));
  CHECK(near(ask.value(laws, "CE(P,Q)"), 0.5 * etalon::log(8.0) + 0.25 * etalon::log(8.0 / 3) + 0.25 * etalon::log(2.0)));
  CHECK(ask.value(laws, "JS(P,Q)") == ask.value("divergence r.json p.json", "JS(P,Q)"));
  CHECK(near(ask.value(model, "CE(P,Q)"), ask.value(model, "H(Y|X)") + ask.value(model, "E KL(P||Q)")));
  CHECK(near(ask.value(model, "barber-agakov"), ask.value(model, "I(X;Y)") - ask.value(model, "E KL(P||Q)")));
  CHECK(near(ask.object("rate-formula finite --probabilities .5,.3,.2 --distortion 1/4")["betas"][0], etalon::log(6.0)));

  // Labels that are the centres themselves; three variables of which one is constant
  CHECK(near(ask.value("readout samples.csv --sigma 0.2", "I(X;T)"),
             ask.value("readout samples.csv --sigma 0.2 --weights 1/4,1/4,1/4,1/4", "I(X;T)")));
  CHECK(ask.value("conditional counts.json --normalise", "I(X;Y|Z)") == 0);
  CHECK(near(ask.value("conditional counts.json --normalise", "I(Y;Z)"), 0.00402174323048243));
  CHECK(ask.object("deterministic bsc.json --beta 3")["cluster_of"] == json({0, 1}));
  CHECK(ask.object("temperature --dimension 2")["amos"].is_null());
  CHECK(ask.value("expectation bsc.json --size 1", "E plug-in(1)") == 0);  // one sample says nothing
}
