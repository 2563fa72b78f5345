// SPDX-License-Identifier: Apache-2.0
// etalon ib samples — estimates of I(X;Y) from raw samples, with what each of them can and cannot say.
#include "file/samples.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "base/terminal.h"
#include "ib/ib.h"
#include "ib_oracle/joint_file.h"
#include "information/readout/binning.h"
#include "information/readout/ksg.h"
#include "information/readout/soft_entropy.h"
#include "say.h"

namespace etalon::app {
namespace {

constexpr long kMostForKsg = 20000;  // O(N^2): a few seconds

struct Options {
  std::string file, first_line = "tell", table;
  std::vector<std::string> x, y;
  long bins = 0, k = 3;
  std::uint64_t seed = 0;
  Output output;
};

// One side: its columns as they are, and their tuples as symbols.
struct Side {
  std::vector<const file::SampleColumn*> columns;
  file::SampleColumn symbols;
  bool numbers() const {
    return std::none_of(columns.begin(), columns.end(), [](const auto* c) { return c->numbers.empty(); });
  }
  // [N, columns]
  Tensor<double> vectors() const {
    const long n = static_cast<long>(symbols.symbols.size()), d = static_cast<long>(columns.size());
    auto all = Tensor<double>::to_fill(Shape{n, d});
    for (long i = 0; i < n; ++i)
      for (long j = 0; j < d; ++j) all[i * d + j] = columns[j]->numbers[i];
    return all;
  }
};

bool has_fractions(const file::SampleColumn& column) {
  return std::any_of(column.numbers.begin(), column.numbers.end(), [](double x) { return x != std::floor(x); });
}

// Cuts every column that holds numbers other than whole ones into n bins from its smallest to its largest number.
void bin(file::Samples& samples, long n) {
  for (auto& column : samples.columns) {
    if (!has_fractions(column)) continue;
    const auto [low, high] = std::minmax_element(column.numbers.begin(), column.numbers.end());
    if (*low == *high) continue;
    const auto bins = information::Bins::equal(*low, *high, n, information::Outside::clamp);
    const auto binned = information::binned_rows(Tensor<double>(Shape{samples.n, 1}, column.numbers), bins);
    column.symbols = binned.labels;
    column.values.assign(binned.n_labels, "");
    for (std::size_t i = 0; i < binned.labels.size(); ++i)
      column.values[binned.labels[i]] = "bin " + std::to_string(bins.number_of(column.numbers[i]));
    note("%s: %s\n", safe_name(column.name).c_str(), binned.definition.c_str());
  }
}

Side side(const file::Samples& samples, const std::vector<std::string>& names, std::size_t otherwise, const std::string& file) {
  Side s;
  for (const auto& name : names) s.columns.push_back(&file::column_named(samples, name, file));
  if (names.empty()) s.columns.push_back(&samples.columns[otherwise]);
  s.symbols = file::combined(s.columns);
  return s;
}

// KSG estimates of columns of numbers. Where ties rule them out it says so, if the numbers are real ones.
void add_ksg(std::vector<information::Record>& records, const Side& x, const Side& y, const Options& o) {
  if (!x.numbers() || !y.numbers()) return;
  const auto real = [](const Side& s) {
    return std::any_of(s.columns.begin(), s.columns.end(), [](const auto* c) { return has_fractions(*c); });
  };
  const long n = static_cast<long>(x.symbols.symbols.size());
  try {
    if (n > kMostForKsg)
      throw Error("KSG", "at most " + std::to_string(kMostForKsg) + " samples, for it compares all pairs", std::to_string(n),
                  "take some of them");
    const auto vectors_x = x.vectors(), vectors_y = y.vectors();
    for (const auto rule : {information::KsgRule::ksg1, information::KsgRule::ksg2})
      records.push_back(record(std::string("I ") + to_string(rule), information::ksg(vectors_x, vectors_y, o.k, rule).mutual));
  } catch (const Error& e) {
    if (real(x) || real(y)) note("KSG is left out: %s\n", e.what());
  }
}

// What the numbers above it do not say.
void print_caveats(const Output& o, const Side& x, const Side& y, const std::vector<information::Record>& records) {
  // Say what the plug-in value is worth
  const long n = static_cast<long>(x.symbols.symbols.size()), n_x = static_cast<long>(x.symbols.values.size()),
             n_y = static_cast<long>(y.symbols.values.size());
  for (const auto& [what, text] : records[2].how.choices)
    if (what == "artefact") say("\nAn artefact: %s. --bins N makes symbols of real numbers.\n", text.c_str());
  say("\nWhat these numbers do not say\n"
      "  - They are estimates of what the samples were drawn from; only of the %ld samples themselves `plug-in` is exact.\n"
      "  - Plug-in is too large by about (|X| - 1)(|Y| - 1)/(2N) = %s %s on average; Miller-Madow takes off what it expects of\n"
      "    that from the pairs that occur, and may be off either way where most pairs occur once or never.\n"
      "  - `shuffled` is the plug-in value of the same symbols in a random order, where the truth is 0: what is no larger than\n"
      "    it is no sign of dependence.\n",
      n, shortest(o.in_units(plug_in_bias(n_x, n_y, n))).c_str(), o.units.c_str());

  // And the estimates from neighbours, where there are any
  if (std::any_of(records.begin(), records.end(), [](const auto& r) { return r.name.starts_with("I KSG"); }))
    say("  - KSG assumes a density and independent samples; its spread falls as 1/sqrt(N), and for strong dependence it is too "
        "small.\n");
}

void run_samples(const Options& o) {
  // Read the samples, and choose x and y
  const auto first = o.first_line == "names"    ? file::FirstLine::names
                     : o.first_line == "sample" ? file::FirstLine::sample
                                                : file::FirstLine::as_it_tells;
  auto samples = file::read_samples(o.file, first);
  if (!samples.remark.empty()) note("%s\n", safe_name(samples.remark).c_str());
  if (samples.columns.size() != 2 && (o.x.empty() || o.y.empty()))
    throw Error(o.file, "two columns, or --x and --y", std::to_string(samples.columns.size()) + " columns",
                "name the columns: --x 1,2 --y weather");
  if (o.bins > 0) bin(samples, o.bins);
  const Side x = side(samples, o.x, 0, o.file), y = side(samples, o.y, 1, o.file);

  // Estimate: H(X) is what x says about itself
  const auto& a = x.symbols.symbols;
  const auto& b = y.symbols.symbols;
  const auto estimate = [&](const char* name, const information::Estimate& i) { return record(name, i); };
  std::vector<information::Record> records = {
      estimate("H(X)", information::plug_in_information(a, a)), estimate("H(Y)", information::plug_in_information(b, b)),
      estimate("I plug-in", information::plug_in_information(a, b)),
      estimate("I Miller-Madow", information::plug_in_information(a, b, information::BiasCorrection::miller_madow)),
      estimate("shuffled", information::plug_in_information(a, information::shuffled(b, o.seed)))};
  add_ksg(records, x, y, o);
  if (!o.table.empty()) {
    const auto table = ib_oracle::joint_of_samples(x.symbols, y.symbols);
    write_text(o.table, ib_oracle::joint_json(table.joint, table.x_names, table.y_names));
  }

  // Print all of it
  const long n_x = static_cast<long>(x.symbols.values.size()), n_y = static_cast<long>(y.symbols.values.size());
  std::set<std::pair<long, long>> pairs;
  for (long i = 0; i < samples.n; ++i) pairs.insert({a[i], b[i]});
  print(o.output, records,
        "X: " + safe_name(x.symbols.name) + ", Y: " + safe_name(y.symbols.name) + "; " + std::to_string(samples.n) + " samples, " +
            std::to_string(n_x) + " values of X, " + std::to_string(n_y) + " of Y, " + std::to_string(pairs.size()) + " of " +
            shortest(static_cast<double>(n_x) * static_cast<double>(n_y)) + " pairs occur",
        {{"samples", samples.n},
         {"x", safe_name(x.symbols.name)},
         {"y", safe_name(y.symbols.name)},
         {"n_x", n_x},
         {"n_y", n_y},
         {"pairs", pairs.size()},
         {"plug_in_bias", o.output.in_units(plug_in_bias(n_x, n_y, samples.n))}});
  if (!o.output.json) print_caveats(o.output, x, y, records);
}

}  // namespace

void add_ib_samples(CLI::App& ib) {
  // Declare the command and the samples
  CLI::App* command =
      ib.add_subcommand("samples", "Estimate I(X;Y) from raw samples: plug-in, Miller-Madow, nearest neighbours (KSG)");
  auto options = std::make_shared<Options>();
  command
      ->add_option(
          "FILE", options->file,
          "a line for each sample, a column for each thing observed, words or numbers: CSV, JSON, .npy, .npz, safetensors; "
          "- is standard input")
      ->required();

  // Declare the columns
  command
      ->add_option("--x", options->x, "the columns of X, by name or number from 1, separated by commas; otherwise the first of two")
      ->delimiter(',');
  command->add_option("--y", options->y, "the columns of Y; otherwise the second of two")->delimiter(',');
  command
      ->add_option("--first-line", options->first_line, "whether the first line holds names or is a sample; tell: it tells itself")
      ->check(CLI::IsMember({"tell", "names", "sample"}))
      ->capture_default_str();

  // Declare the estimates
  command->add_option("--bins", options->bins, "cut each column of real numbers into so many equal bins, and count these")
      ->check(CLI::Range(2L, 1000000L));
  command->add_option("--k", options->k, "which neighbour KSG looks at")->check(CLI::Range(1L, 1000000L))->capture_default_str();
  command->add_option("--seed", options->seed, "the seed of the shuffled control")->capture_default_str();

  // Declare what is written and printed
  command->add_option("--table", options->table,
                      "write the table of relative frequencies to this file as JSON, for the other subcommands");
  add_output_options(command, options->output);

  // Show examples, and run
  command->footer(
      "KSG is printed for columns of numbers without ties. docs/estimators.md says how far each estimate can be trusted.\n"
      "Examples\n"
      "  printf 'sky,street\\nclear,dry\\nclear,dry\\nrain,wet\\nrain,wet\\nclear,wet\\n' > days.csv\n"
      "  etalon ib samples days.csv --units bits\n"
      "  etalon ib samples days.csv --table p.json && etalon ib entropies p.json\n"
      "  printf '0.1 0.2\\n0.4 0.3\\n0.7 0.9\\n0.2 0.1\\n0.9 0.6\\n' | etalon ib samples - --k 1 --json");
  command->callback([=] { run_samples(*options); });
}

}  // namespace etalon::app
