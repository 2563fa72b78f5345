// SPDX-License-Identifier: Apache-2.0
#include "ib_oracle/claims.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "base/bits.h"
#include "base/error.h"
#include "file/json_field.h"
#include "file/matrix_file.h"
#include "scalar/exact.h"
#include "tensor/sum.h"

namespace etalon::ib_oracle {
namespace {

constexpr const char* kClaimsHint = "docs/how-to/check-an-ib-solver.md describes every field";
constexpr std::size_t kMostNumbers = std::size_t{1} << 24;  // in all claims together, the tables of each counted
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

// The path of a file that the claims name: beside them, or in a folder there. A claims file comes from a stranger, and must not make
// its reader open other files of his: no absolute path, no way up, no link that leads out.
std::string path_beside(const file::Field& field, const std::filesystem::path& folder) {
  // Refuse what leads out by its spelling
  namespace fs = std::filesystem;
  const char* const expected = "the name of a file beside the claims";
  const fs::path named = field.text(), home = folder.empty() ? fs::path(".") : folder;
  if (named.empty() || named.is_absolute() || std::find(named.begin(), named.end(), "..") != named.end()) field.refuse(expected);

  // Refuse what leads out by a link. FILE:TENSOR names FILE
  const std::string whole = (home / named).string();
  bool is_there = false;
  for (const std::string& path : {whole, whole.substr(0, whole.rfind(':'))}) {
    std::error_code failed;
    const fs::path top = fs::canonical(home), real = fs::canonical(path, failed);
    if (failed) continue;
    is_there = true;
    if (std::mismatch(top.begin(), top.end(), real.begin(), real.end()).first != top.end() || !fs::is_regular_file(real))
      field.refuse(expected, file::in_quotes(field.text()) + ", which is no file or leads elsewhere");
  }
  if (!is_there) field.refuse(expected, file::in_quotes(field.text()) + ", and nothing there");
  return whole;
}

// The matrix in that file. What is wrong with it is not said: it would quote the file.
Tensor<double> matrix_beside(const file::Field& field, const std::filesystem::path& folder) {
  const std::string path = path_beside(field, folder);
  try {
    return file::read_matrix(path);
  } catch (const Error&) {
    field.refuse("the name of a file with a table of numbers",
                 file::in_quotes(field.text()) + ", which is none; `etalon ib entropies FILE` says why");
  }
}

// A matrix that stands there, or in a file beside the claims.
Tensor<double> matrix(const file::Field& field, const std::filesystem::path& folder) {
  if (field.json().is_string()) return matrix_beside(field, folder);
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

// How many numbers stand in the tables of a claim.
std::size_t numbers_in(const Claim& claim) {
  std::size_t n = 0;
  for (const auto* table : {&claim.encoder, &claim.decoder, &claim.critic, &claim.prior})
    if (*table) n += (*table)->values().size();
  return n;
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

Claims read_document(const file::Json& document, const std::string& where, const std::filesystem::path& folder) {
  // Read the table, and refuse entries that no probability can have
  const file::Field root(document, where, "", kClaimsHint);
  root.only({"joint", "claims", "units", "beta", "rate", "samples", "encoder", "decoder", "critic", "prior", "tolerance"});
  Claims claims{where, matrix(root["joint"], folder), {}};
  for (long i = 0; i < claims.joint.size(); ++i)
    if (!(claims.joint[i] >= 0 && std::isfinite(claims.joint[i])))
      root["joint"].refuse("finite probabilities >= 0",
                           (root["joint"].json().is_string() ? "another number" : shortest(claims.joint[i])) + " in row " +
                               std::to_string(i / claims.joint.n_cols()));

  // Read what the claims have in common
  Claim common;
  read_subject(common, root, folder);

  // Refuse so many claims that their copies of what they have in common fill the memory
  const file::Field list = root["claims"];
  if (list.json().size() > kMostNumbers / (1 + numbers_in(common)))
    list.refuse("fewer claims, or smaller tables", std::to_string(list.json().size()) + " claims");

  // Read the claims: an object of names and values, or a list
  if (list.json().is_object()) {
    for (const auto& [name, value] : list.members()) {
      Claim claim = common;
      claim.name = name;
      read_value(claim, value);
      claims.claims.push_back(claim);
    }
  } else {
    for (std::size_t i = 0; i < list.size(); ++i) claims.claims.push_back(read_claim(list[i], common, folder));
  }
  if (claims.claims.empty()) list.refuse("at least one claim");
  return claims;
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
  return read_document(file::parse_json(text, where, kClaimsHint), where, ".");
}

Claims read_claims(const std::string& path) {
  return read_document(file::read_json(path, kClaimsHint), path, std::filesystem::path(path).parent_path());
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
