// kernel.h — what a fast matrix product is, to those who call one: a name and two functions.
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

struct Kernel {
  const char* name;  // as ETALON_ISA spells it

  // How many numbers of workspace (aligned to 64 bytes) `multiply` wants.
  long (*workspace_double)(long m, long n, long p);
  long (*workspace_float)(long m, long n, long p);
  void (*multiply_double)(const Product<double>& product, double* workspace);
  void (*multiply_float)(const Product<float>& product, float* workspace);
};

// One source (blocked.h), one file for each instruction set. nullptr: not compiled for this machine.
const Kernel* portable();
const Kernel* avx2();
const Kernel* avx512();

}  // namespace etalon::kernel
