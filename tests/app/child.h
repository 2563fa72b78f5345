// SPDX-License-Identifier: Apache-2.0
// child.h — the command as a process that can be watched and stopped.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "folder.h"

namespace etalon::app {

class Child {
 public:
  // `etalon <words>`, without a shell; what it prints on both streams goes into a file.
  explicit Child(std::vector<std::string> words) {
    words.insert(words.begin(), ETALON_BINARY_DIR "/app/etalon");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int file = ::open((folder_ / "printed").c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    ::dup2(file, 1), ::dup2(file, 2);
    for (const int number : {SIGINT, SIGTERM}) ::signal(number, SIG_DFL);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (!ended_) ::kill(pid_, SIGKILL), wait();
  }

  // Asks twenty times a second, for at most five minutes. False: it did not come true, or the child ended first.
  bool wait_until(const std::function<bool()>& is_true) {
    for (int turn = 0; turn < 6000 && !ended(); ++turn, std::this_thread::sleep_for(std::chrono::milliseconds(50)))
      if (is_true()) return true;
    return is_true();
  }

  void signal(int number) { ::kill(pid_, number); }

  // The exit code; 128 + the number of the signal that ended it. What has not ended after five minutes is killed.
  int wait() {
    wait_until([] { return false; });
    if (!ended_) ::kill(pid_, SIGKILL), ::waitpid(pid_, &status_, 0), ended_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

  std::string printed() const { return read_text(folder_ / "printed"); }

 private:
  bool ended() { return ended_ = ended_ || ::waitpid(pid_, &status_, WNOHANG) == pid_; }

  const Folder folder_;
  pid_t pid_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace etalon::app
