// SPDX-License-Identifier: Apache-2.0
#include "bench/soft.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <span>

#include "base/bits.h"
#include "bench/other_program.h"
#include "file/json.h"
#include "information/readout/soft_entropy.h"
#include "say.h"
#include "tensor/random.h"

namespace etalon::app {
namespace {

using Json = nlohmann::ordered_json;

// The accumulator as published: unit rows, softmax of the scores, sums by label found with unique and where. The last opponent
// does better than that: it sorts the labels once and adds up each run.
constexpr const char* kOpponent = R"py(
import json, sys, time
import numpy as np
n, d, m, n_labels, n_turns = map(int, sys.argv[1:6])
eps = float(sys.argv[6])
data = np.frombuffer(sys.stdin.buffer.read())
z = data[:n * d].reshape(n, d).astype(np.float32)
w = data[n * d:n * d + m * d].reshape(m, d).astype(np.float32)
labels = data[n * d + m * d:].astype(np.int64)

def laws(z):
    x = (z / np.linalg.norm(z, axis=1, keepdims=True)) @ w.T
    x = x / eps
    x -= x.max(axis=1, keepdims=True)
    e = np.exp(x)
    return e / e.sum(axis=1, keepdims=True)

def entropy(sums):
    p = sums / sums.sum()
    return float(-(p * np.log(np.clip(p, 1e-9, None))).sum())

def accumulated(batch):
    total, sums, counts = np.zeros(m, np.float32), {}, {}
    for first in range(0, n, batch):
        a, l = laws(z[first:first + batch]), labels[first:first + batch]
        total = total + a.sum(axis=0)
        for label in np.unique(l):
            where = np.where(l == label)[0]
            sums[label] = sums.get(label, 0) + a[where].sum(axis=0)
            counts[label] = counts.get(label, 0) + len(where)
    return entropy(total) - sum(counts[l] / n * entropy(s) for l, s in sums.items())

def sorted_once():
    a, order = laws(z), np.argsort(labels, kind="stable")
    runs = np.unique(labels[order], return_index=True)[1]
    sums = np.add.reduceat(a[order], runs, axis=0)
    counts = np.diff(np.append(runs, n))
    return entropy(a.sum(axis=0)) - sum(c / n * entropy(s) for c, s in zip(counts, sums))

def timed(name, f):
    best = 1e9
    for _ in range(n_turns):
        start = time.perf_counter()
        value = f()
        best = min(best, time.perf_counter() - start)
    return {"name": name, "ms": 1e3 * best, "value": value}

rows = [timed("batches of 128", lambda: accumulated(128)), timed("batches of 1024", lambda: accumulated(1024)),
        timed("whole", lambda: accumulated(n)), timed("whole, labels sorted once", sorted_once)]
print(json.dumps({"numpy": np.__version__, "rows": rows}))
)py";

struct Size {
  long samples, dimension, anchors, labels, turns;
};

std::optional<Json> opponents(const Size& size, const Tensor<double>& z, const information::SoftEntropySetting& setting,
                              const std::vector<long>& labels) {
  // Put the doubles of the problem one after another, for the other program to read
  std::vector<double> numbers = z.values();
  for (const double w : setting.anchors.values()) numbers.push_back(w);
  for (const long label : labels) numbers.push_back(static_cast<double>(label));

  // Name Debian's python3, which has Debian's numpy; another may come first in PATH. Isolated (-I) it imports nothing from the folder
  // that we stand in, nor from PYTHONPATH
  std::vector<std::string> words = {"/usr/bin/python3", "-I", "-B", "-c", kOpponent};
  for (const long n : {size.samples, size.dimension, size.anchors, size.labels, size.turns}) words.push_back(std::to_string(n));
  words.push_back(shortest(setting.eps));

  // Run it, and read its answer
  const auto answer = answer_of(words, std::as_bytes(std::span(numbers)), {"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"});
  if (!answer) return std::nullopt;
  return file::parse_json(*answer, "what Python printed", "is /usr/bin/python3 Debian's, with numpy?");
}

}  // namespace

Json bench_soft_entropy(bool quick) {
  // Draw the vectors and their labels
  const Size size = quick ? Size{500, 16, 10, 8, 2} : Size{20000, 128, 100, 256, 9};
  const auto z = normal_tensor(Stream(1, "bench.z"), Shape{size.samples, size.dimension}, 0, 1);
  const auto setting = information::soft_entropy_setting(size.anchors, size.dimension);
  std::vector<long> labels;
  for (long b = 0; b < size.samples; ++b) labels.push_back(static_cast<long>(Stream(1, "bench.labels").below(size.labels, b)));

  // Take turns before and after the opponents: a busy moment takes from both
  double best = 1e30, mutual = 0;
  const auto take_turns = [&] {
    for (long turn = 0; turn < size.turns; ++turn) {
      const auto start = std::chrono::steady_clock::now();
      information::SoftEntropy soft(setting, 1);
      soft.add(z, {labels});
      mutual = soft.result().labels[0].mutual.value.value;
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
  };
  take_turns();
  const auto theirs = opponents(size, z, setting, labels);
  take_turns();

  // Write down what was measured
  Json row = {{"samples", size.samples},
              {"dimension", size.dimension},
              {"anchors", size.anchors},
              {"labels", size.labels},
              {"ms", 1e3 * best},
              {"mutual_nats", mutual},
              {"mutual_bits_of_double", hex(mutual)},
              {"opponents", Json::array()}};
  if (!theirs) {
    row["no_opponent"] = "python3 with numpy did not answer: no ratio was measured";
    return row;
  }

  // Add how many times longer each opponent took
  row["numpy"] = (*theirs)["numpy"];
  for (const Json& their : (*theirs)["rows"]) {
    const double ms = their["ms"].get<double>(), value = their["value"].get<double>();
    row["opponents"].push_back({{"name", their["name"]}, {"ms", ms}, {"ratio", ms / (1e3 * best)}, {"difference", value - mutual}});
  }
  return row;
}

void print_soft_entropy(const Json& row) {
  const auto count = [&](const char* name) { return row[name].get<long>(); };
  say("\nsoft entropy, %ld x %ld, %ld labels, %ld anchors, binary64, one pass: %.2f ms; I = %.6f nats (%s)\n", count("samples"),
      count("dimension"), count("labels"), count("anchors"), row["ms"].get<double>(), row["mutual_nats"].get<double>(),
      row["mutual_bits_of_double"].get<std::string>().c_str());
  if (row.contains("no_opponent")) say("  %s\n", row["no_opponent"].get<std::string>().c_str());
  for (const Json& their : row["opponents"])
    say("  NumPy %s, binary32, %-26s %8.2f ms, ratio %5.2f, off by %.1e\n", row["numpy"].get<std::string>().c_str(),
        (their["name"].get<std::string>() + ":").c_str(), their["ms"].get<double>(), their["ratio"].get<double>(),
        their["difference"].get<double>());
}

}  // namespace etalon::app
