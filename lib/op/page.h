// page.h — what every page of the book provides, so that one loop can hold all of them to the laws.
//
// A page is a struct:
//
//   kName                      its name in files, on tapes and in docs
//   Setting                    what is not a real number: flags, tokens, masks, rational constants
//   shape(setting, shapes)     the output's shape, or a refusal: SHAPES as code
//   forward(setting, in)       the output. One scalar at a time, in a fixed order
//   vjp(setting, in, y, y_bar) a cotangent for every input, in order
//   bound(setting, in, y)      at most how far `forward` in double may be from the exact real answer
//                              for these double inputs, entry by entry
//   published_forward, _vjp    only where the page computes a better form than the published one: that one, whose
//                              rounding errors golden/op/<name>/ forgives (gelu_tanh)
//   cases()                    the page's own examples; every law walks through all of them, and
//                              golden/op/<name>/ publishes them
//
// The comment above the struct says the same in the same order, in the reader's notation.
#pragma once

#include <concepts>
#include <string>
#include <vector>

#include "base/error.h"
#include "scalar/ratio.h"
#include "scalar/scalar.h"
#include "tape/tape.h"
#include "tensor/matmul.h"
#include "tensor/sum.h"
#include "tensor/tensor.h"

namespace etalon::op {

inline constexpr double kUnit = 0x1p-53;        // u, the unit roundoff of binary64
inline constexpr double kSmallest = 0x1p-1074;  // the smallest subnormal: what underflow can cost

// gamma_n = n u / (1 - n u): the usual first-order constant, with nothing dropped (Higham 2002, Lemma 3.1).
inline double gamma(double n) { return n * kUnit / (1 - n * kUnit); }

// The setting of a page that has none.
struct None {};

template <class Setting>
struct Case {
  std::string name;  // a file name: lower case, digits, '-'
  std::string why;   // one sentence
  Setting setting;
  std::vector<Tensor<double>> inputs;
};

template <class Op>
concept Page = requires(const typename Op::Setting& s, const Args<double>& in, const Tensor<double>& y,
                        const std::vector<Shape>& shapes) {
  { Op::kName } -> std::convertible_to<const char*>;
  { Op::shape(s, shapes) } -> std::same_as<Shape>;
  { Op::forward(s, in) } -> std::same_as<Tensor<double>>;
  { Op::vjp(s, in, y, y) } -> std::same_as<std::vector<Tensor<double>>>;
  { Op::bound(s, in, y) } -> std::same_as<Tensor<double>>;
  { Op::cases() } -> std::same_as<std::vector<Case<typename Op::Setting>>>;
};

// A page joins the tape in one line: apply<Softmax>(tape, "h.0.attn.probs", {}, {scores}).
template <class Op, Scalar S>
typename Tape<S>::Id apply(Tape<S>& tape, std::string name, typename Op::Setting setting, std::vector<typename Tape<S>::Id> from) {
  Args<S> in;
  for (const auto id : from) in.push_back(tape.value(id));
  Tensor<S> y = Op::forward(setting, in);
  return tape.record(std::move(name), Op::kName, std::move(y), std::move(from),
                     [setting = std::move(setting)](const Args<S>& x, const Tensor<S>& y_, const Tensor<S>& y_bar) {
                       return Op::vjp(setting, x, y_, y_bar);
                     });
}

// Refusals shared by many pages.
inline void require_inputs(const char* op, std::size_t expected, const std::vector<Shape>& in) {
  if (in.size() == expected) return;
  throw Error(std::string("op.") + op, std::to_string(expected) + " input(s)", std::to_string(in.size()),
              std::string("docs/op/") + op + ".md lists the inputs in order");
}
inline void require_same_shape(const char* op, const Shape& a, const Shape& b) {
  if (a == b) return;
  throw Error(std::string("op.") + op, "two tensors of one shape", to_string(a) + " and " + to_string(b),
              "nothing is broadcast in this house; say what you mean");
}
inline void require_eps(const char* op, Ratio eps) {
  constexpr long kExact = 1L << 53;
  if (eps.num >= 1 && eps.num < kExact && eps.den >= 1 && eps.den < kExact) return;
  throw Error(std::string("op.") + op, "eps = num/den > 0, both below 2^53",
              std::to_string(eps.num) + "/" + std::to_string(eps.den),
              "eps keeps a row without spread from dividing by zero; GPT-2 and Llama take 1/100000");
}

}  // namespace etalon::op
