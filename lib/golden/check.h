// SPDX-License-Identifier: Apache-2.0
// check.h — is this backend right at its precision, and if not, where does it first go wrong?
//
// ORDER    Tensors are judged in the order of the manifest: activations by topological index, activation gradients
//          backwards, parameter gradients, the optimiser by step. The first that is wrong is the first divergence.
//
// ORIGIN   A wrong tensor whose inputs (`reads`) are all within tolerance is an origin: what it read was right and what it
//          wrote is not, so a fault is in the op that wrote it. The first divergence is the first origin.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "golden/compare.h"
#include "golden/golden.h"

namespace etalon::golden {

enum class Status {
  ok,
  out_of_tolerance,
  not_finite,  // NaN or infinity
  missing,
  wrong_shape,
  wrong_dtype,  // integers; or narrower than the precision that is claimed
  not_judged,   // the case has no tolerance for it at this precision: nothing is claimed
};

// "ok", "out of tolerance", ...: as the reports say it.
const char* name_of(Status status);

struct Judgement {
  std::string name, op;
  long index = 0;
  Shape shape;
  Status status = Status::ok;
  std::string note;                  // for a person: what came, where
  std::optional<Comparison> seen;    // none where there was nothing to compare
  double golden = 0, candidate = 0;  // at the worst entry: of the refused if there are any
  long worst = -1;                   // its flat index
  bool inputs_right = true;          // everything it reads is within tolerance
  bool is_wrong() const { return status != Status::ok && status != Status::not_judged; }
};

// A tensor that has no judgement of its own: it should not be there, or is there twice.
struct Stray {
  enum class Kind { extra, duplicate } kind;
  std::string name, file;
};

struct Verdict {
  std::string case_name;
  Precision precision = Precision::fp64;
  std::vector<std::string> only;   // the files that were asked for; empty: all
  std::vector<Judgement> tensors;  // every judged tensor of the case once, in the order of judging
  std::vector<Stray> strays;
  long first_divergence = -1;  // index in `tensors`: the first that is present and wrong
  long n_wrong = 0, n_missing = 0, n_vacuous = 0, n_not_judged = 0;

  // Nothing wrong, nothing missing, nothing stray, and at least one comparison that says something.
  bool right() const;

  // Right, and every entry judged is the golden number, structural zeros included; a 0 of either sign is the number 0.
  bool exact() const;
};

// The tensors of a backend, from one or more files.
struct Candidate {
  std::vector<file::TensorFile> files;
  std::vector<std::filesystem::path> passed_over;  // hidden files in a folder: ._x.safetensors, which some copies leave behind
};

// Reads each path; a folder stands for its *.safetensors, in capitals too, in order of name, but for hidden ones. Error: unreadable,
// malformed, an empty folder.
Candidate read_candidate(const std::vector<std::filesystem::path>& paths);

// The files of the case that hold a tensor that is judged, without their ending: what `only` may name.
std::vector<std::string> judged_files(const Golden& golden);

// Error: a name in `only` that is none of these; lists them.
void require_judged(const std::vector<std::string>& only, const Golden& golden);

// `only` restricts the check to tensors of these golden files ("forward" for kForwardFile); empty: all.
// Errors: as require_judged; a structural zero or tolerance that does not fit its tensor.
Verdict check(const Golden& golden, const Candidate& candidate, Precision precision, const std::vector<std::string>& only = {});

}  // namespace etalon::golden
