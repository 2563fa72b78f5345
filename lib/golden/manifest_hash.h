// SPDX-License-Identifier: Apache-2.0
// manifest_hash.h — one hash that vouches for a whole case: the manifest lists the hashes of its files and tensors.
#pragma once

#include <filesystem>
#include <string>

namespace etalon::golden {

// SHA-256 of the bytes of folder/manifest.json, in hexadecimal. Error: there is no such file.
std::string manifest_sha256(const std::filesystem::path& folder);

}  // namespace etalon::golden
