// SPDX-License-Identifier: Apache-2.0
// etalon bench — the time AND the bits. A change that is faster and prints other bits is not an optimisation: it is
// a different function.
//
// Soft entropy is timed against NumPy where there is one (bench/soft.cpp), bottleneck curves against the plain equations
// (bench/bottleneck.cpp).
//
// Each product is timed in one run against OpenBLAS on one thread, the two taking turns, best of many: what a busy machine
// takes, it takes from both. Each result is compared with the three naive loops, bit for bit, and hashed.
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/bits.h"
#include "base/error.h"
#include "base/sha256.h"
#include "bench/bottleneck.h"
#include "bench/soft.h"
#include "command.h"
#include "commands.h"
#include "op/gelu.h"
#include "op/gelu_tanh.h"
#include "op/softmax.h"
#include "say.h"
#include "tensor/kernel/choose.h"
#include "tensor/matmul.h"
#include "tensor/random.h"

namespace etalon::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  bool json = false, quick = false;
  double at_least = 0;  // the smallest ratio to OpenBLAS that is right; 0: none is asked for
};

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The shortest of at least `n_least` runs each, the two taking turns, until a budget of time is spent.
struct Turns {
  double first = 1e30, second = 1e30;
};
Turns best_of(const std::function<void()>& first, const std::function<void()>& second, int n_least, double budget) {
  Turns best;
  double spent = 0;
  for (int turn = 0; turn < n_least || spent < budget; ++turn) {
    const double one = seconds_of(first), other = seconds_of(second);
    best = {std::min(best.first, one), std::min(best.second, other)};
    spent += one + other;
  }
  return best;
}

// SHA-256 of the entries as little-endian words, on every machine.
std::string hash_of(const Tensor<double>& x) {
  std::string bytes;
  for (long i = 0; i < x.size(); ++i)
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(to_bits(x[i]) >> shift);
  return sha256(bytes);
}

long n_different(const Tensor<double>& x, const Tensor<double>& y) {
  long n = 0;
  for (long i = 0; i < x.size(); ++i) n += !same_bits(x[i], y[i]);
  return n;
}

// How many entries of a product have other bits than the definition; and whether the same count finds what was planted in a copy of the
// definition: a count that finds nothing there is no evidence.
struct Compared {
  long ours = 0, theirs = 0, planted = 0, planted_found = 0;
};
Compared compared(const Tensor<double>& ours, const Tensor<double>& theirs, const Tensor<double>& defined) {
  Tensor<double> moved = defined;
  Compared c;
  for (long i = 0; i < moved.size(); i += 1 + moved.size() / 3, ++c.planted) moved[i] = from_bits(to_bits(moved[i]) + 1);
  std::tie(c.ours, c.theirs, c.planted_found) =
      std::tuple(n_different(ours, defined), n_different(theirs, defined), n_different(moved, defined));
  return c;
}

// c [m, p] = a [m, n] b [n, p]; each factor stored as it is written, or transposed.
struct Example {
  const char* name;
  long m, n, p;
  bool a_transposed = false, b_transposed = false;
};
constexpr Example kProducts[] = {
    {"attention scores, D = 16", 64, 16, 64, false, true},
    {"64^3", 64, 64, 64},
    {"256^3", 256, 256, 256},
    {"512^3", 512, 512, 512},
    {"512^3, b transposed", 512, 512, 512, false, true},
    {"512^3, a transposed", 512, 512, 512, true, false},
    {"tall", 8192, 64, 64},
    {"a small head", 128, 64, 8192, false, true},
    {"1024^3", 1024, 1024, 1024},
};
constexpr Example kQuickProducts[] = {{"64^3", 64, 64, 64}, {"a odd, b transposed", 67, 300, 41, false, true}};

// Products of two normal entries: all 53 bits are in use. (Entries of one normal_tensor are small multiples of one scale; their
// sums are nearly exact in any order, and every order would look equal.)
Tensor<double> entries(const std::string& name, const Shape& shape) {
  auto x = normal_tensor(Stream(1, "bench." + name), shape, 0, 1);
  const auto factor = normal_tensor(Stream(2, "bench." + name), shape, 0, 1);
  for (long i = 0; i < x.size(); ++i) x[i] = x[i] * factor[i];
  return x;
}

Json bench_product(const Example& x, const Options& options) {
  // Make the factors, stored as they are written or transposed
  const auto a = x.a_transposed ? entries("a", Shape{x.n, x.m}) : entries("a", Shape{x.m, x.n});
  const auto b = x.b_transposed ? entries("b", Shape{x.p, x.n}) : entries("b", Shape{x.n, x.p});
  const Matrix<const double> a_mn = x.a_transposed ? a.rows().transposed() : a.rows();
  const Matrix<const double> b_np = x.b_transposed ? b.rows().transposed() : b.rows();
  Tensor<double> ours(Shape{x.m, x.p}), theirs(Shape{x.m, x.p}), defined(Shape{x.m, x.p});

  // Time our product and OpenBLAS's in turns
  const auto run_ours = [&] { matmul<double>(a_mn, b_np, ours.rows()); };
  const auto run_theirs = [&] {
    cblas_dgemm(CblasRowMajor, x.a_transposed ? CblasTrans : CblasNoTrans, x.b_transposed ? CblasTrans : CblasNoTrans,
                static_cast<int>(x.m), static_cast<int>(x.p), static_cast<int>(x.n), 1, a.data(), static_cast<int>(a.n_cols()),
                b.data(), static_cast<int>(b.n_cols()), 0, theirs.data(), static_cast<int>(x.p));
  };
  const Turns best = best_of(run_ours, run_theirs, options.quick ? 2 : 9, options.quick ? 0.01 : 0.6);

  // Time the definition once; it reads b by columns, so its b has them contiguous, the same numbers
  Tensor<double> b_by_columns(Shape{x.p, x.n});
  for (long k = 0; k < x.n; ++k)
    for (long j = 0; j < x.p; ++j) b_by_columns[j * x.n + k] = b_np(k, j);
  const double naive =
      seconds_of([&] { matmul_by_definition<double>(a_mn, std::as_const(b_by_columns).rows().transposed(), defined.rows()); });

  // Count the bits that differ, and report them beside the rates
  const Compared different = compared(ours, theirs, defined);
  const double gigaflop = 2e-9 * static_cast<double>(x.m) * static_cast<double>(x.n) * static_cast<double>(x.p);
  Json row = {{"product", x.name},
              {"m", x.m},
              {"n", x.n},
              {"p", x.p},
              {"a_transposed", x.a_transposed},
              {"b_transposed", x.b_transposed},
              {"gflops", gigaflop / best.first},
              {"openblas_gflops", gigaflop / best.second},
              {"naive_gflops", gigaflop / naive},
              {"ratio", best.second / best.first}};

  // Add the counts and the hash
  row["entries"] = ours.size();
  row["entries_unlike_definition"] = different.ours;
  row["openblas_entries_unlike_definition"] = different.theirs;
  row["planted_entries"] = different.planted;
  row["planted_entries_found"] = different.planted_found;
  row["sha256"] = hash_of(ours);
  return row;
}

template <op::Page Op>
Json bench_page(const Shape& shape, const Options& options) {
  const auto x = entries("page", shape);
  Tensor<double> y;
  const auto forward = [&] { y = Op::forward({}, Args<double>{&x}); };
  const auto backward = [&] { Op::vjp({}, Args<double>{&x}, y, x); };
  const Turns best = best_of(forward, backward, options.quick ? 2 : 5, options.quick ? 0.01 : 0.2);
  const double n = static_cast<double>(x.size());
  return {{"op", Op::kName},
          {"shape", shape.extents()},
          {"forward_ns_per_entry", 1e9 * best.first / n},
          {"vjp_ns_per_entry", 1e9 * best.second / n},
          {"sha256", hash_of(y)}};
}

void print(const Json& report) {
  // Print where it ran, and the head of the table
  say("kernel %s, %d thread(s); OpenBLAS for %s, 1 thread\n\n", report["kernel"].get<std::string>().c_str(),
      report["threads"].get<int>(), report["openblas_core"].get<std::string>().c_str());
  say("%-26s %8s %9s %7s %7s   %-22s %-22s %s\n", "product", "GFLOP/s", "OpenBLAS", "naive", "ratio", "bits of the definition",
      "OpenBLAS's bits", "sha256");
  const auto verdict = [](long n) { return n == 0 ? std::string("equal") : std::to_string(n) + " entries differ"; };

  // Print a line for each product
  for (const Json& row : report["products"])
    say("%-26s %8.2f %9.2f %7.2f %7.2f   %-22s %-22s %.16s\n", row["product"].get<std::string>().c_str(),
        row["gflops"].get<double>(), row["openblas_gflops"].get<double>(), row["naive_gflops"].get<double>(),
        row["ratio"].get<double>(), verdict(row["entries_unlike_definition"]).c_str(),
        verdict(row["openblas_entries_unlike_definition"]).c_str(), row["sha256"].get<std::string>().c_str());

  // Print a line for each op, then the two other parts
  say("\n%-12s %-14s %16s %12s   %s\n", "op", "shape", "forward ns/entry", "vjp ns/entry", "sha256");
  for (const Json& row : report["ops"])
    say("%-12s %-14s %16.2f %12.2f   %.16s\n", row["op"].get<std::string>().c_str(), row["shape"].dump().c_str(),
        row["forward_ns_per_entry"].get<double>(), row["vjp_ns_per_entry"].get<double>(), row["sha256"].get<std::string>().c_str());
  print_soft_entropy(report["soft_entropy"]);
  print_bottleneck(report["bottleneck"]);
}

// Right: every product has the bits of the definition, and none is slower than what was asked for.
Exit verdict(const Json& report, double at_least) {
  Exit answer = kRight;
  for (const Json& row : report["products"]) {
    if (row["entries_unlike_definition"].get<long>() > 0) answer = kWrong;
    if (row["planted_entries_found"] != row["planted_entries"]) answer = kWrong;  // the count cannot count
    if (row["ratio"].get<double>() >= at_least) continue;
    note("%s: %.2f of OpenBLAS, less than the %.2f asked for\n", row["product"].get<std::string>().c_str(),
         row["ratio"].get<double>(), at_least);
    answer = kWrong;
  }
  return answer;
}

Json measure(const Options& options) {
  openblas_set_num_threads(1);
  Json report = {{"kernel", kernel::chosen().name},   {"threads", kernel::n_threads()}, {"openblas_core", openblas_get_corename()},
                 {"openblas", openblas_get_config()}, {"products", Json::array()},      {"ops", Json::array()}};
  const auto add_products = [&](const auto& examples) {
    for (const Example& example : examples) report["products"].push_back(bench_product(example, options));
  };
  options.quick ? add_products(kQuickProducts) : add_products(kProducts);
  const Shape shape = options.quick ? Shape{16, 64} : Shape{256, 1024};
  report["ops"].push_back(bench_page<op::Softmax>(shape, options));
  report["ops"].push_back(bench_page<op::Gelu>(shape, options));
  report["ops"].push_back(bench_page<op::GeluTanh>(shape, options));
  report["soft_entropy"] = bench_soft_entropy(options.quick);
  report["bottleneck"] = bench_bottleneck(options.quick);
  return report;
}

}  // namespace

void add_bench(CLI::App& etalon, int& exit_code) {
  const auto options = std::make_shared<Options>();

  // Declare the command and its options
  CLI::App* bench =
      etalon.add_subcommand("bench", "Time matrix products beside OpenBLAS, and check that their bits are those of the definition");
  bench->add_flag("--json", options->json, "print JSON");
  bench->add_flag("--quick", options->quick, "use small sizes and little time: the bits are checked, but the times mean little");
  bench
      ->add_option("--at-least", options->at_least,
                   "exit with code 1 if the speed of a product is below this share of that of OpenBLAS")
      ->check(CLI::Range(0.0, 100.0));

  // Show examples, and run
  bench->footer(
      "Softmax, GELU, soft entropy (beside NumPy) and the bottleneck solver are timed as well.\n"
      "ETALON_ISA=sse2|avx2|avx512 and ETALON_THREADS=n choose the kernel of the products.\n"
      "Exit code 1: some bits differ from the definition, or a product is slower than --at-least asks.\n"
      "Examples\n"
      "  etalon bench --quick\n"
      "  etalon bench                    full sizes, for a machine that does nothing else");
  bench->callback([options, &exit_code] {
    const Json report = measure(*options);
    options->json ? static_cast<void>(say("%s\n", report.dump(2).c_str())) : print(report);
    exit_code = verdict(report, options->at_least);
  });
}

}  // namespace etalon::app
