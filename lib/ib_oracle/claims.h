// claims.h — what somebody else's solver says about a joint law, as a JSON file.
//
//   {"joint": [[0.675, 0.075], [0.075, 0.175]],          or the name of a file, beside this one
//    "units": "bits",
//    "beta": 5, "encoder": [[0.9, 0.1], [0.2, 0.8]],     defaults for the claims below; a claim may have its own
//    "claims": [{"name": "I(X;Y)", "value": 0.2392},
//               {"name": "bound:club", "value": 0.7, "side": "upper"}]}
//
// "claims" may also be an object of names and values. The names, and which fields each of them needs, are listed in
// docs/how-to/check-an-ib-solver.md.
//
// DIGITS    A claim is held to the digits that it gives: one unit of the last one is allowed. Of a text ("0.250") every digit
// counts. Of a
//           JSON number, which has lost its trailing zeros, they count if there are 4 to 15; fewer or more are taken for a
//           whole double. "tolerance" (absolute, in the claim's units) replaces all that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ib_oracle/quantity_json.h"
#include "tensor/tensor.h"

namespace etalon::ib_oracle {

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
};

struct Claims {
  std::string where;
  Tensor<double> joint;  // entries >= 0; whether it is a law is judged, not required
  std::vector<Claim> claims;
};

// Error: unreadable or malformed, with the place in the document.
Claims read_claims(const std::string& path);
Claims parse_claims(const std::string& text, const std::string& where);

// What one unit of the last digit of a decimal is worth; 0 if the text has no digit after the point and no exponent.
double last_place(const std::string& decimal);

}  // namespace etalon::ib_oracle
