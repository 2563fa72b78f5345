// SPDX-License-Identifier: Apache-2.0
// cpu.h — what exact.h asks of the machine.
#pragma once

namespace etalon {

// SLEEF's functions are sequences of fused multiply-adds in hardware; a CPU without them would stop at the first one with an
// illegal instruction. Error: this CPU has none.
void require_fma();

}  // namespace etalon
