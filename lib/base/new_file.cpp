// SPDX-License-Identifier: Apache-2.0
#include "base/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>

namespace etalon {
namespace {

// errno of what failed, or 0. A signal or a small disk may cut a write short: go on from there.
int write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : EIO;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace

std::filesystem::path name_beside(const std::filesystem::path& path) {
  static std::atomic<unsigned> count = 0;
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  auto name = path;
  name += ".part-" + std::to_string(::getpid()) + "-" + std::to_string(now) + "-" + std::to_string(count++);
  return name;
}

int take_permissions(const std::filesystem::path& path, const std::filesystem::path& like) {
  struct stat old = {};
  if (::stat(like.c_str(), &old) != 0) return 0;
  mode_t mode = old.st_mode & 0777;
  const bool owned = ::chown(path.c_str(), old.st_uid, old.st_gid) == 0 || ::chown(path.c_str(), uid_t(-1), old.st_gid) == 0;
  if (!owned) mode = (mode & ~mode_t{070}) | (mode & (mode & mode_t{07}) << 3);
  return ::chmod(path.c_str(), mode) == 0 ? 0 : errno;
}

int create_file(const std::filesystem::path& path, std::span<const std::byte> bytes, const std::filesystem::path& like) {
  // Create it, closed to others until it has the permissions of the old one
  struct stat old = {};
  const bool replaces = ::stat(like.c_str(), &old) == 0 && S_ISREG(old.st_mode);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, replaces ? 0600 : 0666);
  if (file < 0) return errno;

  // Write all of it, and wait for the disk: some say only then that they are full. What cannot wait (EINVAL) has no disk behind it
  int failed = write_all(file, bytes);
  if (failed == 0 && replaces) failed = take_permissions(path, like);
  if (failed == 0 && ::fsync(file) != 0 && errno != EINVAL && errno != ENOTSUP) failed = errno;
  if (::close(file) != 0 && failed == 0) failed = errno;
  if (failed != 0) ::unlink(path.c_str());
  return failed;
}

void sync_folder(const std::filesystem::path& folder) {
  const int handle = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

}  // namespace etalon
