// SPDX-License-Identifier: Apache-2.0
#include "record/measures.h"

#include "record/measures_body.h"

namespace etalon::record {
namespace {

// As the doubles come: Eigen's singular values, the temperature to 1e-14, comparisons as IEEE 754 has them.
struct InDoubles {
  std::vector<double> singular_values(const Tensor<double>& g, const head::Basis<double>& of_w) const {
    return head::spectrum_of(g, of_w).sigma;
  }
  double temperature(long n_anchors, long dimension) const {
    return information::temperature(information::Temperature::exact, n_anchors, dimension);
  }
  template <class F, class G>
  Count count(F f, G) const {
    return {f()};
  }
};

}  // namespace

std::string measures(const Subject& subject, const std::vector<Traced<double>>& traced) {
  return measures_text(measures_of(subject, traced, InDoubles{}), [](const Measure<double>& m) {
    nlohmann::ordered_json out;
    if (const Count* count = std::get_if<Count>(&m.value)) out["value"] = count->value;
    else out["value"] = std::get<double>(m.value);
    out["unit"] = m.unit;
    return out;
  });
}

}  // namespace etalon::record
