// SPDX-License-Identifier: Apache-2.0
#include "golden/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "base/bits.h"
#include "base/error.h"
#include "golden/file_name.h"
#include "golden/tensor_name.h"

namespace etalon::golden {
namespace {

struct Found {
  const file::StoredTensor* tensor;
  std::string file;
};

// Every tensor of the candidate by name; those given twice become strays.
std::map<std::string, Found> gather(const Candidate& candidate, std::vector<Stray>& strays) {
  std::map<std::string, Found> found;
  for (const file::TensorFile& file : candidate.files)
    for (const file::StoredTensor& tensor : file.tensors)
      if (!found.emplace(tensor.name, Found{&tensor, file.where}).second)
        strays.push_back({Stray::Kind::duplicate, tensor.name, file.where});
  return found;
}

// Whether a tensor of that dtype can be a result at that precision.
bool holds(file::Dtype dtype, Precision precision) {
  return dtype == file::Dtype::f64 || (precision == Precision::fp32 && dtype == file::Dtype::f32);
}

std::string entry_note(const Judgement& j) {
  return "entry " + index_text(j.worst, j.shape) + ": golden " + shortest(j.golden) + ", candidate " + shortest(j.candidate);
}

// The tolerance of each entry, where the case has them; else none.
std::span<const double> per_entry(const Golden& golden, const TensorEntry& entry, Precision precision) {
  if (!entry.allowed[static_cast<int>(precision)]->per_entry) return {};
  const file::StoredTensor& allowed = golden.stored(tolerance_name(precision, entry.name));
  if (allowed.shape != entry.shape || allowed.dtype != file::Dtype::f64)
    throw Error(allowed.name, "F64 " + to_string(entry.shape), std::string(name_of(allowed.dtype)) + " " + to_string(allowed.shape),
                "the tolerances of a tensor have its shape: was the manifest edited?");
  return allowed.values;
}

// Compares the numbers, which have the right shape, and writes into j what was seen.
void compare_into(Judgement& j, const TensorEntry& entry, const Golden& case_, const file::StoredTensor& candidate,
                  Precision precision) {
  // Compare, and note the worst entry
  const file::StoredTensor& golden = case_.files.at(entry.file).at(entry.name);
  j.seen = compare(entry, golden.values, candidate.values, precision, per_entry(case_, entry, precision));
  const bool right = j.seen->ok();
  j.worst = right ? j.seen->values.worst : j.seen->worst_refused();
  if (j.worst >= 0) {
    j.golden = golden.values[j.worst];
    j.candidate = candidate.values[j.worst];
  }

  // Call a tensor not judged of which no entry is: it says nothing
  if (right && j.seen->values.n_entries == 0 && j.seen->zeros.empty() && entry.shape.size() > 0) {
    j.status = Status::not_judged;
    j.note = "every entry has an infinite tolerance: nothing is claimed";
  }
  if (right) return;

  // Blame NaN or infinity in a wrong one before a tolerance
  long n_not_finite = j.seen->values.n_not_finite;
  for (const Gap& zero : j.seen->zeros) n_not_finite += zero.n_not_finite;
  j.status = n_not_finite > 0 ? Status::not_finite : Status::out_of_tolerance;
  j.note = entry_note(j);
}

// The judgement on one tensor; `found` is null where the candidate has none of that name.
Judgement judge(const Golden& golden, const TensorEntry& entry, const Found* found, Precision precision) {
  // Note what is judged
  Judgement j;
  j.name = entry.name, j.op = entry.op, j.index = entry.index, j.shape = entry.shape;
  const auto with = [&](Status status, const std::string& note) {
    j.status = status, j.note = note;
    return j;
  };

  // Pass over it where the case claims nothing at this precision
  if (!entry.allowed[static_cast<int>(precision)])
    return with(Status::not_judged, std::string("no finite answer in ") + name_of(precision) + ": nothing is claimed");

  // Refuse what is missing, too narrow or of another shape
  if (!found) return with(Status::missing, "in none of the candidate's files");
  const file::StoredTensor& tensor = *found->tensor;
  if (!holds(tensor.dtype, precision))
    return with(Status::wrong_dtype,
                std::string(name_of(tensor.dtype)) + " cannot hold a result in " + name_of(precision) + " (" + found->file + ")");
  if (tensor.shape != entry.shape)
    return with(Status::wrong_shape,
                "expected " + to_string(entry.shape) + ", got " + to_string(tensor.shape) + " (" + found->file + ")");

  // Compare the numbers of the rest
  compare_into(j, entry, golden, tensor, precision);
  return j;
}

// What the names of a candidate's files end in: ".safetensors", in any case.
bool is_tensor_file(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return ending == ".safetensors";
}

// Counts the judgements by kind, and finds the first divergence.
void sum_up(Verdict& verdict) {
  for (std::size_t i = 0; i < verdict.tensors.size(); ++i) {
    const Judgement& j = verdict.tensors[i];
    verdict.n_wrong += j.is_wrong();
    verdict.n_missing += j.status == Status::missing;
    verdict.n_not_judged += j.status == Status::not_judged;
    verdict.n_vacuous += j.seen && j.seen->vacuous;
    if (verdict.first_divergence < 0 && j.is_wrong() && j.status != Status::missing)
      verdict.first_divergence = static_cast<long>(i);
  }
}

}  // namespace

const char* name_of(Status status) {
  switch (status) {
    case Status::ok: return "ok";
    case Status::out_of_tolerance: return "out of tolerance";
    case Status::not_finite: return "not finite";
    case Status::missing: return "missing";
    case Status::wrong_shape: return "wrong shape";
    case Status::wrong_dtype: return "wrong dtype";
    case Status::not_judged: return "not judged";
  }
  return "?";
}

bool Verdict::right() const {
  bool says_something = false;
  for (const Judgement& j : tensors) says_something |= j.status == Status::ok && j.seen && !j.seen->vacuous;
  return n_wrong == 0 && strays.empty() && says_something;
}

bool Verdict::exact() const {
  const auto has_error = [](const Judgement& j) {
    double error = j.seen->values.max_error;
    for (const Gap& zero : j.seen->zeros) error = std::max(error, zero.max_error);
    return error != 0;
  };
  bool any_error = false;
  for (const Judgement& j : tensors) any_error |= j.seen && has_error(j);
  return right() && !any_error;
}

std::vector<std::string> judged_files(const Golden& golden) {
  std::vector<std::string> files;
  for (const TensorEntry& entry : golden.manifest.tensors)
    if (!entry.is_given() && std::find(files.begin(), files.end(), stem(entry.file)) == files.end())
      files.push_back(stem(entry.file));
  return files;
}

void require_judged(const std::vector<std::string>& only, const Golden& golden) {
  // Gather the names that there are
  const auto files = judged_files(golden);
  std::string known;
  for (const std::string& file : files) known += (known.empty() ? "" : ", ") + file;

  // Refuse another, and say which kind of other it is
  for (const std::string& name : only) {
    if (std::find(files.begin(), files.end(), name) != files.end()) continue;
    const bool is_there =
        std::any_of(golden.files.begin(), golden.files.end(), [&](const auto& f) { return stem(f.first) == name; });
    throw Error("--only", "one of " + known, "'" + name + "'" + (is_there ? ", in which nothing is judged" : ""),
                "name files of the case without their ending");
  }
}

Candidate read_candidate(const std::vector<std::filesystem::path>& paths) {
  Candidate candidate;
  for (const auto& path : paths) {
    // Read a file that is named, whatever it is called
    if (!std::filesystem::is_directory(path)) {
      candidate.files.push_back(file::read_safetensors(path));
      continue;
    }

    // Read those in a folder that are called so and are not hidden
    std::set<std::filesystem::path> inside;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (!is_tensor_file(entry.path())) continue;
      if (entry.path().filename().string().starts_with(".")) candidate.passed_over.push_back(entry.path());
      else inside.insert(entry.path());
    }
    if (inside.empty())
      throw Error(path.string(), "a folder with *.safetensors in it", "none",
                  "write the backend's tensors there, or name the files");
    for (const auto& file : inside) candidate.files.push_back(file::read_safetensors(file));
  }
  return candidate;
}

Verdict check(const Golden& golden, const Candidate& candidate, Precision precision, const std::vector<std::string>& only) {
  // Gather the candidate's tensors by name
  require_judged(only, golden);
  const auto is_asked = [&](const std::string& file) {
    return only.empty() || std::count(only.begin(), only.end(), stem(file)) > 0;
  };

  Verdict verdict;
  verdict.case_name = golden.manifest.name;
  verdict.precision = precision;
  verdict.only = only;
  const auto found = gather(candidate, verdict.strays);

  // Judge each tensor in the order of the manifest, and remember which are wrong: those after may have read them
  std::set<std::string> wrong, listed;
  for (const TensorEntry& entry : golden.manifest.tensors) {
    listed.insert(entry.name);  // what was given may come back: a backend that writes its inputs too is not wrong
    if (entry.is_given()) continue;
    if (!is_asked(entry.file)) continue;
    const auto at = found.find(entry.name);
    Judgement j = judge(golden, entry, at == found.end() ? nullptr : &at->second, precision);
    for (const std::string& input : entry.reads) j.inputs_right = j.inputs_right && !wrong.contains(input);
    if (j.is_wrong()) wrong.insert(j.name);
    verdict.tensors.push_back(std::move(j));
  }

  // Note the tensors that the case does not have
  for (const auto& [name, where] : found)
    if (!listed.contains(name)) verdict.strays.push_back({Stray::Kind::extra, name, where.file});
  sum_up(verdict);
  return verdict;
}

}  // namespace etalon::golden
