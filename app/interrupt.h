// SPDX-License-Identifier: Apache-2.0
// interrupt.h — Ctrl-C as a question that long work answers: what is done is kept, and said.
//
//   watch_for_interrupt();
//   for (...) {
//     if (interrupted()) break;   // then print or keep what is done, say so, and answer kInterrupted (command.h)
//     ...
//   }
#pragma once

namespace etalon::app {

// From now on the first SIGINT (Ctrl-C) or SIGTERM only sets the flag that interrupted() reads; a second one ends the process at
// once. A signal that the caller ignores (nohup, a background job of sh) stays ignored. Called where the long work begins: a command
// that never asks interrupted() must not call it.
void watch_for_interrupt();

// True once such a signal has come. Any thread may ask, as often as it likes: one atomic read.
bool interrupted();

}  // namespace etalon::app
