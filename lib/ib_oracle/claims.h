// SPDX-License-Identifier: Apache-2.0
// claims.h — what somebody else's solver says about a joint law, as a JSON file.
//
//   {"joint": [[0.675, 0.075], [0.075, 0.175]],          or the name of a file beside this one, never one elsewhere
//    "units": "bits",
//    "beta": 5, "encoder": [[0.9, 0.1], [0.2, 0.8]],     defaults for the claims below; a claim may have its own
//    "claims": [{"name": "I(X;Y)", "value": 0.2392},
//               {"name": "bound:club", "value": 0.7, "side": "upper"}]}
//
// "claims" may also be an object of names and values. The names, and which fields each of them needs, are listed in
// docs/how-to/check-an-ib-solver.md.
//
// DIGITS    A claim is held to the digits that it gives: one unit of the last one is allowed. Of a text ("0.250") every digit
//           counts. Of a JSON number, which has lost its trailing zeros, they count if there are 4 to 15; fewer or more are taken
//           for a whole double. "tolerance" (absolute, in the claim's units) replaces all that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ib_oracle/quantity_json.h"
#include "information/law/joint.h"
#include "tensor/tensor.h"

namespace etalon::ib_oracle {

// What a claim is about. The names that users write are spelt in one table, in claims.cpp.
enum class Quantity {
  h_x,  // H(X), H(Y), H(X,Y), H(Y|X), H(X|Y), I(X;Y) of the table
  h_y,
  h_xy,
  h_y_given_x,
  h_x_given_y,
  i_xy,
  i_xt,  // I(X;T), I(T;Y) of an encoder; without one, of the optimum at beta
  i_ty,
  lagrangian,   // L = I(X;T) - beta I(T;Y) of an encoder; without one, the minimum
  minimum,      // min L
  i_y_at_rate,  // I_Y(R), the most I(T;Y) that an encoder with I(X;T) = R reaches
  capacity,     // of the channel p(y|x)
  bound,        // any name that starts with "bound:"
  unknown,      // a name that is not in the vocabulary
};
Quantity quantity_named(const std::string& name);
const char* to_string(Quantity quantity);  // its name; "" for bound and unknown, which have many

// The hint of errors about a name, or about a field that it needs.
inline constexpr const char* kVocabularyHint = "docs/how-to/check-an-ib-solver.md lists the names and the fields that each needs";

struct Claim {
  std::string name;
  std::optional<double> value;  // in `unit`; only "min L" may leave it out: the claim is then that the encoder attains it
  Unit unit = Unit::nats;
  double allowed = 0;  // by digits or by "tolerance", in `unit`; 0: rounding only
  bool has_tolerance = false;
  std::string side;  // of a bound, as claimed: "lower", "upper" or empty
  std::optional<double> beta;
  std::optional<double> rate;                                     // I(X;T), in `unit`
  std::optional<long> samples;                                    // K
  std::optional<Tensor<double>> encoder, decoder, critic, prior;  // q(t|x) [X, T], q(y|x) [X, Y], f [X, Y], r(y) [1, Y]

  Quantity quantity() const { return quantity_named(name); }
};

double beta_of(const Claim& claim);  // Error: the claim has none
double rate_of(const Claim& claim);  // in the claim's unit. Error: the claim has none

struct Claims {
  std::string where;
  Tensor<double> joint;  // entries >= 0; whether it is a law is judged, not required
  std::vector<Claim> claims;
};

// Reads a claims file. `where` begins every message; files that the text names are looked for beside it, or here, and nothing of them
// is quoted. Error: unreadable or malformed, with the place in the document; a file that is named and lies elsewhere. A name outside the vocabulary is refused later, by whoever judges.
Claims read_claims(const std::string& path);
Claims parse_claims(const std::string& text, const std::string& where);

// What one unit of the last digit of a decimal is worth; 0 if the text has no digit after the point and no exponent.
double last_place(const std::string& decimal);

// The table of the claims, read as a law.
struct ClaimedLaw {
  Tensor<double> table;      // as given [X, Y]
  double total;              // of its entries
  bool is_law;               // the total is 1 within Joint::kTolerance
  information::Joint joint;  // the table if it is a law, else table / total
};
// Error: a total that is not positive and finite.
ClaimedLaw claimed_law(const Claims& claims);

}  // namespace etalon::ib_oracle
