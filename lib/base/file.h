// SPDX-License-Identifier: Apache-2.0
// file.h — whole files, read or written completely or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etalon {

// All bytes of a file or a pipe, as bytes or as text; a pipe (/dev/stdin, <(...)) can be read once. Error: missing, a folder, a
// device, unreadable; more than fits into memory.
std::vector<std::byte> read_file(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

// Writes under a new name in the same folder (a name that nobody planted: an existing one is refused, links too), waits until the disk
// has it, then renames: a reader sees the old file or the new one, never a half. Makes missing parent folders. The permissions of a
// file that is replaced stay, and its owner where we may give files away; a new file has those that the umask leaves. A link is
// followed; into a device or a pipe the bytes are written as they are. Error: the folder cannot be written; the disk is full.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
inline void write_text(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

}  // namespace etalon
