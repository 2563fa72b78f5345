// SPDX-License-Identifier: Apache-2.0
// blocked.h — the matrix product at the speed of the vector unit, with the bits of the three naive loops.
//
//   c_ij = fma(a_i,n-1, b_n-1,j, ... fma(a_i0, b_0j, +0))
//
// What may be rearranged is WHICH outputs are worked on together; what may not is the order of k within
// one output. So:
//
//   tile       kRows x (up to kVectors x kLanes) outputs live in registers. One step of k loads a row of b
//              into kVectors registers, spreads each a_ik over a register, and does one fma per output.
//              A lane is an output: no lane ever meets another.
//   panel      k runs in panels of kPanelDepth. At the end of a panel the sums are stored to c, exactly as
//              they are, and loaded again at the next: a store and a load round nothing.
//   packing    panels of b and blocks of a are copied into the order in which the tile reads them, so that
//              every load is the next one in memory, whatever the strides were. Missing rows and columns
//              are filled with zeros; the outputs they lead to are thrown away.
//
// BITS     as matmul_by_definition, for every shape, stride and instruction set. The payload of a NaN is not
//          promised (IEEE 754 leaves it open); that it is a NaN is.
//
// SOURCE   Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication", whose blocking we
//          keep; Van Zee & van de Geijn 2015 (BLIS) for the loop order.
//
// Included once by each of portable.cpp, avx2.cpp and avx512.cpp, after their Vector types. Everything is in an
// anonymous namespace: code compiled for one instruction set must not be shared with another file.
//
// A Vector type says:  Real, Register, kLanes;  kRows, kVectors (the tile);  zero(), load(p), store(p, x),
//                      broadcast(p) (one number to all lanes), fma(a, b, c) lane by lane.
#pragma once

#include "tensor/kernel/kernel.h"

namespace etalon::kernel {
namespace {

constexpr long kBlockRows = 192;   // rows of a packed at a time: kBlockRows x kPanelDepth doubles stay in a second-level cache
constexpr long kBlockCols = 1536;  // columns of b packed at a time: 3 MiB of doubles, the third level
constexpr long kAlignment = 64;    // bytes

constexpr long smaller(long x, long y) { return x < y ? x : y; }
constexpr long rounded_up(long x, long step) { return (x + step - 1) / step * step; }

// sums [R, N lanes] = (first ? +0 : sums) + sum over k of a_k (column of R) b_k (row of N vectors), k increasing.
template <class V, int R, int N>
void run_tile(long depth, const typename V::Real* a, const typename V::Real* b, typename V::Real* c, long c_row, bool first) {
  // Begin each sum at +0, or where the panel before left it
  typename V::Register sums[R][N];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < N; ++v) sums[r][v] = first ? V::zero() : V::load(c + r * c_row + v * V::kLanes);

  // Add one term to every sum, for increasing k:  sums_rv <- fma(a_rk, b_kv, sums_rv)
  for (long k = 0; k < depth; ++k) {
    typename V::Register b_k[N];
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) b_k[v] = V::load(b + v * V::kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const typename V::Register a_rk = V::broadcast(a + r);
#pragma GCC unroll 8
      for (int v = 0; v < N; ++v) sums[r][v] = V::fma(a_rk, b_k[v], sums[r][v]);
    }
    a += R;
    b += N * V::kLanes;
  }

  // Leave the sums in c, where the next panel finds them
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < N; ++v) V::store(c + r * c_row + v * V::kLanes, sums[r][v]);
}

// The smallest tile height kRows, kRows/2, ..., 1 that holds `rows`.
template <class V>
long tile_height(long rows) {
  long height = V::kRows;
  while (height > 1 && rows <= height / 2) height /= 2;
  return height;
}

// Chooses the compiled tile for a height and a number of vectors.
template <class V, int R, int N>
void pick_tile(long height, long vectors, long depth, const typename V::Real* a, const typename V::Real* b, typename V::Real* c,
               long c_row, bool first) {
  if constexpr (R > 1)
    if (height < R) return pick_tile<V, R / 2, N>(height, vectors, depth, a, b, c, c_row, first);
  if constexpr (N > 1)
    if (vectors < N) return pick_tile<V, R, N - 1>(height, vectors, depth, a, b, c, c_row, first);
  run_tile<V, R, N>(depth, a, b, c, c_row, first);
}

// One tile of c: in place where c has room and unit column stride, else by way of a small buffer.
template <class V>
void fill_tile(long rows, long cols, long depth, const typename V::Real* a, const typename V::Real* b, typename V::Real* c,
               long c_row, long c_col, bool first) {
  // Work in place where whole vectors of c lie contiguous
  const long height = tile_height<V>(rows), vectors = (cols + V::kLanes - 1) / V::kLanes;
  if (c_col == 1 && rows == height && cols == vectors * V::kLanes)
    return pick_tile<V, V::kRows, V::kVectors>(height, vectors, depth, a, b, c, c_row, first);

  // Copy what the panel before left otherwise, work on the copy, and bring back the part that c has
  constexpr long kBufferRow = V::kVectors * V::kLanes;
  alignas(kAlignment) typename V::Real buffer[V::kRows * kBufferRow];
  if (!first) {
    for (long i = 0; i < height * kBufferRow; ++i) buffer[i] = 0;
    for (long i = 0; i < rows; ++i)
      for (long j = 0; j < cols; ++j) buffer[i * kBufferRow + j] = c[i * c_row + j * c_col];
  }
  pick_tile<V, V::kRows, V::kVectors>(height, vectors, depth, a, b, buffer, kBufferRow, first);
  for (long i = 0; i < rows; ++i)
    for (long j = 0; j < cols; ++j) c[i * c_row + j * c_col] = buffer[i * kBufferRow + j];
}

// Copies x [depth, extent] (strides along k and across) to packed [depth, width]; columns past extent are zeros.
template <class Real>
void pack(const Real* x, long x_along, long x_across, long depth, long extent, long width, Real* packed) {
  // Copy row by row where a row lies contiguous
  if (x_across == 1) {
    for (long k = 0; k < depth; ++k) {
      for (long j = 0; j < extent; ++j) packed[k * width + j] = x[k * x_along + j];
      for (long j = extent; j < width; ++j) packed[k * width + j] = 0;
    }
    return;
  }

  // Transpose otherwise, in strips one cache line deep: each line of x is read once and whole, and the lines written stay near
  constexpr long kStrip = kAlignment / sizeof(Real);
  for (long k0 = 0; k0 < depth; k0 += kStrip) {
    const long k1 = smaller(k0 + kStrip, depth);
    for (long j = 0; j < extent; ++j)
      for (long k = k0; k < k1; ++k) packed[k * width + j] = x[k * x_along + j * x_across];
  }

  // Fill the columns past the extent with zeros
  for (long j = extent; j < width; ++j)
    for (long k = 0; k < depth; ++k) packed[k * width + j] = 0;
}

// How many numbers `multiply` packs at a time: a block of a, rounded up to the alignment, then a panel of b.
template <class V>
long workspace(long m, long n, long p) {
  constexpr long kTileCols = V::kVectors * V::kLanes;
  const long depth = smaller(n, kPanelDepth);
  const long a_block = rounded_up(smaller(m, kBlockRows), V::kRows) * depth;
  const long b_block = rounded_up(smaller(p, kBlockCols), kTileCols) * depth;
  return rounded_up(a_block, kAlignment) + b_block;
}

// The product x.c = x.a x.b. (i0, j0) is where a block of c begins and k0 a panel of the sums; i and j go from tile to tile inside.
template <class V>
void multiply(const Product<typename V::Real>& x, typename V::Real* workspace) {
  using Real = typename V::Real;
  constexpr long kTileCols = V::kVectors * V::kLanes;
  static_assert(kBlockCols % kTileCols == 0 && kBlockRows % V::kRows == 0);

  // Write +0 where there is nothing to add
  if (x.n == 0) {
    for (long i = 0; i < x.m; ++i)
      for (long j = 0; j < x.p; ++j) x.c[i * x.c_row + j * x.c_col] = 0;
    return;
  }

  // Divide the workspace: the packed block of a, then the packed panel of b
  Real* const a_packed = workspace;
  const long a_size = rounded_up(smaller(x.m, kBlockRows), V::kRows) * smaller(x.n, kPanelDepth);
  Real* const b_packed = workspace + rounded_up(a_size, kAlignment);

  for (long j0 = 0; j0 < x.p; j0 += kBlockCols) {
    const long p = smaller(x.p - j0, kBlockCols);
    for (long k0 = 0; k0 < x.n; k0 += kPanelDepth) {  // one panel done before the next: the order of the sum
      // Pack the panel of b, as many columns at a time as a tile has
      const long depth = smaller(x.n - k0, kPanelDepth);
      for (long j = 0; j < p; j += kTileCols) {
        const long cols = smaller(p - j, kTileCols);
        pack(x.b + k0 * x.b_row + (j0 + j) * x.b_col, x.b_row, x.b_col, depth, cols, rounded_up(cols, V::kLanes),
             b_packed + j * depth);
      }
      for (long i0 = 0; i0 < x.m; i0 += kBlockRows) {
        // Pack the block of a, as many rows at a time as a tile has
        const long m = smaller(x.m - i0, kBlockRows);
        for (long i = 0; i < m; i += V::kRows) {
          const long rows = smaller(m - i, V::kRows);
          pack(x.a + (i0 + i) * x.a_row + k0 * x.a_col, x.a_col, x.a_row, depth, rows, tile_height<V>(rows), a_packed + i * depth);
        }

        // Carry every sum of the block on through this panel
        for (long j = 0; j < p; j += kTileCols)
          for (long i = 0; i < m; i += V::kRows)
            fill_tile<V>(smaller(m - i, V::kRows), smaller(p - j, kTileCols), depth, a_packed + i * depth, b_packed + j * depth,
                         x.c + (i0 + i) * x.c_row + (j0 + j) * x.c_col, x.c_row, x.c_col, k0 == 0);
      }
    }
  }
}

}  // namespace
}  // namespace etalon::kernel
