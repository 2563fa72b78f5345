// SPDX-License-Identifier: Apache-2.0
#include "say.h"

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <string>

#include "base/terminal.h"

namespace etalon::app {
namespace {

// errno of the first write to standard output that failed.
int first_error = 0;

void write(std::FILE* stream, std::string_view text) {
  const std::string safe = safe_text(text);
  errno = 0;
  if (std::fwrite(safe.data(), 1, safe.size(), stream) != safe.size() && stream == stdout && first_error == 0)
    first_error = errno != 0 ? errno : EIO;
}

std::string formatted(const char* format, std::va_list arguments) {
  std::va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, arguments);
  std::string text(static_cast<std::size_t>(size < 0 ? 0 : size) + 1, '\0');
  std::vsnprintf(text.data(), text.size(), format, again);
  va_end(again);
  text.pop_back();
  return text;
}

}  // namespace

void say(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  write(stdout, formatted(format, arguments));
  va_end(arguments);
}

void note(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  write(stderr, formatted(format, arguments));
  va_end(arguments);
}

void say_text(std::string_view text) { write(stdout, text); }

void say_now() {
  errno = 0;
  if (std::fflush(stdout) != 0 && first_error == 0) first_error = errno != 0 ? errno : EIO;
}

const char* output_error() {
  say_now();
  if (std::ferror(stdout) != 0 && first_error == 0) first_error = EIO;
  return first_error == 0 ? "" : std::strerror(first_error);
}

}  // namespace etalon::app
