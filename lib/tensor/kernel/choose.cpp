// SPDX-License-Identifier: Apache-2.0
#include "tensor/kernel/choose.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace etalon::kernel {
namespace {

#if defined(__x86_64__)
bool cpu_has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool cpu_has_avx512() { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma"); }
#else
bool cpu_has_avx2() { return false; }
bool cpu_has_avx512() { return false; }
#endif

std::string environment(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

// An integer from 1 to `most`.
long parse(const char* variable, const std::string& text, long most, const char* hint) {
  long n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed == std::errc() && end == text.data() + text.size() && n >= 1 && n <= most) return n;
  throw Error(variable, "an integer from 1 to " + std::to_string(most), "'" + text + "'", hint);
}

}  // namespace

std::vector<const Kernel*> available() {
  std::vector<const Kernel*> kernels = {portable()};
  if (avx2() && cpu_has_avx2()) kernels.push_back(avx2());
  if (avx512() && cpu_has_avx512()) kernels.push_back(avx512());
  return kernels;
}

const Kernel& named(const std::string& name) {
  const auto kernels = available();
  if (name.empty()) return *kernels.back();
  if (name == "portable") return *portable();
  std::string names;
  for (const Kernel* kernel : kernels) {
    if (kernel->name == name) return *kernel;
    names += (names.empty() ? "" : ", ") + std::string(kernel->name);
  }
  throw Error("ETALON_ISA", "an instruction set that this machine has: " + names, "'" + name + "'",
              "leave ETALON_ISA unset to take the widest; the bits are the same with each");
}

const Kernel& chosen() {
  static const Kernel& kernel = named(environment("ETALON_ISA"));
  return kernel;
}

int parse_threads(const std::string& text) {
  if (text.empty()) return 1;
  return static_cast<int>(parse("ETALON_THREADS", text, 1024, "leave it unset for one thread; the bits do not depend on it"));
}

int n_threads() {
  static const int n = parse_threads(environment("ETALON_THREADS"));
  return n;
}

long threads_from() {
  static const long n = [] {
    const std::string text = environment("ETALON_THREADS_FROM");
    return text.empty() ? kWorthThreads
                        : parse("ETALON_THREADS_FROM", text, 1L << 40, "leave it unset; the bits do not depend on it");
  }();
  return n;
}

}  // namespace etalon::kernel
