// golden.h — a golden case in memory: its manifest and every tensor of its files.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "oracle/manifest.h"
#include "oracle/safetensors.h"

namespace etalon::oracle {

struct Golden {
  Manifest manifest;
  std::map<std::string, TensorFile> files;   // by name: the safetensors
  std::map<std::string, std::string> texts;  // by name: measures.json

  // The numbers of a tensor that the manifest lists. Error: it lists none of that name.
  const StoredTensor& stored(const std::string& name) const;
};

// SHA-256 of the tensor's entries as F64 or I64, little-endian: the hash that a manifest gives.
std::string tensor_sha256(const StoredTensor& tensor);

// Writes the files, then the manifest: a folder with a manifest is a whole case. The manifest's `files` and the hashes of its
// tensors are filled in here. Error: the folder cannot be written; a tensor listed and not given, or given and not listed.
void write_golden(Golden golden, const std::filesystem::path& folder);

// Reads a case and holds every file and every tensor to the manifest's hashes, dtypes and shapes: one flipped bit is refused
// by the name of the tensor it is in. Error: anything missing, malformed or changed.
Golden read_golden(const std::filesystem::path& folder);

}  // namespace etalon::oracle
