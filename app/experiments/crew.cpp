// SPDX-License-Identifier: Apache-2.0
#include "experiments/crew.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"

namespace etalon::app {

void work_through(std::size_t n_jobs, unsigned n_threads, const std::function<void(std::size_t)>& job,
                  const std::function<void(std::exception_ptr)>& watch) {
  // Share what is left to do, and what went wrong
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t n_done = 0;
  std::exception_ptr failure;

  // Take the next job until there is none; nothing is thrown out of a thread
  const auto work = [&] {
    for (std::size_t i; (i = next++) < n_jobs;) {
      std::exception_ptr thrown;
      try {
        job(i);
      } catch (...) {
        thrown = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      if (thrown && !failure) failure = thrown;
      ++n_done;
      changed.notify_one();
    }
  };

  // Hire as many threads as the system gives, at most as many as there is work for
  std::vector<std::jthread> threads;
  const std::size_t wanted = std::min<std::size_t>(n_threads, n_jobs);
  try {
    while (threads.size() < wanted) threads.emplace_back(work);
  } catch (const std::system_error& e) {
    if (threads.empty()) throw Error("etalon run", "a thread to work on", e.what(), "are too many processes running?");
  }

  // Watch until all is done
  std::unique_lock lock(mutex);
  while (n_done < n_jobs) {
    changed.wait_for(lock, std::chrono::milliseconds(100));
    const std::exception_ptr seen = failure;
    lock.unlock();
    watch(seen);
    lock.lock();
  }
  lock.unlock();
  if (failure) watch(failure);
}

}  // namespace etalon::app
