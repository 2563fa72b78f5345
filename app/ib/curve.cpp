// SPDX-License-Identifier: Apache-2.0
// etalon ib curve — the most that can be kept about Y for what is kept of X.
#include <algorithm>
#include <chrono>

#include "base/bits.h"
#include "base/file.h"
#include "command.h"
#include "ib/curve_output.h"
#include "ib/ib.h"
#include "information/bottleneck/bending.h"
#include "interrupt.h"
#include "progress.h"
#include "say.h"

namespace etalon::app {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  JointInput input;
  Output output;
  std::vector<double> betas, rates;
  CurveOptions curve{32};
  information::BottleneckSetting setting;
  bool unproved = false, encoders = false;
  double certify = 0;  // seconds; 0: no limit
};

// How long proofs may take, and what is said about it once they take long.
class ProofTime {
 public:
  ProofTime(const Options& o, long n_points) : o_(o), n_points_(n_points) {}

  // The setting for the next point: proved while there is time.
  information::BottleneckSetting setting() const {
    auto setting = o_.setting;
    if (o_.unproved || over()) setting.prove = information::Prove::nothing;
    setting.stop = [this] { return interrupted() || over(); };
    return setting;
  }
  bool over() const { return o_.certify > 0 && spent() > o_.certify; }

  // After n_done points: once, as soon as it is clear that they take long, how long, and what can be done about it.
  void say_how_long(long n_done) {
    constexpr double kLong = 2;  // seconds
    if (said_ || o_.unproved || spent() < kLong || n_done < 1 || n_done >= n_points_) return;
    said_ = true;
    note(
        "Proving %ld points takes about %.0f s. --unproved only finds them, much faster; --certify 30s ends the proofs after 30 s, "
        "--max-cells N each after N cells. Ctrl-C prints what is there by then.\n",
        n_points_, spent() * static_cast<double>(n_points_) / static_cast<double>(n_done));
  }

 private:
  double spent() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  const Options& o_;
  const long n_points_;
  const Clock::time_point started_ = Clock::now();
  bool said_ = false;
};

// At the given prices, each from the one below.
CurvePoints solved_at_betas(const Options& o, const information::BottleneckProblem& problem) {
  // Put them in order; NaN has no place in one, and bottleneck() refuses it
  auto betas = o.betas;
  for (const double beta : betas)
    if (!(beta >= 0)) information::bottleneck(problem, beta, o.setting);
  std::sort(betas.begin(), betas.end());

  // Solve, until interrupted
  CurvePoints points;
  const long n = static_cast<long>(betas.size());
  Progress progress("bottleneck curve", n);
  ProofTime time(o, n);
  for (const double beta : betas) {
    if (interrupted()) break;
    const auto warm = points.empty() ? std::vector<information::Clusters>{} : std::vector{points.back().clusters};
    points.push_back(information::bottleneck(problem, beta, time.setting(), warm));
    progress.advance();
    time.say_how_long(static_cast<long>(points.size()));
  }
  return points;
}

// Where the curve bends.
CurvePoints solved_where_it_bends(const Options& o, const information::BottleneckProblem& problem) {
  information::BendingCurve curve(problem);
  Progress progress("bottleneck curve", o.curve.n_betas);
  ProofTime time(o, o.curve.n_betas);
  for (long n = 1; n < o.curve.n_betas && !interrupted();) {
    const auto beta = curve.next();
    if (!beta) break;
    curve.add(information::bottleneck(problem, *beta, time.setting(), curve.warm_starts()));
    const long now = static_cast<long>(curve.size());
    progress.advance(now - n);
    n = now;
    time.say_how_long(n);
  }
  return curve.points();
}

// Says what was kept of a curve that was interrupted.
int finished(std::size_t n_done, long n_asked) {
  if (!interrupted()) return kRight;
  note("interrupted: %zu of %ld points are solved, printed and written; proofs that were not done are left as they were.\n", n_done,
       n_asked);
  return kInterrupted;
}

// The curve at given rates, each between two numbers.
int run_rates(const Options& o, const LoadedJoint& loaded) {
  // Solve for each rate, until interrupted
  std::vector<RatePoint> rates;
  const long n = static_cast<long>(o.rates.size());
  {
    Progress progress("rates", n);
    ProofTime time(o, n);
    for (const double rate : o.rates) {
      if (interrupted()) break;
      const Nats nats = ib_oracle::from_unit(rate, o.output.unit());
      rates.push_back({nats, information::bottleneck_at_rate(loaded.joint, nats, time.setting())});
      progress.advance();
      time.say_how_long(static_cast<long>(rates.size()));
    }
  }

  // Write the files that are asked for
  if (!o.curve.csv.empty()) write_text(o.curve.csv, rates_csv(o.output, rates));
  if (!o.curve.svg.empty()) {
    Series at{"at the given rates", {}, {}, Mark::points, 2};
    for (const auto& [rate, found] : rates) {
      at.x.push_back(o.output.in_units(rate));
      at.y.push_back(o.output.in_units(found.i_y.lower.value));
    }
    write_text(o.curve.svg,
               curve_svg(o.output, information::entropies(loaded.joint), bending_points(loaded.joint, o.curve.n_betas), {at}));
  }
  print(o.output, rate_records(o.output, rates), loaded.heading, loaded.facts);
  return finished(rates.size(), n);
}

int run_curve(Options o) {
  // Read the law; at given rates, solve for them alone
  const auto loaded = load_joint(o.input);
  watch_for_interrupt();
  if (o.unproved) o.setting.prove = information::Prove::nothing;
  if (!o.rates.empty()) return run_rates(o, loaded);

  // Solve, and write the files that are asked for
  const auto e = information::entropies(loaded.joint);
  const information::BottleneckProblem problem(loaded.joint);
  const auto points = o.betas.empty() ? solved_where_it_bends(o, problem) : solved_at_betas(o, problem);
  if (!o.curve.csv.empty()) write_text(o.curve.csv, curve_csv(o.output, points));
  if (!o.curve.svg.empty()) write_text(o.curve.svg, curve_svg(o.output, e, points));

  // Print JSON, or a table
  if (o.output.json) {
    nlohmann::ordered_json object{{"units", o.output.units}};
    object.update(loaded.facts);
    for (const auto& [name, x] : {std::pair("H(X)", e.x), std::pair("I(X;Y)", e.mutual)})
      object["records"].push_back(ib_oracle::to_json(exact_record(name, x), o.output.unit()));
    object["points"] = curve_json(o.output, points, o.encoders);
    say("%s\n", object.dump(2).c_str());
  } else {
    if (o.input.normalise) say("%s\n", loaded.heading.c_str());
    say("H(X) %.6f  I(X;Y) %.6f  (%s)\n\n", o.output.in_units(e.x), o.output.in_units(e.mutual), o.output.units.c_str());
    print_curve_table(o.output, points, o.encoders);
  }
  return finished(points.size(), o.betas.empty() ? o.curve.n_betas : static_cast<long>(o.betas.size()));
}

}  // namespace

void add_ib_curve(CLI::App& ib, int& exit_code) {
  // Declare the command and the law
  CLI::App* command =
      ib.add_subcommand("curve", "Compute the bottleneck curve: the largest I(T;Y) for each I(X;T), with a proof of each point");
  auto options = std::make_shared<Options>();
  add_joint_options(command, options->input);

  // Declare the prices, or rates, that it solves for
  auto* betas = command
                    ->add_option("--betas", options->betas,
                                 "the values of beta to solve for, separated by commas; by default those where the curve bends")
                    ->delimiter(',');
  auto* rates = command
                    ->add_option("--rates", options->rates,
                                 "compute the curve at these values of I(X;T), separated by commas, in the unit of --units")
                    ->delimiter(',')
                    ->excludes(betas);

  // Declare how well each is proved
  auto* unproved =
      command->add_flag("--unproved", options->unproved, "find the points without proving them: faster, for large tables");
  command
      ->add_option("--certify", options->certify,
                   "spend at most this long on proofs, as 30s, 5m or 1h; later points are found and not proved")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}},
                                        CLI::AsNumberWithUnit::CASE_INSENSITIVE, "TIME"))
      ->check(CLI::PositiveNumber)
      ->excludes(unproved);

  // Declare how long the search may be
  command
      ->add_option("--max-cells", options->setting.max_cells, "the largest number of cells that one proof may cut the simplex into")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->excludes(unproved);
  command->add_option("--max-sweeps", options->setting.max_sweeps, "the largest number of iterations for each set of clusters")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);

  // Declare how many points there are, what is written and what is printed
  add_curve_options(command, options->curve);
  command->add_flag("--encoder", options->encoders, "print the optimal encoder q(t|x) of each point, its q(t) and centres p(y|t)")
      ->excludes(rates);
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "Each point is an encoder q(t|x) that minimises L = I(X;T) - beta I(T;Y): one nat about Y is worth beta nats about X.\n"
      "`proved` (possible where y has at most 4 values): no encoder has an L that is lower by more than `gap`.\n"
      "`grid`: a search found no encoder that is better, which is not a proof; `by search` is the gap if it missed nothing.\n"
      "Ctrl-C prints and writes the points that are solved by then; the exit code is then 130.\n"
      "Examples\n"
      "  echo '[[0.675, 0.075], [0.075, 0.175]]' > p.json\n"
      "  etalon ib curve p.json --betas 2,5,20\n"
      "  etalon ib curve p.json --betas 5 --encoder\n"
      "  etalon ib curve p.json --rates 0.1,0.2          the largest I(T;Y) of an encoder with I(X;T) = 0.1 nats, and 0.2\n"
      "  etalon ib curve p.json --units bits --certify 30s --csv curve.csv --svg curve.svg");
  command->callback([=, &exit_code] { exit_code = run_curve(*options); });
}

}  // namespace etalon::app
