// SPDX-License-Identifier: Apache-2.0
// crew.h — jobs on threads, and this thread on the watch.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>

namespace etalon::app {

// Threads take jobs 0 .. n_jobs-1 one by one; each result has its own place. Meanwhile this thread calls `watch` ten times a second
// with what a job threw, or null. A watch that does not want to wait for the jobs that go on ends the process: they use what it would
// leave behind. Returns when every job is done. Error: the system gives no thread at all.
void work_through(std::size_t n_jobs, unsigned n_threads, const std::function<void(std::size_t)>& job,
                  const std::function<void(std::exception_ptr)>& watch);

}  // namespace etalon::app
