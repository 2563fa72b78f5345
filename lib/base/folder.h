// SPDX-License-Identifier: Apache-2.0
// folder.h — folders that are replaced at once, and folders that one process at a time writes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace etalon {

struct NewFile {
  std::string name;  // inside the folder; no folders in it
  std::span<const std::byte> bytes;
};

// Makes `folder` hold these files, all of them or none: they are written into a new folder beside it, and the two are exchanged when
// the disk has every byte. A full disk or a kill leaves the old folder as it was (after a kill, NAME.part-... beside it can be
// deleted). What else lay in the folder stays there; permissions stay. Where the file system cannot exchange folders, the files are
// moved one by one, the last of the list last and its old one gone first: a reader who asks for it first sees no mixture.
// Makes missing parents; a link is followed. Error: cannot be written; the disk is full. Then the old folder is untouched.
void write_folder(const std::filesystem::path& folder, const std::vector<NewFile>& files);

// While it lives, no other process gets one for the same folder. It is the kernel's (flock): a process that dies holds none, and
// nothing is left in the folder. Where the file system knows no locks, none is held.
class FolderLock {
 public:
  // Makes the folder if it is missing. Error: another process holds it, with `hint`; the folder cannot be made.
  FolderLock(const std::filesystem::path& folder, const std::string& hint);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int handle_ = -1;
};

}  // namespace etalon
