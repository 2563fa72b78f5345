// SPDX-License-Identifier: Apache-2.0
// new_file.h — the first half of a replacement: bytes under a name that did not exist before.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace etalon {

// A name beside `path` that nothing bears yet, as far as one can know: the maker still asks for exclusive creation.
std::filesystem::path name_beside(const std::filesystem::path& path);

// Creates `path`, which must not exist (a link counts as existing and is not followed), writes the bytes and waits until the disk has
// them. Where `like` names a file, its permissions and, if we may, its owner are taken over: what only its owner could read stays so.
// Returns 0, or errno of what failed; EEXIST: the name is taken. What could not be written whole is removed.
int create_file(const std::filesystem::path& path, std::span<const std::byte> bytes, const std::filesystem::path& like);

// Gives `path` the permissions and, if we may, the owner of `like`, if that exists: a group that we may not give keeps no more than
// others have. Returns 0 or errno.
int take_permissions(const std::filesystem::path& path, const std::filesystem::path& like);

// Waits until the disk knows the names in a folder; what it cannot do is passed over, since the names are right in any case.
void sync_folder(const std::filesystem::path& folder);

}  // namespace etalon
