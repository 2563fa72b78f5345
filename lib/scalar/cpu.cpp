// SPDX-License-Identifier: Apache-2.0
#include "scalar/cpu.h"

#include "base/error.h"

namespace etalon {
namespace {

#ifdef __x86_64__
bool cpu_has_fma() { return __builtin_cpu_supports("fma"); }
#else
bool cpu_has_fma() { return true; }  // part of aarch64, s390x and power
#endif

}  // namespace

void require_fma() {
  if (cpu_has_fma()) return;
  throw Error("this CPU", "fused multiply-add (x86-64: FMA3, in Intel since Haswell, in AMD since Piledriver)", "none",
              "run on a newer machine: the elementary functions have the same bits everywhere because they are built on it");
}

}  // namespace etalon
