// SPDX-License-Identifier: Apache-2.0
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
// The comment above the struct says the same in the same order, in the reader's notation, and opens with the op card.
//
// CARD     Three lines under the formula, measured and written by tests/op/card_test.cpp (tests/op/card.h says how), never by hand:
//
//            types   the scalars in which forward and VJP of the page's cases are compiled and run (lib/scalar/README.md says
//                    what each is)
//            error   the worst error that was seen of forward in double, against 256-bit balls
//            valid   each input alone, the others near 1, and all inputs together: the powers of two below which every output is
//                    finite and certainly within BOUND
//
//          Shapes and settings are those of the page's cases, so rows are short: BOUND says what a wider row costs, and the
//          lesson measures it. Entries are walked over every exponent of binary64, with both signs and several mantissas.
//
//          Where the worst error stands is said by the numbers, if the op goes entry by entry. Otherwise by the case, whose shape and
//          setting it has, and by what its entries were: all of one exponent ("v of 2^-14": 2^-14 <= |v| < 2^-13), each of its
//          own ("entries of 2^-8 to 2^8", "entries of every exponent"), 2^k plus numbers near 1 ("entries around 2^k"), or
//          plus and minus one number, its neighbour and a 2^30th of it ("entries +-2^9 that cancel").
//
//          An error is counted three ways:
//
//            ulp of y       |error| / ulp(y),  y the exact value and ulp(y) the distance from |y| to the next larger double
//            ulp of reach   |error| / ulp(max(|y|, sum_k |x_k dy/dx_k|)), the sum over all entries of all inputs
//            of BOUND       |error| / BOUND, at most 1
//
//          The reach is what y moves if every entry of the inputs moves by its own size; settings count as exact. Inputs that
//          were rounded to double have cost half an ulp of reach before the op begins, whatever the op does then. So one or two
//          ulp of reach are as good as an op can be; thousands mean that the formula loses digits (EDGES and BOUND say where).
//          "Digits may cancel": more than 2^14 ulp of y were seen, because y can be far smaller than what it is made of. Then an
//          ulp of y says nothing, and the card leaves it out. "No digit is certain": 2^52 ulp of reach, an error as large as y.
//          An output is not counted in ulp where something underflowed on the way to it; it is still held to BOUND.
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
              "no operation broadcasts: give both inputs the same shape");
}
inline void require_eps(const char* op, Ratio eps) {
  constexpr long kExact = 1L << 53;
  if (eps.num >= 1 && eps.num < kExact && eps.den >= 1 && eps.den < kExact) return;
  throw Error(std::string("op.") + op, "eps = num/den > 0, both below 2^53",
              std::to_string(eps.num) + "/" + std::to_string(eps.den),
              "eps keeps a row without spread from dividing by zero; GPT-2 and Llama take 1/100000");
}

}  // namespace etalon::op
