#include "ib_oracle/faults.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/bits.h"
#include "base/error.h"
#include "ib_oracle/claims.h"
#include "ib_oracle/truth.h"
#include "ib_oracle/wrong_solvers.h"
#include "information/bottleneck/bottleneck.h"
#include "information/bounds/contrastive.h"
#include "information/bounds/critic.h"
#include "information/law/entropy.h"
#include "information/limits/capacity.h"
#include "tensor/sum.h"

namespace etalon::ib_oracle {
namespace {

constexpr bool kByFormula = false, kBySolver = true;

// The one place that spells a name or a sentence, in the order of the enum.
constexpr DescribedFault kFaults[] = {
    {Fault::nats_as_bits, "nats-as-bits", kByFormula, "the natural logarithm was taken for bits"},
    {Fault::bits_as_nats, "bits-as-nats", kByFormula, "bits were taken for nats"},
    {Fault::sign, "sign", kByFormula, "the sign is reversed"},
    {Fault::another_quantity, "another-quantity", kByFormula, "it is another quantity of the same table"},
    {Fault::conditional_swapped, "conditional-swapped", kByFormula, "H(X|Y) and H(Y|X) are exchanged"},
    {Fault::joint_for_conditional, "joint-for-conditional", kByFormula, "H(X,Y) stands where a conditional entropy was asked"},
    {Fault::plane_swapped, "plane-swapped", kBySolver, "I(X;T) and I(T;Y) are exchanged"},
    {Fault::eps_inside_log, "eps-inside-log", kByFormula, "a small number was added inside the logarithm"},
    {Fault::kl_reversed, "kl-reversed", kByFormula, "the divergence was taken from the product law to the joint law"},
    {Fault::uniform_px, "uniform-px", kBySolver, "p(x) was taken to be uniform"},
    {Fault::not_normalised, "not-normalised", kByFormula, "the table was used as it is, though it does not sum to 1"},
    {Fault::renormalised_silently, "renormalised-silently", kByFormula, "the table was divided by its total, and nobody said so"},
    {Fault::encoder_not_stochastic, "encoder-not-stochastic", kByFormula,
     "the rows of the encoder do not sum to 1, and were used as they are"},
    {Fault::encoder_transposed, "encoder-transposed", kByFormula, "the encoder was read as [T, X]"},
    {Fault::beta_off_by_ln2, "beta-off-by-ln2", kBySolver, "beta is off by ln 2: bits were mixed with the natural exponential"},
    {Fault::other_lagrangian, "other-lagrangian", kByFormula, "it is the Lagrangian of another convention"},
    {Fault::alphabet_capped, "alphabet-capped", kBySolver, "it is the best with at most |X| clusters, which are too few here"},
    {Fault::data_processing_line, "data-processing-line", kByFormula,
     "it is the bound that data processing gives, not the curve below it"},
    {Fault::rate_in_other_unit, "rate-in-other-unit", kBySolver, "it is the curve at the rate read in the other unit"},
    {Fault::trivial_solution, "trivial-solution", kByFormula,
     "it is the solution that keeps nothing, above the beta where something is worth keeping"},
    {Fault::local_optimum, "local-optimum", kBySolver, "the equations hold there, but a lower L exists"},
    {Fault::stopped_early, "stopped-early", kBySolver,
     "the iteration stopped when successive values agreed, before the bounds closed"},
    {Fault::uniform_input, "uniform-input", kByFormula, "the uniform input was used, not the best one"},
    {Fault::input_not_optimised, "input-not-optimised", kByFormula, "it is I(X;Y) of the given p(x), not the maximum over p(x)"},
    {Fault::log_of_alphabet, "log-of-alphabet", kByFormula, "it is the logarithm of an alphabet's size"},
    {Fault::log_alphabet_for_entropy, "log-alphabet-for-entropy", kByFormula, "ln |Y| stands for the entropy H(Y)"},
    {Fault::entropy_left_out, "entropy-left-out", kByFormula, "the entropy H(Y) was left out"},
    {Fault::diagonal_kept, "diagonal-kept", kByFormula, "the sample's own partner was kept among its negatives"},
    {Fault::diagonal_dropped, "diagonal-dropped", kByFormula,
     "the sample's own partner was left out of the mean that InfoNCE takes"},
    {Fault::log_samples_left_out, "log-samples-left-out", kByFormula, "ln K was left out"},
    {Fault::minus_one_left_out, "minus-one-left-out", kByFormula, "e^f stands where NWJ has e^(f-1)"},
};

constexpr bool in_order_of_the_enum() {
  for (std::size_t k = 0; k < std::size(kFaults); ++k)
    if (kFaults[k].fault != static_cast<Fault>(k)) return false;
  return std::size(kFaults) == static_cast<std::size_t>(Fault::minus_one_left_out) + 1;
}
static_assert(in_order_of_the_enum());

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Values = std::vector<FaultyValue>;

// Values in nats go in; values in the claim's unit come out.
class Collector {
 public:
  Collector(Values& values, Unit unit) : values_(values), unit_(unit) {}
  void nats(Fault fault, std::string formula, double x) const { number(fault, std::move(formula), in_unit(Nats(x), unit_)); }
  void number(Fault fault, std::string formula, double x) const {
    if (std::isfinite(x)) values_.push_back({fault, std::move(formula), x});
  }
  Unit unit() const { return unit_; }

 private:
  Values& values_;
  Unit unit_;
};

// --- one table p [A, B] ------------------------------------------------------------------------------------------------------

std::vector<double> row_sums(const Tensor<double>& p) {
  std::vector<double> sums;
  for (long a = 0; a < p.n_rows(); ++a)
    sums.push_back(ordered_sum<double>(p.n_cols(), [&](long b) { return p[a * p.n_cols() + b]; }));
  return sums;
}

// sum w l(num, den) with the sign that the entropy has; l is ln(num/den) in the right formula.
template <class Log>
double sum_of_terms(const Tensor<double>& p, Asked asked, Log l) {
  const auto p_a = row_sums(p), p_b = row_sums(transposed(p));
  double total = 0;
  const auto add = [&](double w, double num, double den) { total = w > 0 ? fma(w, l(num, den), total) : total; };
  if (asked == Asked::h_a)
    for (const double x : p_a) add(x, x, 1);
  else if (asked == Asked::h_b)
    for (const double x : p_b) add(x, x, 1);
  else
    for (long a = 0; a < p.n_rows(); ++a)
      for (long b = 0; b < p.n_cols(); ++b) {
        const double x = p[a * p.n_cols() + b];
        add(x, x,
            asked == Asked::h_ab          ? 1
            : asked == Asked::h_b_given_a ? p_a[a]
            : asked == Asked::h_a_given_b ? p_b[b]
                                          : p_a[a] * p_b[b]);
      }
  return asked == Asked::mutual ? total : -total;
}

// Where eps goes in the places that people put it.
void eps_inside(const Collector& out, const Tensor<double>& p, Asked asked) {
  const bool ratio = asked == Asked::mutual || asked == Asked::h_b_given_a || asked == Asked::h_a_given_b;
  for (int k = 4; k <= 16; ++k) {
    const double eps = k == 16 ? 0x1p-52 : pow(10.0, -k);
    const std::string is = "eps = " + (k == 16 ? std::string("2^-52") : "1e-" + std::to_string(k)) + " in ";
    const auto put = [&](const char* where, auto l) { out.nats(Fault::eps_inside_log, is + where, sum_of_terms(p, asked, l)); };
    put("ln(a/b + eps)", [&](double num, double den) { return log(num / den + eps); });
    if (ratio) put("ln((a + eps)/(b + eps))", [&](double num, double den) { return log((num + eps) / (den + eps)); });
    if (ratio) put("ln(a/(b + eps))", [&](double num, double den) { return log(num / (den + eps)); });
    if (ratio) put("ln((a + eps)/b)", [&](double num, double den) { return log((num + eps) / den); });
    auto everywhere = p;
    for (long i = 0; i < p.size(); ++i) everywhere[i] = p[i] + eps;
    out.nats(Fault::eps_inside_log, is + "every entry of the table", book_value(everywhere, asked));
  }
}

void kl_reversed(const Collector& out, const Tensor<double>& p) {
  const auto p_a = row_sums(p), p_b = row_sums(transposed(p));
  double total = 0;
  for (long a = 0; a < p.n_rows(); ++a)
    for (long b = 0; b < p.n_cols(); ++b)
      if (p[a * p.n_cols() + b] > 0) total = fma(p_a[a] * p_b[b], log(p_a[a] * p_b[b] / p[a * p.n_cols() + b]), total);
  out.nats(Fault::kl_reversed, "sum p_a p_b ln(p_a p_b / p_ab)", total);
}

// p(y|x) / |X|, over the x that happen.
Tensor<double> with_uniform_x(const Tensor<double>& p) {
  const auto p_x = row_sums(p);
  const double n = static_cast<double>(std::count_if(p_x.begin(), p_x.end(), [](double x) { return x > 0; }));
  auto uniform = p;
  for (long i = 0; i < p.size(); ++i) uniform[i] = p_x[i / p.n_cols()] > 0 ? p[i] / p_x[i / p.n_cols()] / n : 0;
  return uniform;
}

// --- the claims about (X, Y) -------------------------------------------------------------------------------------------------

struct Name {
  const char* name;
  Asked asked;
};
constexpr Name kOfTable[] = {{"H(X)", Asked::h_a},           {"H(Y)", Asked::h_b},           {"H(X,Y)", Asked::h_ab},
                             {"H(Y|X)", Asked::h_b_given_a}, {"H(X|Y)", Asked::h_a_given_b}, {"I(X;Y)", Asked::mutual}};

Fault fault_of_exchange(Asked asked, Asked given) {
  const auto conditional = [](Asked a) { return a == Asked::h_b_given_a || a == Asked::h_a_given_b; };
  if (conditional(asked) && conditional(given)) return Fault::conditional_swapped;
  if (conditional(asked) && given == Asked::h_ab) return Fault::joint_for_conditional;
  return Fault::another_quantity;
}

void of_table(const Collector& out, const Tensor<double>& p, Asked asked) {
  for (const auto& other : kOfTable)
    if (other.asked != asked)
      out.nats(fault_of_exchange(asked, other.asked), std::string("it is ") + other.name, book_value(p, other.asked));
  eps_inside(out, p, asked);
  if (asked == Asked::mutual) kl_reversed(out, p);
  out.nats(Fault::uniform_px, "p(x, y) = p(y|x) / |X|", book_value(with_uniform_x(p), asked));
}

// --- the claims about an encoder ----------------------------------------------------------------------------------------------

struct Plane {
  double i_x, i_y;
};
Plane plane(const Tensor<double>& p_xy, const Tensor<double>& encoder) {
  return {book_value(table_xt(p_xy, encoder), Asked::mutual), book_value(table_ty(p_xy, encoder), Asked::mutual)};
}

// The number that `name` asks of a point of the plane.
double at(const std::string& name, Plane point, double beta) {
  return name == "I(X;T)" ? point.i_x : name == "I(T;Y)" ? point.i_y : point.i_x - beta * point.i_y;
}

void of_conventions(const Collector& out, Plane point, double beta, double mutual) {
  out.nats(Fault::other_lagrangian, "I(T;Y) - I(X;T)/beta", point.i_y - point.i_x / beta);
  out.nats(Fault::other_lagrangian, "I(X;T)/beta - I(T;Y)", point.i_x / beta - point.i_y);
  out.nats(Fault::other_lagrangian, "I(X;T) + beta E KL = L + beta I(X;Y)", point.i_x - beta * point.i_y + beta * mutual);
  out.nats(Fault::plane_swapped, "I(T;Y) - beta I(X;T)", point.i_y - beta * point.i_x);
  for (const double factor : {kLn2, 1 / kLn2})
    out.nats(Fault::beta_off_by_ln2, factor < 1 ? "beta ln 2 in L" : "beta / ln 2 in L", point.i_x - factor * beta * point.i_y);
}

void of_encoder(const Collector& out, const ClaimedLaw& law, const Claim& claim) {
  const auto& p = law.joint.p();
  const auto& given = *claim.encoder;
  const double beta = claim.beta.value_or(kNaN);
  const bool laws = rows_are_laws(given);
  const auto q = !laws && given.n_cols() == law.joint.n_x() ? transposed(given) : given;
  if (!laws && given.n_rows() == law.joint.n_x())
    out.nats(Fault::encoder_not_stochastic, "the formula with the rows as they are", at(claim.name, plane(p, given), beta));
  if (laws && given.n_rows() == given.n_cols())
    out.nats(Fault::encoder_transposed, "the formula with q(x|t) for q(t|x)", at(claim.name, plane(p, transposed(given)), beta));
  if (q.n_rows() != law.joint.n_x()) return;

  const auto point = plane(p, q);
  if (claim.name == "I(X;T)") out.nats(Fault::plane_swapped, "it is I(T;Y)", point.i_y);
  if (claim.name == "I(T;Y)") out.nats(Fault::plane_swapped, "it is I(X;T)", point.i_x);
  if (claim.name == "L") of_conventions(out, point, beta, information::mutual_information(law.joint).value);
  out.nats(Fault::uniform_px, "p(x) = 1/|X|", at(claim.name, plane(with_uniform_x(p), q), beta));
  if (claim.name == "L") return;
  const auto table = claim.name == "I(X;T)" ? table_xt(p, q) : table_ty(p, q);
  eps_inside(out, table, Asked::mutual);
  kl_reversed(out, table);
}

// --- the claims about the optimum at beta ---------------------------------------------------------------------------------------

void of_optimum(const Collector& out, const ClaimedLaw& law, const Claim& claim) {
  const double beta = *claim.beta, mutual = information::mutual_information(law.joint).value;
  const std::string name = claim.name == "min L" ? "L" : claim.name;
  const auto solved = [&](double price) -> Plane {
    const auto point = information::bottleneck(law.joint, price, searching());
    return {point.i_x.value, point.i_y.value};
  };
  const Plane best = solved(beta);
  for (const double factor : {kLn2, 1 / kLn2}) {
    const Plane off = solved(factor * beta);
    const std::string formula = factor < 1 ? "solved at beta ln 2" : "solved at beta / ln 2";
    out.nats(Fault::beta_off_by_ln2, formula, at(name, off, beta));
    if (name == "L") out.nats(Fault::beta_off_by_ln2, formula + ", and that beta in L", at(name, off, factor * beta));
  }
  if (name == "L") of_conventions(out, best, beta, mutual);
  if (name == "I(X;T)") out.nats(Fault::plane_swapped, "it is I(T;Y)", best.i_y);
  if (name == "I(T;Y)") out.nats(Fault::plane_swapped, "it is I(X;T)", best.i_x);
  out.nats(Fault::trivial_solution, "T constant", 0);

  for (const auto& point : rest_points(law.joint, beta))
    out.nats(Fault::local_optimum, "the equations hold with " + std::to_string(point.clusters) + " clusters",
             at(name, {point.i_x, point.i_y}, beta));
  const information::Joint uniform(with_uniform_x(law.joint.p()));
  const auto other = information::bottleneck(uniform, beta, searching());
  out.nats(Fault::uniform_px, "solved for p(x) = 1/|X|", at(name, {other.i_x.value, other.i_y.value}, beta));
}

// The curve at a rate. A solver with |X| clusters is right at every beta, and wrong between the two ends of a jump.
void of_rate(const Collector& out, const ClaimedLaw& law, const Claim& claim) {
  const double rate = from_unit(*claim.rate, claim.unit).value, mutual = information::mutual_information(law.joint).value;
  if (const auto capped = capped_at_rate(law.joint, rate))
    out.nats(Fault::alphabet_capped, "the best found with |T| <= |X|", *capped);
  out.nats(Fault::data_processing_line, "I(T;Y) = I(X;T)", rate);
  out.nats(Fault::data_processing_line, "I(X;Y)", mutual);
  for (const double factor : {kLn2, 1 / kLn2}) {
    if (const auto capped = capped_at_rate(law.joint, factor * rate))
      out.nats(Fault::rate_in_other_unit, factor < 1 ? "at R ln 2" : "at R / ln 2", *capped);
  }
}

// --- capacity
// ---------------------------------------------------------------------------------------------------------------------

void of_capacity(const Collector& out, const ClaimedLaw& law) {
  out.nats(Fault::uniform_input, "I(X;Y) with p(x) = 1/|X|", book_value(with_uniform_x(law.joint.p()), Asked::mutual));
  out.nats(Fault::input_not_optimised, "I(X;Y)", information::mutual_information(law.joint).value);
  out.nats(Fault::log_of_alphabet, "ln |X|", log(static_cast<double>(law.joint.n_x())));
  out.nats(Fault::log_of_alphabet, "ln |Y|", log(static_cast<double>(law.joint.n_y())));
  for (const auto& stop : early_stops(law.joint)) out.nats(Fault::stopped_early, stop.rule, stop.value);
}

// --- bounds
// ------------------------------------------------------------------------------------------------------------------------

// E ln(q + eps) of a decoder, which needs no floor where q > 0 and hides what is infinite where q = 0.
void eps_in_decoder(const Collector& out, const information::Joint& joint, const Tensor<double>& q) {
  const double h_y = information::entropies(joint).y.value;
  for (int k = 4; k <= 16; ++k) {
    const double eps = pow(10.0, -k);
    double mean = 0;
    for (long i = 0; i < q.size(); ++i)
      if (joint.p()[i] > 0) mean = fma(joint.p()[i], log(q[i] + eps), mean);
    out.nats(Fault::eps_inside_log, "eps = 1e-" + std::to_string(k) + " in ln(q + eps)", h_y + mean);
  }
}

// `truth` in nats. Values that cannot be counted are left out: they are nobody's mistake.
void of_bound(const Collector& out, const information::Joint& joint, const Claim& claim, double truth) {
  const std::string name = bound_of(claim);
  const long k = claim.samples.value_or(0);
  const auto optional = [](auto value) {
    try {
      return value();
    } catch (const Error&) {
      return kNaN;
    }
  };
  if (name == "barber-agakov") {
    const double h_y = information::entropies(joint).y.value;
    out.nats(Fault::log_alphabet_for_entropy, "ln |Y| + E ln q", truth - h_y + log(static_cast<double>(joint.n_y())));
    out.nats(Fault::entropy_left_out, "E ln q", truth - h_y);
    eps_in_decoder(out, joint, *claim.decoder);
  }
  if ((name == "club" || name == "vclub") && k > 1)
    out.nats(Fault::diagonal_kept, "E_prod over all K^2 pairs", (1 - 1 / static_cast<double>(k)) * truth);
  if (name == "leave-one-out")
    out.nats(Fault::diagonal_kept, "the mean of all K ratios",
             optional([&] { return information::info_nce(joint, k).value.value; }));
  if (name == "infonce") {
    constexpr auto kNegatives = information::Negatives::of_one_y;
    const auto critic = claim.critic ? *claim.critic : information::log_ratio(joint);
    out.nats(Fault::log_samples_left_out, "E ln softmax", truth - log(static_cast<double>(k)));
    if (k > 1)
      out.nats(Fault::diagonal_dropped, "the mean of the K - 1 others",
               optional([&] { return information::donsker_varadhan_samples(joint, critic, k - 1, kNegatives).value.value; }));
  }
  if (name == "nwj") {
    auto raised = *claim.critic;
    for (long i = 0; i < raised.size(); ++i) raised[i] = raised[i] + 1;
    out.nats(Fault::minus_one_left_out, "E f - E_prod e^f", information::nwj<double>(joint, raised).value.value - 1);
  }
}

bool is_finite_claim_of_table(const std::string& name) {
  return std::any_of(std::begin(kOfTable), std::end(kOfTable), [&](const Name& row) { return name == row.name; });
}

}  // namespace

std::span<const DescribedFault> every_fault() { return kFaults; }

const DescribedFault& described(Fault fault) { return kFaults[static_cast<int>(fault)]; }

const char* to_string(Fault fault) { return described(fault).name; }

double book_value(const Tensor<double>& p, Asked asked) {
  return sum_of_terms(p, asked, [](double num, double den) { return log(num / den); });
}

Tensor<double> transposed(const Tensor<double>& p) {
  Tensor<double> t(Shape{p.n_cols(), p.n_rows()});
  for (long i = 0; i < p.size(); ++i) t[i % p.n_cols() * p.n_rows() + i / p.n_cols()] = p[i];
  return t;
}

Tensor<double> table_xt(const Tensor<double>& p_xy, const Tensor<double>& encoder) {
  const auto p_x = row_sums(p_xy);
  auto p = encoder;
  for (long i = 0; i < p.size(); ++i) p[i] = p_x[i / p.n_cols()] * encoder[i];
  return p;
}

Tensor<double> table_ty(const Tensor<double>& p_xy, const Tensor<double>& encoder) {
  const long n_t = encoder.n_cols(), n_y = p_xy.n_cols();
  Tensor<double> p(Shape{n_t, n_y});
  for (long x = 0; x < p_xy.n_rows(); ++x)
    for (long t = 0; t < n_t; ++t)
      for (long y = 0; y < n_y; ++y) p[t * n_y + y] = fma(encoder[x * n_t + t], p_xy[x * n_y + y], p[t * n_y + y]);
  return p;
}

bool rows_are_laws(const Tensor<double>& q) {
  for (long i = 0; i < q.size(); ++i)
    if (!(q[i] >= 0)) return false;
  for (const double total : row_sums(q))
    if (!(abs(total - 1) <= information::Joint::kTolerance)) return false;
  return true;
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

std::vector<FaultyValue> faulty_values(const ClaimedLaw& law, const Claim& claim, double truth) {
  Values values;
  const Collector out(values, claim.unit);
  // A number that does not know its unit, or its sign
  const double factor = claim.unit == Unit::bits ? kLn2 : 1 / kLn2;
  out.number(claim.unit == Unit::bits ? Fault::nats_as_bits : Fault::bits_as_nats,
             claim.unit == Unit::bits ? "the value in nats" : "the value in bits", factor * truth);
  out.number(Fault::sign, "minus the value", -truth);

  const bool of_xy = is_finite_claim_of_table(claim.name);
  for (const auto& row : kOfTable)
    if (claim.name == row.name) {
      if (law.is_law) of_table(out, law.table, row.asked);
      if (!law.is_law) out.nats(Fault::not_normalised, "the formula on the table as it is", book_value(law.table, row.asked));
      if (!law.is_law)
        out.nats(Fault::renormalised_silently, "the table divided by " + shortest(law.total), book_value(law.joint.p(), row.asked));
    }
  if (of_xy || !law.is_law) return values;
  if (is_bound(claim)) {
    if (std::isfinite(truth)) of_bound(out, law.joint, claim, from_unit(truth, claim.unit).value);
  } else if (claim.name == "capacity") of_capacity(out, law);
  else if (claim.name == "I_Y(R)") of_rate(out, law, claim);
  else if (claim.name == "min L" || (!claim.encoder && claim.beta)) of_optimum(out, law, claim);
  else if (claim.encoder) of_encoder(out, law, claim);
  return values;
}

}  // namespace etalon::ib_oracle
