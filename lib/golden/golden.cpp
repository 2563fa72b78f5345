// SPDX-License-Identifier: Apache-2.0
#include "golden/golden.h"

#include "base/bits.h"
#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/input_file.h"
#include "base/sha256.h"
#include "file/json.h"
#include "golden/file_name.h"

namespace etalon::golden {
namespace {

const char* const kRecordAgain =
    "the case was changed after it was recorded; `etalon record` writes it again, or restore it from version control";

constexpr std::uint64_t kSlack = std::uint64_t{1} << 20;  // a file that was edited by hand is still read, to say what was changed
constexpr std::uint64_t kLongestSeal = 4096;

// What a hash says was changed: refused where there is no report, else noted in it.
void refuse_or_note(std::vector<std::string>* report, const std::string& where, const std::string& expected,
                    const std::string& got) {
  if (!report) throw Error(where, expected, got, kRecordAgain);
  report->push_back(where + ": expected " + expected + ", got " + got);
}

// Holds the tensors of a file to the manifest one by one, so that a changed entry is refused by name. What the hash of the whole
// file shows beside that is in its header.
void require_tensors(const Manifest& manifest, const FileEntry& listed, const file::TensorFile& file, const std::string& where,
                     std::vector<std::string>* report) {
  std::size_t n_listed = 0;
  for (const TensorEntry& entry : manifest.tensors) {
    if (entry.file != listed.name) continue;
    ++n_listed;
    const file::StoredTensor& tensor = file.at(entry.name);
    if (name_of(tensor.dtype) != entry.dtype || tensor.shape != entry.shape)
      throw Error(where + ": " + entry.name, entry.dtype + " " + to_string(entry.shape),
                  std::string(name_of(tensor.dtype)) + " " + to_string(tensor.shape), kRecordAgain);
    const std::string digest = tensor_sha256(tensor);
    if (digest != entry.sha256) refuse_or_note(report, where + ": " + entry.name, "SHA-256 " + entry.sha256, digest);
  }
  if (n_listed != file.tensors.size())
    throw Error(where, std::to_string(n_listed) + " tensors, as the manifest lists", std::to_string(file.tensors.size()),
                kRecordAgain);
}

// What kSealFile says of a manifest.
std::string seal_of(const std::string& manifest) { return sha256(manifest) + "  " + kManifestFile + "\n"; }

bool is_text(const std::string& name) { return name.ends_with(".json"); }

void read_listed(Golden& golden, const FileEntry& listed, const std::filesystem::path& folder, std::vector<std::string>* report) {
  // Refuse a file much longer than its manifest says before it is read
  const auto path = folder / listed.name;
  InputFile file(path);
  const auto limit = 2 * static_cast<std::uint64_t>(listed.n_bytes) + kSlack;
  if (file.size().value_or(0) > limit)
    throw Error(path.string(), std::to_string(listed.n_bytes) + " bytes, as the manifest says", std::to_string(*file.size()),
                kRecordAgain);

  // Read it, and hold it to the manifest
  const auto bytes = file.rest();
  if (is_text(listed.name)) {
    golden.texts[listed.name] = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else {
    golden.files[listed.name] = file::parse_safetensors(bytes, path.string());
    require_tensors(golden.manifest, listed, golden.files[listed.name], path.string(), report);
  }
  if (sha256(bytes) != listed.sha256 || static_cast<long>(bytes.size()) != listed.n_bytes)
    refuse_or_note(report, path.string(), "the bytes whose SHA-256 the manifest gives", "others");
}

}  // namespace

const file::StoredTensor& Golden::stored(const std::string& name) const {
  const TensorEntry* entry = manifest.find(name);
  if (!entry)
    throw Error("golden case " + manifest.name, "a tensor it lists", "'" + name + "'",
                "`etalon list " + manifest.name + "` shows the names");
  return files.at(entry->file).at(name);
}

std::string tensor_sha256(const file::StoredTensor& tensor) {
  std::vector<std::byte> bytes;
  bytes.reserve(8 * (tensor.values.size() + tensor.integers.size()));
  const auto append = [&](std::uint64_t word) {
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<std::byte>(word >> shift & 0xff));
  };
  for (const double x : tensor.values) append(to_bits(x));
  for (const std::int64_t n : tensor.integers) append(static_cast<std::uint64_t>(n));
  return sha256(bytes);
}

SealedFiles seal(Golden& golden) {
  // Enter the hash, dtype and shape of each tensor
  SealedFiles sealed;
  for (TensorEntry& entry : golden.manifest.tensors) {
    const file::StoredTensor& tensor = golden.files.at(entry.file).at(entry.name);
    entry.sha256 = tensor_sha256(tensor);
    entry.dtype = name_of(tensor.dtype);
    entry.shape = tensor.shape;
  }

  // Serialise each file and list it with its hash; a tensor that is not listed is refused
  golden.manifest.files.clear();
  for (const auto& [name, file] : golden.files) {
    const auto& bytes = sealed[name] = file::serialise_safetensors(file);
    golden.manifest.files.push_back({name, sha256(bytes), static_cast<long>(bytes.size())});
    require_tensors(golden.manifest, golden.manifest.files.back(), file, name, nullptr);
  }

  // List the texts
  for (const auto& [name, text] : golden.texts)
    golden.manifest.files.push_back({name, sha256(text), static_cast<long>(text.size())});
  return sealed;
}

void write_golden(Golden golden, const std::filesystem::path& folder) {
  // Seal the case, and make the texts that vouch for it
  const SealedFiles sealed = seal(golden);
  const std::string manifest = to_text(golden.manifest), seal_line = seal_of(manifest);
  const auto bytes_of = [](const std::string& text) { return std::as_bytes(std::span(text)); };

  // Put all of it in the place of what lies there, at once; the manifest is named last (base/folder.h)
  std::vector<NewFile> files;
  for (const auto& [name, bytes] : sealed) files.push_back({name, bytes});
  for (const auto& [name, text] : golden.texts) files.push_back({name, bytes_of(text)});
  files.push_back({kSealFile, bytes_of(seal_line)});
  files.push_back({kManifestFile, bytes_of(manifest)});
  write_folder(folder, files);
}

Golden read_golden(const std::filesystem::path& folder, Hashes hashes) {
  // Read the manifest, and hold it to its seal
  const auto path = folder / kManifestFile;
  Golden golden;
  const std::string text = file::read_json_text(path), seal = read_text_up_to(folder / kSealFile, kLongestSeal);
  golden.manifest = parse_manifest(text, path.string());
  std::vector<std::string>* const report = hashes == Hashes::required ? nullptr : &golden.broken_hashes;
  if (seal != seal_of(text))
    refuse_or_note(report, path.string(), "the bytes whose SHA-256 stands in " + std::string(kSealFile), "SHA-256 " + sha256(text));

  // Read every file, and require each tensor that is listed to be in one
  for (const FileEntry& file : golden.manifest.files) read_listed(golden, file, folder, report);
  for (const TensorEntry& entry : golden.manifest.tensors)
    if (!golden.files.contains(entry.file))
      throw Error(path.string() + ": " + entry.name, "a tensor in a safetensors file", entry.file, kRecordAgain);
  return golden;
}

}  // namespace etalon::golden
