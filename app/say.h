// SPDX-License-Identifier: Apache-2.0
// say.h — the one way by which the command prints: nothing harmful reaches a terminal, and what could not be written is known.
#pragma once

#include <cstdio>
#include <string_view>

namespace etalon::app {

// As printf, to standard output (results) and standard error (logs, progress, refusals), through safe_text (base/terminal.h). A name
// from a file passes safe_name first, or its line breaks are taken for ours.
void say(const char* format, ...) __attribute__((format(printf, 1, 2)));
void note(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Text of any length, as it is: what `say("%s", text)` prints.
void say_text(std::string_view text);

// Writes out what is buffered, so that somebody who waits can read it.
void say_now();

// Writes out what is buffered. "" if all that was said has arrived, otherwise why it has not (the disk is full, the pipe is closed).
// Called once, before the exit code is chosen.
const char* output_error();

}  // namespace etalon::app
