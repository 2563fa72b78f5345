// SPDX-License-Identifier: Apache-2.0
// choose.h — which kernel runs here: the widest that this CPU has, unless ETALON_ISA says otherwise.
#pragma once

#include <string>
#include <vector>

#include "tensor/kernel/kernel.h"

namespace etalon::kernel {

inline constexpr long kWorthThreads = 1L << 22;  // terms of a product: one of fewer ends before another thread has started

// Those that this build holds and this CPU can run, the widest last; portable() is always there.
std::vector<const Kernel*> available();

// The kernel of that name ("sse2", "avx2", "avx512"; "portable" is the plain one on every machine); "" takes the widest.
// Error: no such name, or this CPU or build cannot run it.
const Kernel& named(const std::string& name);

// named($ETALON_ISA), looked up once. The choice changes the time, never the bits.
const Kernel& chosen();

// $ETALON_THREADS, 1 if it is not set; looked up once. parse_threads reads such a text. Error: not an integer from 1 to 1024.
int n_threads();
int parse_threads(const std::string& text);

// $ETALON_THREADS_FROM, kWorthThreads if it is not set: a product of fewer terms stays on one thread. 1 splits whatever can be
// split: tests/cross shows with it that threads change no bit of small cases either.
// Error: not an integer from 1 to 2^40.
long threads_from();

}  // namespace etalon::kernel
