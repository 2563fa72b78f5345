// SPDX-License-Identifier: Apache-2.0
// disk_full.h — a disk with no room left, for this process alone.
#pragma once

#include <sys/resource.h>

#include <csignal>

namespace etalon {

// Files may not grow past a size while this lives: the disk is full.
struct DiskFull {
  explicit DiskFull(rlim_t limit) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small = {limit, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~DiskFull() { ::setrlimit(RLIMIT_FSIZE, &before); }
  rlimit before{};
};

}  // namespace etalon
