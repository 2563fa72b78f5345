// SPDX-License-Identifier: Apache-2.0
// manifest.h — the index of a golden case: what is in its files, how sure we are, how near is near enough.
//
// FORMAT   JSON, version 2; docs/golden-format.md describes every field. Tensors stand in the order in which
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
#include <utility>
#include <vector>

#include "golden/precision.h"
#include "golden/region.h"
#include "tensor/shape.h"

namespace etalon::golden {

inline constexpr long kManifestVersion = 2;

// What `kind` says of a case, and `op` of a tensor that no op wrote: it is given, and not judged.
inline constexpr const char* kModelCase = "model";
inline constexpr const char* kOpCase = "op";
inline constexpr const char* kInputOp = "input";
inline constexpr const char* kToleranceOp = "tolerance";

// How far a correct backend may be from the golden value, and the largest error seen among the correct
// variants from which that was derived (record/tolerance.h). Op cases, whose entries differ in size on purpose, have a
// tolerance for each entry, in kTolerancesFile as tolerance_name() says (golden/tensor_name.h); `tolerance` is then the largest.
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
  std::optional<long> within_log2;  // certified: the enclosures hold the known value and reach at most 2^within_log2 from it
  bool operator==(const StructuralZero&) const = default;
};

// Entries that no precision tried tells from 0: published as +0, and certainly at most 2^within_log2. Of every other published 0 the
// sign is proved: -0 where the exact value is negative.
struct Vanishing {
  Region where;
  long within_log2 = 0;
  bool operator==(const Vanishing&) const = default;
};

// How far the engine's float64 values are from the certified ones, structural zeros apart.
struct EngineDistance {
  double median_ulp = 0, max_ulp = 0;
  std::optional<double> of_bound;  // largest |engine - certified| / BOUND of the page: outputs of op cases
  bool operator==(const EngineDistance&) const = default;
};

struct TensorEntry {
  std::string name;   // "act/h.0.attn.scores" (golden/tensor_name.h)
  std::string file;   // "forward.safetensors" (golden/file_name.h)
  std::string dtype;  // "F64" or "I64"
  Shape shape;
  std::string op;                        // the op that wrote it: "linear", "linear.vjp + add.vjp", "adamw"; kInputOp, kToleranceOp
  long index = 0;                        // place on the tape; -1 where there is none
  std::string sha256;                    // of its bytes: F64 or I64, little-endian
  std::optional<EngineDistance> engine;  // none where the values are the engine's own
  std::vector<std::string> reads;        // the tensors it was computed from
  AllowedAt allowed;                     // none for what is given
  std::vector<StructuralZero> zeros;
  std::vector<Vanishing> vanishing;

  bool is_given() const { return op == kInputOp || op == kToleranceOp; }  // not judged
  bool operator==(const TensorEntry&) const = default;
};

struct FileEntry {
  std::string name, sha256;
  long n_bytes = 0;
  bool operator==(const FileEntry&) const = default;
};

// A sum that is 0 in exact arithmetic though none of its terms is, and how near to 0 its enclosure is.
struct Identity {
  std::string what, reason;
  long within_log2 = 0;
  bool operator==(const Identity&) const = default;
};

// How the values were proved (certify/certify.h): evaluated in balls of `precision_bits`, in which every published double is the
// only one that its enclosure can round to, so each is within half an ulp of the exact value. `seconds` is the one field of a
// manifest that is no function of the case.
struct Certificate {
  long precision_bits = 0;
  std::optional<long> widest_radius_log2_ulp;  // no enclosure's radius is over 2^this ulp of its double; none: all are exact
  double seconds = 0;
  std::vector<Identity> identities;
  bool operator==(const Certificate&) const = default;
};

struct Manifest {
  std::string kind = kModelCase;           // or kOpCase
  std::string name, why, command;          // the case, why it exists, the command that made it
  std::string because;                     // why it was recorded, when bits that were published changed
  std::optional<Certificate> certificate;  // none: the values are the engine's own
  std::string subject = "{}";              // JSON: the model's config, optimiser and seed, or the op's settings
  std::string method;                      // how the tolerances were made, in words
  std::vector<FileEntry> files;
  std::vector<TensorEntry> tensors;

  // Null where there is none of that name.
  const TensorEntry* find(const std::string& tensor) const;
  TensorEntry* find(const std::string& tensor) { return const_cast<TensorEntry*>(std::as_const(*this).find(tensor)); }
  bool operator==(const Manifest&) const = default;
};

// One tensor to a line, fields in a fixed order: the same manifest gives the same bytes.
std::string to_text(const Manifest& manifest);

// Error: not JSON, another format or version, a field missing, of a wrong type or out of range, a name twice.
// `where` begins every message: the path of the file.
Manifest parse_manifest(const std::string& text, const std::string& where);

}  // namespace etalon::golden
