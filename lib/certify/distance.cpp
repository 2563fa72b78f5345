#include "certify/distance.h"

#include <algorithm>

#include "base/bits.h"

namespace etalon::certify {

oracle::EngineDistance distance(const Tensor<double>& engine, const Rounded& certified, const std::vector<Known>& known) {
  std::vector<char> apart(engine.size(), 0);
  for (const Known& k : known)
    for (long i = 0; i < engine.size(); ++i) apart[i] |= k.inside[i];
  for (const long i : certified.vanishing) apart[i] = 1;

  std::vector<std::uint64_t> ulps;
  for (long i = 0; i < engine.size(); ++i)
    if (!apart[i]) ulps.push_back(ulp_distance(engine[i], certified.value[i]));
  if (ulps.empty()) return {};
  const auto middle = ulps.begin() + static_cast<long>(ulps.size() - 1) / 2;
  std::nth_element(ulps.begin(), middle, ulps.end());
  const auto median = *middle;
  return {static_cast<double>(median), static_cast<double>(*std::max_element(ulps.begin(), ulps.end())), {}};
}

}  // namespace etalon::certify
