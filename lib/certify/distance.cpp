// SPDX-License-Identifier: Apache-2.0
#include "certify/distance.h"

#include <algorithm>

#include "base/bits.h"

namespace etalon::certify {

golden::EngineDistance distance(const Tensor<double>& engine, const Rounded& certified, const std::vector<Known>& known) {
  // Set apart what is 0, known or vanishing
  std::vector<char> apart(engine.size(), 0);
  for (const Known& k : known)
    for (long i = 0; i < engine.size(); ++i) apart[i] |= k.inside[i];
  for (const long i : certified.vanishing) apart[i] = 1;

  // Take the median and the largest of the other distances
  std::vector<std::uint64_t> ulps;
  for (long i = 0; i < engine.size(); ++i)
    if (!apart[i]) ulps.push_back(ulp_distance(engine[i], certified.value[i]));
  if (ulps.empty()) return {};
  const auto middle = ulps.begin() + static_cast<long>(ulps.size() - 1) / 2;
  std::nth_element(ulps.begin(), middle, ulps.end());
  const auto median = *middle;
  return {static_cast<double>(median), static_cast<double>(*std::max_element(ulps.begin(), ulps.end())), {}};
}

void describe(golden::TensorEntry& entry, const Tensor<double>& engine, const Rounded& certified, const std::vector<Known>& known) {
  for (std::size_t z = 0; z < entry.zeros.size(); ++z) entry.zeros[z].within_log2 = certified.known_log2[z];
  if (!certified.vanishing.empty())
    entry.vanishing.push_back({golden::Region::of_entries(certified.vanishing), *certified.vanishing_log2});
  entry.engine = distance(engine, certified, known);
}

}  // namespace etalon::certify
