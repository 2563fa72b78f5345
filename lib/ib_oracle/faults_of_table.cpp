// SPDX-License-Identifier: Apache-2.0
// Wrong formulas for the entropies and I(X;Y) of a table.
#include <algorithm>

#include "base/bits.h"
#include "ib_oracle/faulty_formulas.h"

namespace etalon::ib_oracle {
namespace {

// A row of the table is an x, a column a y.
struct OfTable {
  Quantity claimed;
  TableQuantity on_table;
};
constexpr OfTable kOfTable[] = {
    {Quantity::h_x, TableQuantity::h_a},
    {Quantity::h_y, TableQuantity::h_b},
    {Quantity::h_xy, TableQuantity::h_ab},
    {Quantity::h_y_given_x, TableQuantity::h_b_given_a},
    {Quantity::h_x_given_y, TableQuantity::h_a_given_b},
    {Quantity::i_xy, TableQuantity::mutual},
};

const OfTable* find(Quantity quantity) {
  const auto row = std::find_if(std::begin(kOfTable), std::end(kOfTable), [&](const auto& r) { return r.claimed == quantity; });
  return row == std::end(kOfTable) ? nullptr : row;
}

Fault fault_of_exchange(Quantity claimed, Quantity given) {
  const auto is_conditional = [](Quantity q) { return q == Quantity::h_y_given_x || q == Quantity::h_x_given_y; };
  if (is_conditional(claimed) && is_conditional(given)) return Fault::conditional_swapped;
  if (is_conditional(claimed) && given == Quantity::h_xy) return Fault::joint_for_conditional;
  return Fault::another_quantity;
}

}  // namespace

bool is_of_table(Quantity quantity) { return find(quantity) != nullptr; }

void add_faults_of_table(FaultyValues& out, const ClaimedLaw& law, Quantity quantity) {
  const TableQuantity on_table = find(quantity)->on_table;

  // Apply the formula to a table that is no law as it is, or divided by its total
  if (!law.is_law) {
    out.add_nats(Fault::not_normalised, "the formula on the table as it is", plain_value(law.table, on_table));
    out.add_nats(Fault::renormalised_silently, "the table divided by " + shortest(law.total), plain_value(law.joint.p(), on_table));
    return;
  }

  // Try the other quantities of the same table
  const auto& p = law.table;
  for (const auto& other : kOfTable)
    if (other.claimed != quantity)
      out.add_nats(fault_of_exchange(quantity, other.claimed), std::string("it is ") + to_string(other.claimed),
                   plain_value(p, other.on_table));

  // Try slips inside the formula
  add_eps_inside_log(out, p, on_table);
  if (on_table == TableQuantity::mutual) add_kl_reversed(out, p);
  out.add_nats(Fault::uniform_px, "p(x, y) = p(y|x) / |X|", plain_value(with_uniform_x(p), on_table));
}

void add_eps_inside_log(FaultyValues& out, const Tensor<double>& p, TableQuantity quantity) {
  const bool is_ratio =
      quantity == TableQuantity::mutual || quantity == TableQuantity::h_b_given_a || quantity == TableQuantity::h_a_given_b;
  for (int k = 4; k <= 16; ++k) {
    const double eps = k == 16 ? 0x1p-52 : pow(10.0, -k);
    const std::string is = "eps = " + (k == 16 ? std::string("2^-52") : "1e-" + std::to_string(k)) + " in ";

    // Put eps inside the logarithm
    const auto add = [&](const char* where, const LnRatio& wrong) {
      out.add_nats(Fault::eps_inside_log, is + where, plain_value(p, quantity, wrong));
    };
    add("ln(a/b + eps)", [&](double num, double den) { return log(num / den + eps); });
    if (is_ratio) add("ln((a + eps)/(b + eps))", [&](double num, double den) { return log((num + eps) / (den + eps)); });
    if (is_ratio) add("ln(a/(b + eps))", [&](double num, double den) { return log(num / (den + eps)); });
    if (is_ratio) add("ln((a + eps)/b)", [&](double num, double den) { return log((num + eps) / den); });

    // Put it into the table, before any formula
    auto everywhere = p;
    for (long i = 0; i < p.size(); ++i) everywhere[i] = p[i] + eps;
    out.add_nats(Fault::eps_inside_log, is + "every entry of the table", plain_value(everywhere, quantity));
  }
}

void add_kl_reversed(FaultyValues& out, const Tensor<double>& p) {
  const auto p_a = row_sums(p), p_b = row_sums(transposed(p));
  double total = 0;
  for (long a = 0; a < p.n_rows(); ++a)
    for (long b = 0; b < p.n_cols(); ++b)
      if (p[a * p.n_cols() + b] > 0) total = fma(p_a[a] * p_b[b], log(p_a[a] * p_b[b] / p[a * p.n_cols() + b]), total);
  out.add_nats(Fault::kl_reversed, "sum p_a p_b ln(p_a p_b / p_ab)", total);
}

Tensor<double> with_uniform_x(const Tensor<double>& p) {
  const auto p_x = row_sums(p);
  const double n = static_cast<double>(std::count_if(p_x.begin(), p_x.end(), [](double x) { return x > 0; }));
  auto uniform = p;
  for (long i = 0; i < p.size(); ++i) uniform[i] = p_x[i / p.n_cols()] > 0 ? p[i] / p_x[i / p.n_cols()] / n : 0;
  return uniform;
}

}  // namespace etalon::ib_oracle
