#include "study/run.h"

#include <algorithm>

#include "tensor/sum.h"

namespace etalon::study {

Nats allowed_by_curve(const std::vector<information::BottleneckPoint>& curve, Nats i_x) {
  Nats least = i_x;  // T learns of Y only through X
  for (const auto& p : curve) {
    const bool proved = p.certificate() == information::Certificate::proved;
    const Nats line((i_x.value - (proved ? p.minimum.lower.value : p.lower_found.value).value) / p.beta);
    least = line < least ? line : least;
  }
  return least;
}

bool is_proved(const std::vector<information::BottleneckPoint>& curve) {
  return std::all_of(curve.begin(), curve.end(), [](const auto& p) { return p.certificate() == information::Certificate::proved; });
}

Result run(const Experiment& e, const std::function<void()>& on_step) {
  const Measurer measurer(e);
  Result r;
  r.experiment = e;
  r.probe = measurer.probe();

  // What is true of the source, whatever the model
  const auto floors = measurer.source().floors(e.length);
  r.floor = ordered_sum<double>(e.length, [&](long t) { return floors[t].value; }) / static_cast<double>(e.length);
  r.exact = measurer.source().information(e.exact_length);
  r.plane = measurer.source().information(e.plane_length);
  const information::Joint merged(measurer.source().joint(e.plane_length).joint);
  r.curve = information::bottleneck_curve(merged, information::default_betas(merged, 40));

  r.soft_untrained = measurer.soft_table(model::initialise(e.model, e.weights, e.seed));
  r.weights = train(e, {.on_step = [&](long) { on_step(); },
                        .on_measurement = [&](const Snapshot& s) { r.measurements.push_back(measurer.measure(s)); }});
  r.soft_trained = measurer.soft_table(r.weights);
  return r;
}

}  // namespace etalon::study
