// SPDX-License-Identifier: Apache-2.0
#include "bench/other_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

extern char** environ;  // POSIX: our own

namespace etalon::app {
namespace {

struct Close {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using Handle = std::unique_ptr<std::FILE, Close>;

// Pointers to each text, and null at the end; the texts outlive them.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// The child's standard streams; what else is open here is closed there.
struct Streams {
  Streams(int in, int out) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  ~Streams() { ::posix_spawn_file_actions_destroy(&actions); }
  posix_spawn_file_actions_t actions;
};

}  // namespace

std::optional<std::string> answer_of(const std::vector<std::string>& words, std::span<const std::byte> input,
                                     const std::vector<std::string>& settings) {
  // Put the input into a file that has no name
  const Handle in(std::tmpfile());
  if (!in || std::fwrite(input.data(), 1, input.size(), in.get()) != input.size() || std::fflush(in.get()) != 0)
    return std::nullopt;
  std::rewind(in.get());

  // Start the program
  std::vector<std::string> environment = settings;
  for (char** setting = environ; *setting; ++setting) environment.emplace_back(*setting);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  pid_t child = 0;
  const Streams streams(::fileno(in.get()), ends[1]);
  const auto arguments = pointers(words), variables = pointers(environment);
  const int failed = ::posix_spawn(&child, words[0].c_str(), &streams.actions, nullptr, arguments.data(), variables.data());
  ::close(ends[1]);

  // Read to the end of its answer, and wait for it
  std::string answer;
  char part[4096];
  for (ssize_t n; failed == 0 && ((n = ::read(ends[0], part, sizeof part)) > 0 || (n < 0 && errno == EINTR));)
    if (n > 0) answer.append(part, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  if (failed != 0 || ::waitpid(child, &status, 0) != child) return std::nullopt;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? std::optional(answer) : std::nullopt;
}

}  // namespace etalon::app
