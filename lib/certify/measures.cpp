// SPDX-License-Identifier: Apache-2.0
#include "certify/measures.h"

#include <algorithm>

#include "certify/eigenvalues.h"
#include "certify/soft_temperature.h"
#include "file/json.h"
#include "golden/file_name.h"
#include "record/measures_body.h"

namespace etalon::certify {
namespace {

using file::Json;

// What is known this closely and is still open, no more bits will close: numbers of a case do not agree so well by chance.
constexpr double kSurelyTied = 0x1p-96;

// Asked once for each measure list.
struct InBalls {
  double widest = 1;  // the largest radius of a singular value, in parts of the largest of them

  // Every row of G sums to 0, so G 1 = 0 and its rank is at most V - 1: with N >= V the last singular value is 0.
  std::vector<Ball> singular_values(const Tensor<Ball>& g, const head::Basis<Ball>&) {
    auto sigma = certify::singular_values(g);
    if (g.n_rows() >= g.n_cols()) sigma.back() = Ball(0.0);
    widest = 0;
    for (const Ball& s : sigma) widest = std::max(widest, radius(s / sigma[0]));
    return sigma;
  }

  Ball temperature(long n_anchors, long dimension) const { return exact_temperature(n_anchors, dimension); }

  template <class F, class G>
  record::Count count(F certain, G rough) const {
    try {
      return {certain()};
    } catch (const Undecided& open) {
      if (!(widest < kSurelyTied)) throw;
      return {rough(), open.what()};
    }
  }
};

// {"value", "unit", "certified", ...}; null where more bits are wanted.
Json written(const record::Measure<Ball>& measure) {
  // Write a count, and the reason for any doubt in it
  Json out = {{"value", nullptr}, {"unit", measure.unit}, {"certified", true}};
  if (const auto* count = std::get_if<record::Count>(&measure.value)) {
    out["value"] = count->value;
    if (count->doubt.empty()) return out;
    out["certified"] = false;
    out["reason"] = count->doubt;
    return out;
  }

  // Write a number rounded once, or as 0 within bounds, or nothing where it wants more bits
  const Ball& x = std::get<Ball>(measure.value);
  if (const auto nearest = nearest_double(x)) {
    out["value"] = *nearest;
  } else if (x.contains_zero() && x.certainly_within(kSurelyTied)) {
    out["value"] = 0.0;
    out["certified"] = false;
    out["lower"] = lower_double(x);
    out["upper"] = upper_double(x);
    out["reason"] = "the enclosure holds 0: the value is 0 or as small as the bounds say";
  } else {
    return nullptr;
  }
  return out;
}

// Adds to `wrong` a line for each value of `certified` that `published` has otherwise; `where` is the path so far.
void compare(const std::string& where, const Json& published, const Json& certified, std::vector<std::string>& wrong) {
  // Compare objects and lists element by element
  if (certified.is_structured()) {
    if (published.type() != certified.type() || published.size() != certified.size()) {
      wrong.push_back(where + ": published " + published.dump() + ", is " + certified.dump());
      return;
    }
    for (const auto& [key, value] : certified.items()) {
      const std::string inside = where.empty() ? key : where + "." + key;
      if (certified.is_array()) compare(inside, published.at(std::stoul(key)), value, wrong);
      else if (!published.contains(key)) wrong.push_back(inside + ": published nothing, is " + value.dump());
      else compare(inside, published.at(key), value, wrong);
    }
    return;
  }

  // Compare values as they are
  if (published != certified) wrong.push_back(where + ": published " + published.dump() + ", is " + certified.dump());
}

}  // namespace

record::Measures<Ball> enclosed_measures(const record::Subject& subject, const std::vector<record::Traced<Ball>>& exact) {
  return record::measures_of(subject, exact, InBalls{});
}

std::optional<std::string> measures_text(const record::Measures<Ball>& enclosed) {
  bool complete = true;
  const std::string text = record::measures_text(enclosed, [&](const record::Measure<Ball>& m) {
    Json out = written(m);
    complete = complete && !out.is_null();
    return out;
  });
  return complete ? std::optional(text) : std::nullopt;
}

std::optional<std::string> certified_measures(const record::Subject& subject, const std::vector<record::Traced<Ball>>& exact) {
  return measures_text(enclosed_measures(subject, exact));
}

std::vector<std::string> wrong_measures(const std::string& published, const std::string& certified) {
  const auto parsed = [](const std::string& text) {
    return file::parse_json(text, golden::kMeasuresFile, "record the case again");
  };
  std::vector<std::string> wrong;
  compare("", parsed(published), parsed(certified), wrong);
  return wrong;
}

}  // namespace etalon::certify
