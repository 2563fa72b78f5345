// SPDX-License-Identifier: Apache-2.0
#include "golden/store.h"

#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "file/json.h"
#include "golden/manifest_hash.h"

namespace etalon::golden {
namespace {

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The manifest that lies in the folder, if one of this format does.
std::optional<Manifest> manifest_in(const std::filesystem::path& folder) {
  const auto path = folder / kManifestFile;
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    return parse_manifest(file::read_json_text(path), path.string());
  } catch (const Error&) {
    return Manifest{};  // of another version, or damaged: not the same as anything
  }
}

// Manifests hold the hashes of all files, so equal manifests are equal cases.
bool same_but_for_time(Manifest a, const Manifest& b) {
  a.because = b.because;
  if (a.certificate && b.certificate) a.certificate->seconds = b.certificate->seconds;
  return to_text(a) == to_text(b);
}

void add_to_history(const std::filesystem::path& root, const Golden& golden) {
  const auto file = root / kHistoryFile;
  if (!std::filesystem::exists(file)) return;
  const std::string hash = manifest_sha256(root / golden.manifest.name);
  write_text(file, read_text(file) + hash + "  " + golden.manifest.name + "  " + golden.manifest.because + "\n");
}

}  // namespace

std::vector<HistoryLine> read_history(const std::filesystem::path& file) {
  std::vector<HistoryLine> lines;
  std::istringstream text(read_text(file));
  long number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    // Find the two gaps between hash, case and reason
    const auto first = line.find("  "), second = first == std::string::npos ? first : line.find("  ", first + 2);
    if (second == std::string::npos || !is_sha256(line.substr(0, first)) || second == first + 2 || second + 2 == line.size())
      throw Error(file.string() + ":" + std::to_string(number), "<SHA-256>  <case>  <reason>", "'" + line + "'",
                  "lines are only added, by `etalon record`");
    lines.push_back({line.substr(0, first), line.substr(first + 2, second - first - 2), line.substr(second + 2)});
  }
  return lines;
}

Stored store_golden(Golden golden, const std::string& because, const std::filesystem::path& root) {
  if (because.find_first_of("\r\n") != std::string::npos)
    throw Error("--because", "a reason on one line", "more than one", "the history has a line for each time");

  // Leave a case as it is that lies there with the same bits; refuse other bits without a reason
  const auto folder = root / golden.manifest.name;
  const auto there = manifest_in(folder);
  seal(golden);
  if (there && same_but_for_time(golden.manifest, *there)) return Stored::unchanged;
  if (there && because.empty())
    throw Error((folder / kManifestFile).string(), "the bits that were published", "others",
                "if they were meant to change, say why: etalon record " + golden.manifest.name + " --because WHY");

  // Write it, and a line of history
  golden.manifest.because = because.empty() ? kFirstTime : because;
  write_golden(golden, folder);
  add_to_history(root, golden);
  return Stored::written;
}

}  // namespace etalon::golden
