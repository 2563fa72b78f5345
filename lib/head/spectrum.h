// SPDX-License-Identifier: Apache-2.0
// spectrum.h — the singular values of the logit gradient, and what each of its components loses in the head.
//
//   G = U S X^T,   sigma_1 >= sigma_2 >= ... >= 0
//
//   numerical rank      #{ sigma_i > negligible_share(N, V) sigma_1 }                                           (head/basis.h)
//   effective rank      exp(-sum_i p_i ln p_i),  p_i = sigma_i / sum sigma                                  (Roy & Vetterli 2007)
//   k_q                 the smallest k with sqrt(sum_{i<=k} sigma_i^2) >= q ||G||  ("norm"), or without the root ("energy")
//   residual bound      sqrt(sum_{i>k} sigma_i^2 / sum sigma_i^2): no X of rank k comes closer to G    (Eckart, Young, Mirsky)
//   cosine bound        sqrt(sum_{i<=k} sigma_i^2 / sum sigma_i^2): no X of rank k points closer to G
//
// REALISED One optimiser step changes the logits by dL = dH W^T + (H + dH) dW^T, whatever the optimiser: rank at most 2D; along the
//          backbone alone (dW = 0) at most D. The bounds at k = 2D and k = D are therefore unavoidable.
//
// TRANSFER Component i, sigma_i u_i x_i^T, passes P_W as sigma_i u_i (P_W x_i)^T. With t_i = ||P_W x_i||^2 it keeps
//
//            on its own direction    sigma_i t_i
//            over the others         sigma_i^2 (t_i - t_i^2)     (squared norm)
//
//          Where singular values coincide, the x_i are one choice of many, and so are the t_i; their mean over equal ones is not.
//
// NUMERICS G has up to 2,000 x 50,000 entries. Its shorter side is orthonormalised (head/basis.h): G = R B with B's rows
//          orthonormal, and R, at most min(N, V) square, goes to Eigen's BDCSVD. Both steps are backward stable, so each sigma_i is
//          off by at most p(N, V) u sigma_1, p a low power (below min(N, V) in the tests): absolutely, not relatively. The cheaper
//          way, eigenvalues of G G^T, would lose every sigma_i below sqrt(u) sigma_1 ~ 1e-8 sigma_1, long before the numerical
//          rank's threshold. A G that is too small or too large to be squared is taken times a power of two, and so is sigma
//          wherever it is squared: the shares below do not depend on the size of G.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "head/basis.h"
#include "scalar/entropy_terms.h"

namespace etalon::head {

struct Spectrum {
  std::vector<double> sigma;    // [min(N, V)], falling; 0 past the rank that Gram-Schmidt found
  std::vector<double> visible;  // [numerical rank]: t_i = ||P_W x_i||^2, in [0, 1]
};

// G [N, V]; the basis of W's column space (rows of length V). No errors; of G = 0 every sigma is 0 and `visible` is empty.
Spectrum spectrum_of(const Tensor<double>& g, const Basis<double>& w);

// Of any matrix [m, n], falling, min(m, n) of them, off by NUMERICS above. Beside it stands no basis, so it is Eigen's alone: for
// matrices that are small on both sides. The size of x does not matter up to a power of two: a singular value may be subnormal.
std::vector<double> singular_values(const Tensor<double>& x);

// Of all the functions below: sigma falls and is not all 0.

namespace detail {

// sum sigma_i^2 over [from, to), smallest first: the tail is not lost beside the head.
template <Scalar S>
S energy(const std::vector<S>& sigma, long from, long to) {
  const auto from_the_end = [&](long i) { return sigma[to - 1 - i]; };
  return product_sum<S>(std::max(0L, to - from), from_the_end, from_the_end);
}
template <Scalar S>
S energy(const std::vector<S>& sigma) {
  return energy(sigma, 0, static_cast<long>(sigma.size()));
}

// sigma, times a power of two where its squares would overflow or vanish.
template <Scalar S>
std::vector<S> safe_to_square(std::vector<S> sigma) {
  const int e = square_scale(sigma.data(), static_cast<long>(sigma.size()));
  if (e == 0) return sigma;
  for (S& s : sigma) s = s * S(std::ldexp(1, -e));
  return sigma;
}

}  // namespace detail

// n_rows and n_cols are those of G. A count of balls is certain, or refused (Undecided).
template <Scalar S>
long numerical_rank(const std::vector<S>& sigma, long n_rows, long n_cols) {
  const S threshold = S(negligible_share(n_rows, n_cols)) * sigma[0];
  return std::count_if(sigma.begin(), sigma.end(), [&](const S& s) {
    return decided_less(threshold, s, "head.numerical_rank: is the singular value above the threshold");
  });
}

// In components; of one direction 1, of k equal ones k.
template <Scalar S>
S effective_rank(const std::vector<S>& sigma) {
  const long n = static_cast<long>(sigma.size());
  const S total = ordered_sum<S>(n, [&](long i) { return sigma[i]; });
  return exp(ordered_sum<S>(n, [&](long i) { return surprise(sigma[i] / total); }));
}

// k_q: a share q of the norm of G, or of its square. A comparison of balls is certain, or refused (Undecided).
enum class Share { norm, energy };
template <Scalar S>
long components_for(const std::vector<S>& of_any_size, const std::type_identity_t<S>& q, Share share) {
  const std::vector<S> sigma = detail::safe_to_square(of_any_size);
  const S wanted = (share == Share::norm ? q * q : q) * detail::energy(sigma);
  S reached(0.0);
  for (std::size_t k = 0; k < sigma.size(); ++k) {
    reached = fma(sigma[k], sigma[k], reached);
    if (!decided_less(reached, wanted, "head.components_for: is the part reached below the part wanted"))
      return static_cast<long>(k) + 1;
  }
  return static_cast<long>(sigma.size());
}

// Of rank k: shares of ||G||, and 0 and 1 for k >= sigma.size().
template <Scalar S>
S residual_bound(const std::vector<S>& of_any_size, long k) {
  const std::vector<S> sigma = detail::safe_to_square(of_any_size);
  return sqrt_nonnegative(detail::energy(sigma, k, static_cast<long>(sigma.size())) / detail::energy(sigma));
}
template <Scalar S>
S cosine_bound(const std::vector<S>& of_any_size, long k) {
  const std::vector<S> sigma = detail::safe_to_square(of_any_size);
  return sqrt_nonnegative(detail::energy(sigma, 0, std::min(k, static_cast<long>(sigma.size()))) / detail::energy(sigma));
}

// TRANSFER above, for each component up to the numerical rank: sigma_i t_i, and sigma_i^2 (t_i - t_i^2).
std::vector<double> kept_on_diagonal(const Spectrum& s);
std::vector<double> scattered(const Spectrum& s);

}  // namespace etalon::head
