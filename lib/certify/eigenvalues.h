// SPDX-License-Identifier: Apache-2.0
// eigenvalues.h — every eigenvalue of a symmetric matrix, and every singular value of any, enclosed.
//
//   M = V^T A V,   E = V^T V - I,   V any approximate eigenvectors
//
// THEOREM  Let delta = ||E||_F < 1, d_1 >= d_2 >= ... the diagonal of M, sorted, omega the Frobenius norm of M off its diagonal.
//          Then the sorted eigenvalues of A satisfy   lambda_i(A) = (d_i + e_i) / (1 + f_i),   |e_i| <= omega,   |f_i| <= delta.
//
// PROOF    V is invertible, for V^T V = I + E has no eigenvalue below 1 - delta > 0. By Ostrowski (Horn & Johnson, Matrix Analysis,
//          4.5.9) lambda_i(V^T A V) = theta_i lambda_i(A) with theta_i between the smallest and the largest eigenvalue of V^T V, so
//          |theta_i - 1| <= ||E||_2 <= delta. By Weyl (4.3.1) |lambda_i(M) - d_i| <= ||M - diag M||_2 <= omega. QED
//
//          V is a witness that nobody need trust: a bad one gives wide balls, never wrong ones. Equal eigenvalues do no harm.
//          Ours are the rotations of Jacobi's cyclic method, on the midpoints of A at the balls' precision.
//
// SORTING  The i-th largest of some numbers moves by no more than the largest of their moves. So d_i is the i-th largest midpoint,
//          widened by the largest radius.
//
// ACCURACY About 2^(20 - bits) ||A||, absolutely. COST  some 10 sweeps of 4 n^3: 0.4 s for n = 37 at 400 bits.
#pragma once

#include <vector>

#include "scalar/ball.h"
#include "tensor/tensor.h"

namespace etalon::certify {

// A [n, n] -> its n eigenvalues, falling. A's symmetry is the caller's promise: entries (i, j) and (j, i) hold the same
// number. Not finite where delta is not certainly below 1.
std::vector<Ball> symmetric_eigenvalues(const Tensor<Ball>& a);

// The theorem for a V of the caller's.
std::vector<Ball> eigenvalues_by(const Tensor<Ball>& a, const Tensor<Ball>& v);

// A [m, n] -> min(m, n) singular values, falling: the roots of the eigenvalues of A A^T or A^T A, the smaller of both. One that
// is 0 gets a ball [0, 2^(10 - bits/2) ||A||].
std::vector<Ball> singular_values(const Tensor<Ball>& a);

}  // namespace etalon::certify
