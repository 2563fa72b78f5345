// SPDX-License-Identifier: Apache-2.0
// Wrong formulas for I(X;T), I(T;Y) and L of an encoder.
#include <limits>

#include "ib_oracle/faulty_formulas.h"
#include "information/law/entropy.h"

namespace etalon::ib_oracle {
namespace {

Plane plane(const Tensor<double>& p_xy, const Tensor<double>& encoder) {
  return {plain_value(table_xt(p_xy, encoder), TableQuantity::mutual), plain_value(table_ty(p_xy, encoder), TableQuantity::mutual)};
}

}  // namespace

double coordinate(Quantity quantity, Plane point, double beta) {
  return quantity == Quantity::i_xt ? point.i_x : quantity == Quantity::i_ty ? point.i_y : point.i_x - beta * point.i_y;
}

void add_other_lagrangians(FaultyValues& out, Plane point, double beta, double mutual) {
  out.add_nats(Fault::other_lagrangian, "I(T;Y) - I(X;T)/beta", point.i_y - point.i_x / beta);
  out.add_nats(Fault::other_lagrangian, "I(X;T)/beta - I(T;Y)", point.i_x / beta - point.i_y);
  out.add_nats(Fault::other_lagrangian, "I(X;T) + beta E KL = L + beta I(X;Y)", point.i_x - beta * point.i_y + beta * mutual);
  out.add_nats(Fault::plane_swapped, "I(T;Y) - beta I(X;T)", point.i_y - beta * point.i_x);
  for (const double factor : {kLn2, 1 / kLn2})
    out.add_nats(Fault::beta_off_by_ln2, factor < 1 ? "beta ln 2 in L" : "beta / ln 2 in L", point.i_x - factor * beta * point.i_y);
}

void add_faults_of_encoder(FaultyValues& out, const ClaimedLaw& law, const Claim& claim) {
  const auto& p = law.joint.p();
  const auto& given = *claim.encoder;
  const Quantity quantity = claim.quantity();
  const double beta = claim.beta.value_or(std::numeric_limits<double>::quiet_NaN());

  // Use the matrix as it is although its rows are no laws, or as [T, X] although it is [X, T]
  const bool laws = rows_are_laws(given);
  if (!laws && given.n_rows() == law.joint.n_x())
    out.add_nats(Fault::encoder_not_stochastic, "the formula with the rows as they are",
                 coordinate(quantity, plane(p, given), beta));
  if (laws && given.n_rows() == given.n_cols())
    out.add_nats(Fault::encoder_transposed, "the formula with q(x|t) for q(t|x)",
                 coordinate(quantity, plane(p, transposed(given)), beta));

  // Stop here unless the encoder has a row, or a column, for each x
  const auto q = !laws && given.n_cols() == law.joint.n_x() ? transposed(given) : given;
  if (q.n_rows() != law.joint.n_x()) return;

  // Try the other coordinate of the plane, another Lagrangian, a uniform p(x)
  const auto point = plane(p, q);
  if (quantity == Quantity::i_xt) out.add_nats(Fault::plane_swapped, "it is I(T;Y)", point.i_y);
  if (quantity == Quantity::i_ty) out.add_nats(Fault::plane_swapped, "it is I(X;T)", point.i_x);
  if (quantity == Quantity::lagrangian) add_other_lagrangians(out, point, beta, information::mutual_information(law.joint).value);
  out.add_nats(Fault::uniform_px, "p(x) = 1/|X|", coordinate(quantity, plane(with_uniform_x(p), q), beta));

  // Try slips inside the formula of one mutual information
  if (quantity == Quantity::lagrangian) return;
  const auto table = quantity == Quantity::i_xt ? table_xt(p, q) : table_ty(p, q);
  add_eps_inside_log(out, table, TableQuantity::mutual);
  add_kl_reversed(out, table);
}

}  // namespace etalon::ib_oracle
