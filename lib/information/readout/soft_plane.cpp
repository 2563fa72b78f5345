// SPDX-License-Identifier: Apache-2.0
#include "information/readout/soft_plane.h"

#include "base/error.h"
#include "tensor/sum.h"

namespace etalon::information {

Nats mean_of(const std::vector<Nats>& amounts) {
  const long n = static_cast<long>(amounts.size());
  if (n == 0) throw Error("information.mean_over_layers", "at least one layer", "none", "leave out the embedding, not all layers");
  return Nats(ordered_sum<double>(n, [&](long l) { return amounts[l].value; }) / static_cast<double>(n));
}

SoftPoint mean_over_layers(const std::vector<SoftPoint>& layers) {
  const auto mean_coordinate = [&](Lower SoftPoint::*coordinate) -> Lower {
    std::vector<Nats> values;
    for (const SoftPoint& layer : layers) values.push_back((layer.*coordinate).value);
    const Nats mean = mean_of(values);
    Provenance how = (layers.front().*coordinate).how;
    how.choices.emplace_back("mean of layers", std::to_string(layers.size()));
    return {mean, how};
  };
  return {mean_coordinate(&SoftPoint::complexity), mean_coordinate(&SoftPoint::expressivity)};
}

LabelInformation preference_information(const SoftEntropySetting& setting, const Tensor<double>& preferred,
                                        const Tensor<double>& rejected) {
  if (preferred.n_rows() < 1 || rejected.n_rows() < 1)
    throw Error("information.preference", "preferred and rejected rows",
                std::to_string(preferred.n_rows()) + " and " + std::to_string(rejected.n_rows()), "a preference has two sides");
  SoftEntropy soft(setting, 1);
  constexpr long kPreferred = 1, kRejected = 0;
  soft.add(preferred, {std::vector<long>(preferred.n_rows(), kPreferred)});
  soft.add(rejected, {std::vector<long>(rejected.n_rows(), kRejected)});
  return soft.result().labels[0];
}

std::vector<Record> records(const SoftEntropyResult& result, const std::vector<std::string>& names) {
  if (names.size() != result.labels.size())
    throw Error("information.soft_entropy", std::to_string(result.labels.size()) + " names", std::to_string(names.size()),
                "one name for each set of labels");
  const auto exact = [&](Nats value) { return Exact{value, result.how}; };
  std::vector<Record> all = {record("H(B)", exact(result.h_b)), record("H(B|Z)", exact(result.h_b_given_z)),
                             record("I(Z;B)", exact(result.ceiling))};
  for (std::size_t set = 0; set < names.size(); ++set) all.push_back(record("I(" + names[set] + ";B)", result.labels[set].mutual));
  return all;
}

}  // namespace etalon::information
