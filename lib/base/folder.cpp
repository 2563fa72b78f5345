// SPDX-License-Identifier: Apache-2.0
#include "base/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/new_file.h"

namespace etalon {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& folder, const std::string& expected, int reason) {
  throw Error(folder.string(), expected, std::strerror(reason),
              reason == ENOSPC || reason == EDQUOT || reason == EFBIG || reason == EIO
                  ? "is the disk full? The old folder, if any, is untouched"
                  : "name another folder, or make it writable");
}

// A new folder that goes, with what is in it, unless it was put in its place.
struct Stage {
  explicit Stage(const fs::path& folder) : path(name_beside(folder)) {
    while (::mkdir(path.c_str(), 0777) != 0) {
      if (errno != EEXIST) refuse(folder, "a folder that can be written", errno);
      path = name_beside(folder);
    }
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

// 0, or errno: EINVAL, ENOSYS or EXDEV where the file system cannot.
int exchange(const fs::path& one, const fs::path& other) {
#ifdef RENAME_EXCHANGE
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0 ? 0 : errno;
#else
  static_cast<void>(one), static_cast<void>(other);
  return ENOSYS;
#endif
}

// The other way: nothing is written any more, so that a full disk changes nothing.
void move_one_by_one(const fs::path& from, const fs::path& folder, const std::vector<NewFile>& files) {
  if (!files.empty()) ::unlink((folder / files.back().name).c_str());
  for (const NewFile& file : files)
    if (::rename((from / file.name).c_str(), (folder / file.name).c_str()) != 0)
      refuse(folder / file.name, "to be replaced", errno);
}

// What the old folder held beside the new files goes back to its place.
void keep_others(const fs::path& old, const fs::path& folder) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(old, failed)) {
    const auto place = folder / entry.path().filename();
    if (fs::symlink_status(place, failed).type() != fs::file_type::not_found) continue;
    if (::rename(entry.path().c_str(), place.c_str()) != 0) refuse(place, "to be kept", errno);
  }
}

}  // namespace

void write_folder(const fs::path& name, const std::vector<NewFile>& files) {
  // Make the parents, and follow a link; a path that ends in a slash names the folder before it
  std::error_code failed;
  auto folder = name.has_filename() ? name : name.parent_path();
  if (fs::exists(folder, failed)) folder = fs::canonical(folder, failed);
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), failed);
  const bool there = fs::exists(folder, failed);
  if (there && !fs::is_directory(folder, failed)) refuse(folder, "a folder", ENOTDIR);

  // Write every file beside it
  const Stage stage(folder);
  for (const NewFile& file : files)
    if (const int reason = create_file(stage.path / file.name, file.bytes, folder / file.name); reason != 0)
      refuse(folder / file.name, "to write " + std::to_string(file.bytes.size()) + " bytes", reason);
  if (there) take_permissions(stage.path, folder);
  sync_folder(stage.path);

  // Put it in the place of the old one
  if (!there) {
    if (::rename(stage.path.c_str(), folder.c_str()) != 0) refuse(folder, "a new folder", errno);
  } else if (exchange(stage.path, folder) == 0) {
    keep_others(stage.path, folder);
  } else {
    move_one_by_one(stage.path, folder, files);
  }
  sync_folder(folder.parent_path());
}

FolderLock::FolderLock(const fs::path& folder, const std::string& hint) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  handle_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle_ < 0) refuse(folder, "a folder that can be written", errno);
  if (::flock(handle_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(handle_);
  throw Error(folder.string(), "a folder that nobody else writes into now", "one that another process is writing", hint);
}

FolderLock::~FolderLock() { ::close(handle_); }

}  // namespace etalon
