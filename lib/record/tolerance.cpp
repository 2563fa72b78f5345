// SPDX-License-Identifier: Apache-2.0
#include "record/tolerance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "golden/tensor_name.h"
#include "record/zero_rules.h"
#include "tensor/random.h"

namespace etalon::record {
namespace {

constexpr std::uint64_t kVariantSeed = 1;

// The largest errors of one tensor over the variants of one precision.
struct Errors {
  double values = 0;          // outside the structural zeros
  std::vector<double> zeros;  // and inside each
};

// The larger; infinity for anything that is not finite, so that NaN cannot hide.
double larger(double a, double error) {
  if (!std::isfinite(error)) return std::numeric_limits<double>::infinity();
  return error > a ? error : a;
}

// One number for each entry: -1 outside every zero, else which.
std::vector<int> zero_of(const golden::TensorEntry& entry) {
  std::vector<int> which(entry.shape.size(), -1);
  for (std::size_t z = entry.zeros.size(); z-- > 0;) {
    const auto inside = flags(entry.zeros[z].where, entry.shape, entry.name);
    for (std::size_t i = 0; i < which.size(); ++i)
      if (inside[i]) which[i] = static_cast<int>(z);
  }
  return which;
}

// Takes in the errors of one variant; `which` as of zero_of.
template <class S>
void take_in(const Tensor<double>& golden, const Tensor<S>& variant, const std::vector<int>& which, Errors& errors) {
  for (long i = 0; i < golden.size(); ++i) {
    double& largest = which[i] < 0 ? errors.values : errors.zeros[which[i]];
    largest = larger(largest, etalon::abs(static_cast<double>(variant[i]) - golden[i]));
  }
}

// VARIANT of tolerance.h: the errors of each tensor over all variants in S.
template <class S>
std::vector<Errors> errors_of_variants(const Subject& subject, const std::vector<Traced<double>>& golden,
                                       const std::vector<golden::TensorEntry*>& entries) {
  // Say of each entry in which structural zero it lies
  std::vector<Errors> errors(golden.size());
  std::vector<std::vector<int>> which;
  for (std::size_t k = 0; k < golden.size(); ++k) {
    which.push_back(zero_of(*entries[k]));
    errors[k].zeros.assign(entries[k]->zeros.size(), 0);
  }

  // Run each variant, and take in its errors
  for (long number = 0; number <= kVariants; ++number) {
    const auto traced = trace<S>(subject, variant<S>(subject.parameters, number));
    for (std::size_t k = 0; k < golden.size(); ++k) take_in(golden[k].value, traced[k].value, which[k], errors[k]);
  }
  return errors;
}

double largest_value(const Tensor<double>& x) {
  double largest = 0;
  for (long i = 0; i < x.size(); ++i) largest = larger(largest, etalon::abs(x[i]));
  return largest;
}

std::optional<golden::Allowed> allowed(double measured, double multiple, double floor) {
  if (!std::isfinite(measured)) return std::nullopt;
  return golden::Allowed{std::max(multiple * measured, floor), measured};
}

bool holds_squares(const std::string& name) {
  return golden::parse_tensor_name(name).kind == golden::TensorName::Kind::second_moment;
}

// FP64 of tolerance.h; the factor squared where squares are held.
std::vector<Errors> at_least_scaled(std::vector<Errors> fp64, const std::vector<Errors>& fp32, double per_fp32,
                                    const std::vector<golden::TensorEntry*>& entries) {
  for (std::size_t k = 0; k < fp64.size(); ++k) {
    fp64[k].values = std::max(fp64[k].values, per_fp32 * fp32[k].values);
    const double zero_ratio = holds_squares(entries[k]->name) ? per_fp32 * per_fp32 : per_fp32;
    for (std::size_t z = 0; z < fp64[k].zeros.size(); ++z)
      fp64[k].zeros[z] = std::max(fp64[k].zeros[z], zero_ratio * fp32[k].zeros[z]);
  }
  return fp64;
}

// TOLERANCE and ZEROS of tolerance.h: what is allowed at one precision.
void fill(const std::vector<Traced<double>>& golden, const std::vector<Errors>& errors, golden::Precision p,
          std::vector<golden::TensorEntry*>& entries) {
  for (std::size_t k = 0; k < golden.size(); ++k) {
    golden::TensorEntry& entry = *entries[k];
    const double floor = kFloorUnits * golden::unit_of(p) * largest_value(golden[k].value);
    entry.allowed[static_cast<int>(p)] = allowed(errors[k].values, kMultiple, floor);
    const double multiple = holds_squares(entry.name) ? kMultiple * kMultiple : kMultiple;
    for (std::size_t z = 0; z < entry.zeros.size(); ++z)
      entry.zeros[z].allowed[static_cast<int>(p)] = allowed(errors[k].zeros[z], multiple, floor);
  }
}

const golden::TensorEntry* find(const std::vector<golden::TensorEntry*>& entries, const std::string& name) {
  for (const golden::TensorEntry* entry : entries)
    if (entry->name == name) return entry;
  return nullptr;
}

// What is allowed in the region `where` of a gradient: of the structural zero that holds a parameter's drift.
const golden::AllowedAt& noise_of(const golden::TensorEntry& gradient, const golden::Region& where) {
  for (const golden::StructuralZero& zero : gradient.zeros)
    if (zero.where == where) return zero.allowed;
  throw Error("record: " + gradient.name, "a structural zero where its parameter drifts", "none",
              "see DRIFT in record/tolerance.h");
}

// DRIFT of tolerance.h: parameters that drift take their allowance from the noise of their gradient.
void allow_drift(const Subject& subject, Truth truth, std::vector<golden::TensorEntry*>& entries) {
  const ZeroRules all_rules(subject);
  for (golden::TensorEntry* entry : entries) {
    const auto rules = all_rules.of(entry->name, entry->shape);
    for (std::size_t z = 0; z < rules.size(); ++z) {
      // Find what its gradient may hold
      if (!rules[z].drifts) continue;
      const golden::TensorEntry* gradient = find(entries, golden::gradient_name(golden::parse_tensor_name(entry->name).of));
      const auto& noise = noise_of(*gradient, rules[z].where);
      const double golden_drift = truth == Truth::exact ? 0 : adam_drift(subject.rule, entry->index, noise[0]->tolerance);

      // Allow as much drift as that gives, of the candidate and, where it is the engine's, of the golden value
      for (int p = 0; p < golden::kPrecisions; ++p)
        if (noise[p])
          entry->zeros[z].allowed[p]->tolerance = adam_drift(subject.rule, entry->index, noise[p]->tolerance) + golden_drift;
    }
  }
}

double neighbour(double x, bool up) { return std::nextafter(x, up ? HUGE_VAL : -HUGE_VAL); }
float neighbour(float x, bool up) { return std::nextafterf(x, up ? HUGE_VALF : -HUGE_VALF); }

// sqrt(sum_i a_i^2 / b_i) of DRIFT, after t steps.
double largest_adam_ratio(const model::AdamW& rule, long t) {
  const double beta1 = rule.beta1.in<double>(), beta2 = rule.beta2.in<double>();
  double power1 = 1, power2 = 1, sum1 = 0, sum2 = 0, ratios = 0;
  for (long i = 0; i < t; ++i) {
    sum1 += power1, sum2 += power2;
    ratios += power1 * power1 / power2;
    power1 *= beta1, power2 *= beta2;
  }
  // With a_i = beta1^i / sum1 and b_i = beta2^i / sum2:  a_i^2 / b_i = (beta1^i)^2 / beta2^i  sum2 / sum1^2
  return sqrt(ratios * sum2) / sum1;
}

}  // namespace

std::string counted(double n) { return std::to_string(std::lround(n)); }

std::string per_fp32_text(Truth truth) {
  const double exact = fp64_per_fp32(Truth::exact), times = fp64_per_fp32(truth) / exact;
  return (times == 1 ? "" : counted(times) + " x ") + "2^" + std::to_string(std::ilogb(exact));
}

std::string tolerance_method(Truth truth) {
  // The page where it is explained, as it was called when format version 2 was published: manifests are compared byte by byte
  const std::string page = "lib/oracle/tolerance.h";
  return counted(kMultiple) + " x the largest |variant - golden| over " + counted(kVariants + 1) +
         " correct variants run in that precision (parameters rounded to it, in " + counted(kVariants) +
         " of them moved by at most one unit in the last place; in fp64 at least " + per_fp32_text(truth) +
         " of what fp32 shows), at least " + counted(kFloorUnits) +
         " u max|golden|; inside structural zeros the same of the noise there (" + counted(kMultiple * kMultiple) +
         " x in v, which holds squares); a parameter that drifts by normalised noise: " + "lr sum min(c_t, noise/eps), " + page;
}

template <class S>
Tensor<S> moved(const Tensor<double>& x, const std::string& name, long number) {
  Tensor<S> out = as<S>(x);
  if (number == 0) return out;
  const Stream stream(kVariantSeed, "variant" + std::to_string(number) + "/" + name);
  for (long i = 0; i < out.size(); ++i) {
    const auto way = stream.below(3, i);
    if (way < 2 && x[i] != 0) out[i] = neighbour(out[i], way == 1);
  }
  return out;
}

template <class S>
model::Parameters<S> variant(const model::Parameters<double>& parameters, long number) {
  model::Parameters<S> out;
  for (const auto& [name, value] : parameters) out.add(name, moved<S>(value, name, number));
  return out;
}

template Tensor<double> moved(const Tensor<double>&, const std::string&, long);
template Tensor<float> moved(const Tensor<double>&, const std::string&, long);
template model::Parameters<double> variant(const model::Parameters<double>&, long);
template model::Parameters<float> variant(const model::Parameters<double>&, long);

double adam_drift(const model::AdamW& rule, long k, double noise) {
  double drift = 0;
  for (long t = 1; t <= k; ++t)
    drift += rule.learning_rate.in<double>() * std::min(largest_adam_ratio(rule, t), noise / rule.eps.in<double>());
  return drift;
}

void derive_tolerances(const Subject& subject, const std::vector<Traced<double>>& golden, Truth truth,
                       std::vector<golden::TensorEntry*>& entries) {
  // Measure in both precisions, and let fp64 take at least its share of what fp32 shows
  const auto fp32 = errors_of_variants<float>(subject, golden, entries);
  const auto fp64 = at_least_scaled(errors_of_variants<double>(subject, golden, entries), fp32, fp64_per_fp32(truth), entries);

  // Write down what is allowed
  fill(golden, fp64, golden::Precision::fp64, entries);
  fill(golden, fp32, golden::Precision::fp32, entries);
  allow_drift(subject, truth, entries);
}

}  // namespace etalon::record
