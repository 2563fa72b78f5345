// SPDX-License-Identifier: Apache-2.0
// kernel.h — what one instruction set offers, to those who call it: matrix products, and rows worked on together.
//
// No standard header is included here, nor in any file compiled for one instruction set: an inline
// function of the library compiled with AVX-512 could be the copy that the linker keeps for everyone, and
// would end the program on a CPU without it.
#pragma once

namespace etalon::kernel {

// c [m, p] = a [m, n] b [n, p], any strides; c overlaps neither factor.
template <class Real>
struct Product {
  const Real* a;
  long a_row, a_col;
  const Real* b;
  long b_row, b_col;
  Real* c;
  long c_row, c_col;
  long m, n, p;
};

// k is walked in panels of this depth; between panels the sums wait in c.
inline constexpr long kPanelDepth = 256;

// Rows of scores to rows of softmax, in place: x [n, m], rows `stride` apart; entropy [n]. The stride is a multiple of kRowStep,
// and what lies between a row and the next is overwritten.
struct Softmax {
  double* x;
  long n, m, stride;
  double eps;  // scores are divided by it first
  double* entropy;
};
inline constexpr long kRowStep = 8;

struct Kernel {
  const char* name;  // as ETALON_ISA spells it

  // How many numbers of workspace (aligned to 64 bytes) `multiply` wants.
  long (*workspace_double)(long m, long n, long p);
  long (*workspace_float)(long m, long n, long p);
  void (*multiply_double)(const Product<double>& product, double* workspace);
  void (*multiply_float)(const Product<float>& product, float* workspace);

  void (*softmax_rows)(const Softmax& rows);
  // out_i = (x_i scale_i) / |x_i scale_i| for n rows of d numbers; the scales are powers of two.
  void (*unit_rows)(const double* x, long n, long d, const double* scale, double* out);
};

// One source (blocked.h, rows.h), one file for each instruction set. nullptr: not compiled for this machine.
const Kernel* portable();
const Kernel* avx2();
const Kernel* avx512();

}  // namespace etalon::kernel
