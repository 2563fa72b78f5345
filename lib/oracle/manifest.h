// manifest.h — the index of a golden case: what is in its files, how sure we are, how near is near enough.
//
// FORMAT   JSON, version 1; docs/golden-format.md describes every field. Tensors stand in the order in which
//          `check` judges them: inputs; activations by topological index; activation gradients backwards;
//          parameter gradients; the optimiser by step (clip norm, m, v, parameter). The first of them that
//          is out of tolerance is the first divergence.
//
// ERRORS   A manifest may come from a stranger: every refusal names the field, as in `tensors[12].shape[0]`.
//          Nothing in it is trusted: file names have no folder in them, extents multiply without overflow.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "oracle/precision.h"
#include "oracle/region.h"
#include "tensor/shape.h"

namespace etalon::oracle {

inline constexpr long kManifestVersion = 1;

// How far a correct backend may be from the golden value, and the largest error seen among the correct
// variants from which that was derived (oracle/tolerance.h). Op cases, whose entries differ in size on purpose, have a
// tolerance for each entry, in tolerances.safetensors as `<precision>/<name>`; `tolerance` is then the largest.
struct Allowed {
  double tolerance = 0, measured = 0;
  bool per_entry = false;
  bool operator==(const Allowed&) const = default;
};
using AllowedAt = std::array<std::optional<Allowed>, kPrecisions>;  // none: not judged at that precision

// Entries that exact arithmetic leaves at a known value whatever the weights, so that their digits are
// nothing but rounding noise. They are compared absolutely, with an allowance of their own.
struct StructuralZero {
  Region where;
  std::string reason;
  AllowedAt allowed;
  bool operator==(const StructuralZero&) const = default;
};

struct TensorEntry {
  std::string name;                 // "act/h.0.attn.scores"
  std::string file;                 // "forward.safetensors"
  std::string dtype;                // "F64" or "I64"
  Shape shape;
  std::string op;                   // the op that wrote it: "linear", "linear.vjp + add.vjp", "adamw"; "input", "tolerance"
  long index = 0;                   // place on the tape; -1 where there is none
  std::string sha256;               // of its bytes: F64 or I64, little-endian
  std::optional<double> engine_ulp; // distance of the engine from the certified value; none until certified
  std::vector<std::string> reads;   // the tensors it was computed from
  AllowedAt allowed;                // none for what is given
  std::vector<StructuralZero> zeros;

  bool is_given() const { return op == "input" || op == "tolerance"; }  // not judged
  bool operator==(const TensorEntry&) const = default;
};

struct FileEntry {
  std::string name, sha256;
  long n_bytes = 0;
  bool operator==(const FileEntry&) const = default;
};

struct Manifest {
  std::string kind = "model";       // or "op"
  std::string name, why, command;   // the case, why it exists, the command that made it
  bool certified = false;
  std::string subject = "{}";       // JSON: the model's config, optimiser and seed, or the op's settings
  std::string method;               // how the tolerances were made, in words
  std::vector<FileEntry> files;
  std::vector<TensorEntry> tensors;

  // Null where there is none of that name.
  const TensorEntry* find(const std::string& tensor) const;
  bool operator==(const Manifest&) const = default;
};

// One tensor to a line, fields in a fixed order: the same manifest gives the same bytes.
std::string to_text(const Manifest& manifest);

// Error: not JSON, another format or version, a field missing, of a wrong type or out of range, a name twice.
// `where` begins every message: the path of the file.
Manifest parse_manifest(const std::string& text, const std::string& where);

}  // namespace etalon::oracle
