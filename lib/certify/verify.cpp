// SPDX-License-Identifier: Apache-2.0
#include "certify/verify.h"

#include "base/bits.h"
#include "base/terminal.h"
#include "certify/measures.h"
#include "golden/file_name.h"
#include "golden/region.h"

namespace etalon::certify {
namespace {

using file::StoredTensor;
using golden::Golden;

// The case of that manifest, certified anew.
Golden certified_again(const golden::Manifest& published, const Progress& progress) {
  if (published.kind == golden::kOpCase)
    return certified_op_golden(published.name.substr(published.name.find('/') + 1), published.command, published.because, progress);
  return certified_golden(record::subject(record::built_in_case(published.name)), published.command, published.because, progress);
}

// Every tensor of the case, by "<file>/<name>".
std::map<std::string, const StoredTensor*> tensors_of(const Golden& golden) {
  std::map<std::string, const StoredTensor*> out;
  for (const auto& [file, content] : golden.files)
    for (const StoredTensor& tensor : content.tensors) out[file + "/" + tensor.name] = &tensor;
  return out;
}

// Entry by entry; integers as doubles, which token numbers fit exactly.
std::optional<WrongTensor> compare(const std::string& name, const StoredTensor& published, const StoredTensor& certified) {
  // Refuse another shape or type: such a tensor is wrong as a whole
  WrongTensor wrong{name, -1, "", 0, 0, 0};
  if (published.shape != certified.shape || published.dtype != certified.dtype) return wrong;

  // Count the entries with other bits, and keep the first
  const auto note = [&](long i, double was, double is) {
    if (wrong.n_wrong++ == 0)
      wrong.index = i, wrong.index_text = golden::index_text(i, certified.shape), wrong.published = was, wrong.certified = is;
  };
  for (std::size_t i = 0; i < certified.values.size(); ++i)
    if (!same_bits(published.values[i], certified.values[i])) note(static_cast<long>(i), published.values[i], certified.values[i]);
  for (std::size_t i = 0; i < certified.integers.size(); ++i)
    if (published.integers[i] != certified.integers[i])
      note(static_cast<long>(i), static_cast<double>(published.integers[i]), static_cast<double>(certified.integers[i]));
  if (wrong.n_wrong == 0) return std::nullopt;
  return wrong;
}

// The manifests as they would be with the same time and the same bytes: what differs now is a field of its own.
void compare_manifests(golden::Manifest published, golden::Manifest certified, std::vector<std::string>& others) {
  const std::string file = std::string(golden::kManifestFile) + ": ";
  if (!published.certificate) {
    others.push_back(file + "the case is not certified; record it again");
    return;
  }

  // Make equal what may differ: the time, and the hashes of tensors and files that were compared already
  certified.certificate->seconds = published.certificate->seconds;
  certified.files = published.files;
  for (golden::TensorEntry& entry : certified.tensors)
    if (const auto* other = published.find(entry.name))
      entry.sha256 = other->sha256, entry.dtype = other->dtype, entry.shape = other->shape;

  // Compare the entries of the tensors, then all the rest
  for (const golden::TensorEntry& entry : published.tensors)
    if (const auto* other = certified.find(entry.name); other && !(*other == entry))
      others.push_back(file + entry.name + ": tolerance, zeros, distance or origin differ from those derived again");
  published.tensors.clear(), certified.tensors.clear();
  if (!(published == certified)) others.push_back(file + "certificate, subject or description differ from those made again");
}

// "3 ulp apart"; +0 and -0, which no ulp lie between, by what differs.
std::string apart(double published, double certified) {
  const auto ulp = ulp_distance(published, certified);
  return ulp == 0 ? "another sign of 0" : std::to_string(ulp) + " ulp apart";
}

}  // namespace

Verification verify(const std::filesystem::path& folder, const Progress& progress) {
  // Read the case, and prove it again
  const Golden published = golden::read_golden(folder, golden::Hashes::reported);
  const Golden certified = certified_again(published.manifest, progress);
  Verification out;
  out.name = published.manifest.name;
  out.certificate = *certified.manifest.certificate;
  out.others = published.broken_hashes;

  // Compare every tensor; what is missing or extra is wrong
  auto left = tensors_of(published);
  for (const auto& [path, tensor] : tensors_of(certified)) {
    ++out.n_tensors, out.n_entries += tensor->shape.size();
    const auto at = left.find(path);
    if (at == left.end()) {
      out.tensors.push_back({path + " (missing)", -1, "", 0, 0, 0});
      continue;
    }
    if (const auto wrong = compare(tensor->name, *at->second, *tensor)) out.tensors.push_back(*wrong);
    left.erase(at);
  }
  for (const auto& [path, tensor] : left) out.tensors.push_back({path + " (extra)", -1, "", 0, 0, 0});

  // Compare the measures and the manifest
  for (const auto& [file, text] : certified.texts)
    if (const auto at = published.texts.find(file); at == published.texts.end()) out.others.push_back(file + ": missing");
    else if (at->second != text)
      for (const std::string& line : wrong_measures(at->second, text)) out.others.push_back(file + ": " + line);
  compare_manifests(published.manifest, certified.manifest, out.others);
  return out;
}

std::string table(const Verification& v) {
  // Say in one line that all is right
  if (v.right())
    return "proved again: " + safe_name(v.name) + ", " + std::to_string(v.n_tensors) + " tensors, " + std::to_string(v.n_entries) +
           " entries, at " + std::to_string(v.certificate.precision_bits) + " bits; " +
           (v.certificate.widest_radius_log2_ulp
                ? "no radius over 2^" + std::to_string(*v.certificate.widest_radius_log2_ulp) + " ulp"
                : "all exact") +
           "\n";

  // List what is wrong otherwise, and say what to do
  std::string text = "not what is proved: " + safe_name(v.name) + "\n";
  for (const WrongTensor& t : v.tensors)
    text += t.index < 0 ? "  " + safe_name(t.name) + ": missing, extra, or of another shape\n"
                        : "  " + safe_name(t.name) + t.index_text + ": published " + hex(t.published) + ", proved " +
                              hex(t.certified) + ", " + apart(t.published, t.certified) +
                              (t.n_wrong > 1 ? "; " + std::to_string(t.n_wrong) + " entries of this tensor are wrong" : "") + "\n";
  for (const std::string& other : v.others) text += "  " + safe_name(other) + "\n";
  return text + "Restore the case from version control, or record it again and say why: etalon record " + safe_name(v.name) +
         " --because WHY\n";
}

}  // namespace etalon::certify
