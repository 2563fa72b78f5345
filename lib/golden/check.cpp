#include "golden/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "base/bits.h"
#include "base/error.h"

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

bool holds(file::Dtype dtype, Precision precision) {
  return dtype == file::Dtype::f64 || (precision == Precision::fp32 && dtype == file::Dtype::f32);
}

std::string entry_note(const Judgement& j) {
  return "entry " + index_text(j.worst, j.shape) + ": golden " + shortest(j.golden) + ", candidate " + shortest(j.candidate);
}

// The tolerance of each entry, where the case has them; else none.
std::span<const double> per_entry(const Golden& golden, const TensorEntry& entry, Precision precision) {
  if (!entry.allowed[static_cast<int>(precision)]->per_entry) return {};
  const file::StoredTensor& allowed = golden.stored(std::string(name_of(precision)) + "/" + entry.name);
  if (allowed.shape != entry.shape || allowed.dtype != file::Dtype::f64)
    throw Error(allowed.name, "F64 " + to_string(entry.shape), std::string(name_of(allowed.dtype)) + " " + to_string(allowed.shape),
                "the tolerances of a tensor have its shape: was the manifest edited?");
  return allowed.values;
}

void compare_into(Judgement& j, const TensorEntry& entry, const Golden& case_, const file::StoredTensor& candidate,
                  Precision precision) {
  const file::StoredTensor& golden = case_.files.at(entry.file).at(entry.name);
  j.seen = compare(entry, golden.values, candidate.values, precision, per_entry(case_, entry, precision));
  const bool right = j.seen->ok();
  j.worst = right ? j.seen->values.worst : j.seen->worst_refused();
  if (j.worst >= 0) {
    j.golden = golden.values[j.worst];
    j.candidate = candidate.values[j.worst];
  }
  if (right && j.seen->values.n_entries == 0 && j.seen->zeros.empty() && entry.shape.size() > 0) {
    j.status = Status::not_judged;
    j.note = "every entry has an infinite tolerance: nothing is claimed";
  }
  if (right) return;
  long n_not_finite = j.seen->values.n_not_finite;
  for (const Gap& zero : j.seen->zeros) n_not_finite += zero.n_not_finite;
  j.status = n_not_finite > 0 ? Status::not_finite : Status::out_of_tolerance;
  j.note = entry_note(j);
}

Judgement judge(const Golden& golden, const TensorEntry& entry, const Found* found, Precision precision) {
  Judgement j;
  j.name = entry.name, j.op = entry.op, j.index = entry.index, j.shape = entry.shape;
  if (!entry.allowed[static_cast<int>(precision)]) {
    j.status = Status::not_judged;
    j.note = std::string("no finite answer in ") + name_of(precision) + ": nothing is claimed";
  } else if (!found) {
    j.status = Status::missing;
    j.note = "in none of the candidate's files";
  } else if (!holds(found->tensor->dtype, precision)) {
    j.status = Status::wrong_dtype;
    j.note =
        std::string(name_of(found->tensor->dtype)) + " cannot hold a result in " + name_of(precision) + " (" + found->file + ")";
  } else if (found->tensor->shape != entry.shape) {
    j.status = Status::wrong_shape;
    j.note = "expected " + to_string(entry.shape) + ", got " + to_string(found->tensor->shape) + " (" + found->file + ")";
  } else {
    compare_into(j, entry, golden, *found->tensor, precision);
  }
  return j;
}

std::string stem(const std::string& file) { return file.substr(0, file.find('.')); }

void require_known(const std::vector<std::string>& only, const Golden& golden) {
  for (const std::string& name : only) {
    std::string known;
    bool found = false;
    for (const auto& [file, tensors] : golden.files) {
      found |= stem(file) == name;
      known += (known.empty() ? "" : ", ") + stem(file);
    }
    if (!found) throw Error("--only", "one of " + known, "'" + name + "'", "name a file of the case without its ending");
  }
}

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

Candidate read_candidate(const std::vector<std::filesystem::path>& paths) {
  Candidate candidate;
  for (const auto& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      candidate.files.push_back(file::read_safetensors(path));
      continue;
    }
    std::set<std::filesystem::path> inside;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      if (entry.path().extension() == ".safetensors") inside.insert(entry.path());
    if (inside.empty())
      throw Error(path.string(), "a folder with *.safetensors in it", "none",
                  "write the backend's tensors there, or name the files");
    for (const auto& file : inside) candidate.files.push_back(file::read_safetensors(file));
  }
  return candidate;
}

Verdict check(const Golden& golden, const Candidate& candidate, Precision precision, const std::vector<std::string>& only) {
  require_known(only, golden);
  const auto is_asked = [&](const std::string& file) {
    return only.empty() || std::count(only.begin(), only.end(), stem(file)) > 0;
  };

  Verdict verdict;
  verdict.case_name = golden.manifest.name;
  verdict.precision = precision;
  verdict.only = only;
  const auto found = gather(candidate, verdict.strays);

  std::set<std::string> wrong, listed;
  for (const TensorEntry& entry : golden.manifest.tensors) {
    listed.insert(entry.name);  // what was given may come back: a backend that writes its inputs too is not wrong
    if (entry.is_given()) continue;
    if (!is_asked(entry.file)) continue;
    const auto at = found.find(entry.name);
    Judgement j = judge(golden, entry, at == found.end() ? nullptr : &at->second, precision);
    for (const std::string& input : entry.reads) j.inputs_right = j.inputs_right && !wrong.count(input);
    if (j.is_wrong()) wrong.insert(j.name);
    verdict.tensors.push_back(std::move(j));
  }
  for (const auto& [name, where] : found)
    if (!listed.count(name)) verdict.strays.push_back({Stray::Kind::extra, name, where.file});
  sum_up(verdict);
  return verdict;
}

}  // namespace etalon::golden
