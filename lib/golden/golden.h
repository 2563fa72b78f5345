// SPDX-License-Identifier: Apache-2.0
// golden.h — a golden case in memory: its manifest and every tensor of its files.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "file/safetensors.h"
#include "golden/manifest.h"

namespace etalon::golden {

struct Golden {
  Manifest manifest;
  std::map<std::string, file::TensorFile> files;  // by name: the safetensors
  std::map<std::string, std::string> texts;       // by name: kMeasuresFile (golden/file_name.h)
  std::vector<std::string> broken_hashes;         // what read_golden found while it was told only to report

  // The numbers of a tensor that the manifest lists. Error: it lists none of that name.
  const file::StoredTensor& stored(const std::string& name) const;
};

// SHA-256 of the tensor's entries as F64 or I64, little-endian: the hash that a manifest gives.
std::string tensor_sha256(const file::StoredTensor& tensor);

// Fills in the manifest's `files` and the hashes of its tensors, and returns the bytes of the safetensors, by name. Error: a tensor
// listed and not given, or given and not listed.
using SealedFiles = std::map<std::string, std::vector<std::byte>>;
SealedFiles seal(Golden& golden);

// Seals the case and writes its files, kSealFile (a line that `sha256sum -c` reads) and the manifest, all at once: whoever looks sees
// the old case or the new one (base/folder.h). Error: as seal; the folder cannot be written or the disk is full, and then the old
// case is untouched.
void write_golden(Golden golden, const std::filesystem::path& folder);

// Reads a case and holds the manifest to kSealFile, and every file and every tensor to the manifest's hashes, dtypes and shapes:
// one flipped bit is refused by the name of the file and the tensor it is in. Error: anything missing, malformed or changed; with
// Hashes::reported, what is only changed is noted in broken_hashes, for a reader that has another way to tell (certify/verify.h).
enum class Hashes { required, reported };
Golden read_golden(const std::filesystem::path& folder, Hashes hashes = Hashes::required);

}  // namespace etalon::golden
