// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/claims.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "file/json_field.h"
#include "file/matrix_file.h"
#include "scalar/exact.h"
#include "tensor/sum.h"

namespace etalon::ib_oracle {
namespace {

constexpr const char* kClaimsHint = "docs/how-to/check-an-ib-solver.md describes every field";
constexpr int kFewestDigits = 4, kMostDigits = 15;

struct NamedQuantity {
  Quantity quantity;
  const char* name;
};
constexpr NamedQuantity kNames[] = {
    {Quantity::h_x, "H(X)"},           {Quantity::h_y, "H(Y)"},           {Quantity::h_xy, "H(X,Y)"},
    {Quantity::h_y_given_x, "H(Y|X)"}, {Quantity::h_x_given_y, "H(X|Y)"}, {Quantity::i_xy, "I(X;Y)"},
    {Quantity::i_xt, "I(X;T)"},        {Quantity::i_ty, "I(T;Y)"},        {Quantity::lagrangian, "L"},
    {Quantity::minimum, "min L"},      {Quantity::i_y_at_rate, "I_Y(R)"}, {Quantity::capacity, "capacity"},
};

int significant_digits(const std::string& decimal) {
  int n = 0;
  for (const char c : decimal) {
    if (c == 'e' || c == 'E') break;
    if (c >= '0' && c <= '9' && (n > 0 || c != '0')) ++n;
  }
  return n;
}

double decimal_value(const file::Field& field, const std::string& text) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(x)) field.refuse("a finite decimal number");
  return x;
}

// A matrix that stands there, or in a file beside the claims.
Tensor<double> matrix(const file::Field& field, const std::filesystem::path& folder) {
  if (field.json().is_string()) return file::read_matrix((folder / field.text()).string());
  std::vector<double> values;
  const std::size_t n_rows = field.size(), n_cols = n_rows ? field[0].size() : 0;
  if (n_cols == 0) field.refuse("a list of rows of numbers");
  for (std::size_t i = 0; i < n_rows; ++i) {
    if (field[i].size() != n_cols) field[i].refuse(std::to_string(n_cols) + " numbers, as in the rows above");
    for (std::size_t k = 0; k < n_cols; ++k) values.push_back(field[i][k].number());
  }
  return Tensor<double>(Shape{static_cast<long>(n_rows), static_cast<long>(n_cols)}, std::move(values));
}

// Fields that a claim may have of its own, and the document for all of them.
void read_subject(Claim& claim, const file::Field& field, const std::filesystem::path& folder) {
  if (field.has("units")) claim.unit = unit_named(field["units"].text(), "the claims: units");
  if (field.has("beta")) claim.beta = field["beta"].size_of_error();
  if (field.has("rate")) claim.rate = field["rate"].size_of_error();
  if (field.has("samples")) claim.samples = field["samples"].integer(1, 1000000);
  if (field.has("encoder")) claim.encoder = matrix(field["encoder"], folder);
  if (field.has("decoder")) claim.decoder = matrix(field["decoder"], folder);
  if (field.has("critic")) claim.critic = matrix(field["critic"], folder);
  if (field.has("prior")) claim.prior = matrix(field["prior"], folder);
  if (field.has("tolerance")) {
    claim.allowed = field["tolerance"].size_of_error();
    claim.has_tolerance = true;
  }
}

void read_value(Claim& claim, const file::Field& value) {
  double by_digits = 0;
  if (value.json().is_string()) {
    const std::string text = value.text();
    claim.value = decimal_value(value, text);
    by_digits = last_place(text);
  } else {
    claim.value = value.number();
    const std::string text = shortest(*claim.value);
    const int digits = significant_digits(text);
    if (digits >= kFewestDigits && digits <= kMostDigits) by_digits = last_place(text);
  }
  if (!claim.has_tolerance) claim.allowed = by_digits;
}

Claim read_claim(const file::Field& field, Claim claim, const std::filesystem::path& folder) {
  field.only({"name", "value", "side", "units", "beta", "rate", "samples", "encoder", "decoder", "critic", "prior", "tolerance"});
  claim.name = field["name"].text();
  read_subject(claim, field, folder);
  if (field.has("value")) read_value(claim, field["value"]);
  else if (claim.quantity() != Quantity::minimum) field["value"];  // refuses
  if (field.has("side")) {
    claim.side = field["side"].text();
    if (claim.side != "lower" && claim.side != "upper") field["side"].refuse("\"lower\" or \"upper\"");
  }
  return claim;
}

Claims read_document(const nlohmann::ordered_json& document, const std::string& where, const std::filesystem::path& folder) {
  // Read the table, and refuse entries that no probability can have
  const file::Field root(document, where, "", kClaimsHint);
  root.only({"joint", "claims", "units", "beta", "rate", "samples", "encoder", "decoder", "critic", "prior", "tolerance"});
  Claims claims{where, matrix(root["joint"], folder), {}};
  for (long i = 0; i < claims.joint.size(); ++i)
    if (!(claims.joint[i] >= 0 && std::isfinite(claims.joint[i])))
      root["joint"].refuse("finite probabilities >= 0",
                           shortest(claims.joint[i]) + " in row " + std::to_string(i / claims.joint.n_cols()));

  // Read what the claims have in common
  Claim common;
  read_subject(common, root, folder);

  // Read the claims: an object of names and values, or a list
  const file::Field list = root["claims"];
  if (list.json().is_object()) {
    for (const auto& [name, value] : list.json().items()) {
      Claim claim = common;
      claim.name = name;
      read_value(claim, list[name.c_str()]);
      claims.claims.push_back(claim);
    }
  } else {
    for (std::size_t i = 0; i < list.size(); ++i) claims.claims.push_back(read_claim(list[i], common, folder));
  }
  if (claims.claims.empty()) list.refuse("at least one claim");
  return claims;
}

nlohmann::ordered_json parsed_claims(const std::string& text, const std::string& where) {
  try {
    return nlohmann::ordered_json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    throw Error(where, "JSON", e.what(), kClaimsHint);
  }
}

}  // namespace

Quantity quantity_named(const std::string& name) {
  if (name.starts_with("bound:")) return Quantity::bound;
  const auto row = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& r) { return name == r.name; });
  return row == std::end(kNames) ? Quantity::unknown : row->quantity;
}

const char* to_string(Quantity quantity) {
  const auto row = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& r) { return quantity == r.quantity; });
  return row == std::end(kNames) ? "" : row->name;
}

double beta_of(const Claim& claim) {
  if (!claim.beta) throw Error("claim " + claim.name, "a beta", "none", kVocabularyHint);
  return *claim.beta;
}

double rate_of(const Claim& claim) {
  if (!claim.rate) throw Error("claim " + claim.name, "a rate, I(X;T)", "none", kVocabularyHint);
  return *claim.rate;
}

double last_place(const std::string& decimal) {
  const auto e = decimal.find_first_of("eE"), point = decimal.find('.');
  const std::string mantissa = decimal.substr(0, e);
  if (point == std::string::npos && e == std::string::npos) return 0;
  const double decimals =
      point == std::string::npos || point > mantissa.size() ? 0 : static_cast<double>(mantissa.size() - point - 1);
  int exponent = 0;
  if (e != std::string::npos) {
    const std::size_t first = e + 1 + (decimal.compare(e + 1, 1, "+") == 0);
    std::from_chars(decimal.data() + first, decimal.data() + decimal.size(), exponent);
  }
  return pow(10.0, exponent - decimals);
}

Claims parse_claims(const std::string& text, const std::string& where) {
  return read_document(parsed_claims(text, where), where, ".");
}

Claims read_claims(const std::string& path) {
  return read_document(parsed_claims(read_text(path), path), path, std::filesystem::path(path).parent_path());
}

ClaimedLaw claimed_law(const Claims& claims) {
  const double total = ordered_sum<double>(claims.joint.size(), [&](long i) { return claims.joint[i]; });
  if (!(total > 0 && std::isfinite(total)))
    throw Error(claims.where + ": joint", "a table with a positive, finite total", shortest(total), "p(x, y), one row for each x");
  auto p = claims.joint;
  const bool is_law = abs(total - 1) <= information::Joint::kTolerance;
  for (long i = 0; !is_law && i < p.size(); ++i) p[i] = p[i] / total;
  return {claims.joint, total, is_law, information::Joint(std::move(p))};
}

}  // namespace etalon::ib_oracle
