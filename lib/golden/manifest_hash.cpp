// SPDX-License-Identifier: Apache-2.0
#include "golden/manifest_hash.h"

#include "base/file.h"
#include "base/sha256.h"

namespace etalon::golden {

std::string manifest_sha256(const std::filesystem::path& folder) { return sha256(read_file(folder / "manifest.json")); }

}  // namespace etalon::golden
