// SPDX-License-Identifier: Apache-2.0
// Each kind of field is written and read side by side: json_of() makes its JSON, read_...() takes it apart again and refuses what
// cannot be. In this order: numbers and names; regions; tolerances; what is proved; tensors and files; the document.
#include "golden/manifest.h"

#include <set>

#include "file/json_field.h"

namespace etalon::golden {
namespace {

using file::Json;

constexpr const char* kFormat = "etalon-golden";
constexpr const char* kWriteAgain = "is the file complete? `etalon record` writes it again";
constexpr long kMostEntries = 1L << 40;  // of one tensor: 8 TiB of F64, more than any golden case
constexpr long kMostBits = 1L << 40;     // of a precision or an exponent

// --- numbers and names --------------------------------------------------------------------------------------------------

// What `read` makes of each element of a list.
template <class Read>
auto read_list(const file::Field& field, Read read) {
  std::vector<decltype(read(field))> items;
  for (std::size_t i = 0; i < field.size(); ++i) items.push_back(read(field[i]));
  return items;
}

// An exponent of two, or null.
Json json_of(const std::optional<long>& n) { return n ? Json(*n) : Json(); }

std::optional<long> read_log2(const file::Field& field) {
  if (field.is_null()) return std::nullopt;
  return field.integer(-kMostBits, kMostBits);
}

long read_index(const file::Field& field) { return field.integer(0, kMostEntries); }

Shape read_shape(const file::Field& field) {
  std::vector<long> extents;
  long n_entries = 1;
  for (std::size_t axis = 0; axis < field.size(); ++axis) {
    extents.push_back(field[axis].integer(0, kMostEntries));
    if (extents.back() > 0 && n_entries > kMostEntries / extents.back()) field.refuse("at most 2^40 entries");
    n_entries *= extents.back();
  }
  return Shape(std::move(extents));
}

std::string read_sha256(const file::Field& field) {
  const std::string digest = field.text();
  const bool is_hex = digest.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (digest.size() != 64 || !is_hex) field.refuse("64 lower-case hexadecimal digits");
  return digest;
}

// A name of a file in the same folder, and nothing that could lead out of it.
std::string read_file_name(const file::Field& field) {
  const std::string name = field.text();
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.empty() || name[0] == '.' || name.find_first_not_of(kPlain) != std::string::npos)
    field.refuse("a plain file name (letters, digits, '.', '_', '-')");
  return name;
}

// --- regions ------------------------------------------------------------------------------------------------------------

struct RegionRow {
  Region::Kind kind;
  const char* key;
};
constexpr RegionRow kRegions[] = {{Region::Kind::all, "all"},
                                  {Region::Kind::above_diagonal, "above_diagonal"},
                                  {Region::Kind::box, "box"},
                                  {Region::Kind::rows, "rows"},
                                  {Region::Kind::entries, "entries"}};

// {"all": true}, {"above_diagonal": true}, {"box": [[first, last], ...]}, {"rows": [...]} or {"entries": [...]}.
Json json_of(const Region& region) {
  Json what = true;
  if (region.kind == Region::Kind::rows || region.kind == Region::Kind::entries) what = region.rows;
  if (region.kind == Region::Kind::box) {
    what = Json::array();
    for (const auto& [first, last] : region.box) what.push_back(Json::array({first, last}));
  }
  Json out = Json::object();
  for (const RegionRow& row : kRegions)
    if (row.kind == region.kind) out[row.key] = what;
  return out;
}

std::pair<long, long> read_range(const file::Field& field) {
  if (field.size() != 2) field.refuse("[first, last)");
  return {read_index(field[0]), read_index(field[1])};
}

Region read_region(const file::Field& field) {
  std::string known;
  for (const RegionRow& row : kRegions) {
    known += (known.empty() ? "" : ", ") + std::string(row.key);
    if (!field.has(row.key)) continue;
    Region region;
    region.kind = row.kind;
    if (row.kind == Region::Kind::rows || row.kind == Region::Kind::entries) region.rows = read_list(field[row.key], read_index);
    if (row.kind == Region::Kind::box) region.box = read_list(field[row.key], read_range);
    return region;
  }
  field.refuse("one of " + known);
}

// --- tolerances ---------------------------------------------------------------------------------------------------------

// {precision: {"tolerance", "measured"[, "per_entry"]} or null, ...}.
Json json_of(const AllowedAt& allowed) {
  Json out = Json::object();
  for (const PrecisionRow& row : kPrecisionTable) {
    const auto& at = allowed[static_cast<int>(row.precision)];
    out[row.name] = at ? Json{{"tolerance", at->tolerance}, {"measured", at->measured}} : Json();
    if (at && at->per_entry) out[row.name]["per_entry"] = true;
  }
  return out;
}

AllowedAt read_allowed(const file::Field& field) {
  AllowedAt allowed;
  for (const PrecisionRow& row : kPrecisionTable) {
    const file::Field at = field[row.name];
    if (at.is_null()) continue;
    const bool per_entry = at.has("per_entry") && at["per_entry"].boolean();
    allowed[static_cast<int>(row.precision)] = Allowed{at["tolerance"].size_of_error(), at["measured"].size_of_error(), per_entry};
  }
  return allowed;
}

// --- what is proved -----------------------------------------------------------------------------------------------------

Json json_of(const EngineDistance& engine) {
  Json out = {{"median_ulp", engine.median_ulp}, {"max_ulp", engine.max_ulp}};
  if (engine.of_bound) out["of_bound"] = *engine.of_bound;
  return out;
}

EngineDistance read_distance(const file::Field& field) {
  EngineDistance engine{field["median_ulp"].size_of_error(), field["max_ulp"].size_of_error(), {}};
  if (field.has("of_bound")) engine.of_bound = field["of_bound"].size_of_error();
  return engine;
}

Json json_of(const StructuralZero& zero) {
  return {{"where", json_of(zero.where)},
          {"reason", zero.reason},
          {"within_log2", json_of(zero.within_log2)},
          {"allowed", json_of(zero.allowed)}};
}

StructuralZero read_zero(const file::Field& field) {
  return {read_region(field["where"]), field["reason"].text(), read_allowed(field["allowed"]), read_log2(field["within_log2"])};
}

Json json_of(const Vanishing& v) { return {{"where", json_of(v.where)}, {"within_log2", v.within_log2}}; }

Vanishing read_vanishing(const file::Field& field) {
  return {read_region(field["where"]), field["within_log2"].integer(-kMostBits, kMostBits)};
}

Json json_of(const Identity& i) { return {{"what", i.what}, {"reason", i.reason}, {"within_log2", i.within_log2}}; }

Identity read_identity(const file::Field& field) {
  return {field["what"].text(), field["reason"].text(), field["within_log2"].integer(-kMostBits, kMostBits)};
}

// What json_of() makes of each, as a list.
template <class T>
Json list_of(const std::vector<T>& items) {
  Json out = Json::array();
  for (const T& item : items) out.push_back(json_of(item));
  return out;
}

Json json_of(const Certificate& c) {
  return {{"precision_bits", c.precision_bits},
          {"widest_radius_log2_ulp", json_of(c.widest_radius_log2_ulp)},
          {"error_ulp", 0.5},
          {"identities", list_of(c.identities)},
          {"seconds", c.seconds}};
}

Certificate read_certificate(const file::Field& field) {
  Certificate c;
  c.precision_bits = field["precision_bits"].integer(2, kMostBits);
  c.widest_radius_log2_ulp = read_log2(field["widest_radius_log2_ulp"]);
  c.seconds = field["seconds"].size_of_error();
  c.identities = read_list(field["identities"], read_identity);
  return c;
}

// --- tensors and files --------------------------------------------------------------------------------------------------

Json json_of(const TensorEntry& t) {
  Json out = {{"name", t.name}, {"file", t.file},   {"dtype", t.dtype},  {"shape", t.shape.extents()},
              {"op", t.op},     {"index", t.index}, {"sha256", t.sha256}};
  if (t.is_given()) return out;
  out["engine"] = t.engine ? json_of(*t.engine) : Json();
  out["reads"] = t.reads;
  out["allowed"] = json_of(t.allowed);
  out["structural_zeros"] = list_of(t.zeros);
  if (!t.vanishing.empty()) out["vanishing"] = list_of(t.vanishing);
  return out;
}

TensorEntry read_tensor(const file::Field& field) {
  // Read what every tensor has: name and file, type and shape, where it comes from, its hash
  TensorEntry t;
  t.name = field["name"].text();
  t.file = read_file_name(field["file"]);
  t.dtype = field["dtype"].text();
  if (t.dtype != "F64" && t.dtype != "I64") field["dtype"].refuse("\"F64\" or \"I64\"");
  t.shape = read_shape(field["shape"]);
  t.op = field["op"].text();
  t.index = field["index"].integer(-1, kMostEntries);
  t.sha256 = read_sha256(field["sha256"]);
  if (t.is_given()) return t;

  // Read of one that is judged also what it was computed from, how near is near enough, and what was proved
  if (field.has("engine")) t.engine = read_distance(field["engine"]);
  if (t.dtype != "F64") field["dtype"].refuse("\"F64\" for a tensor that is judged");
  t.reads = read_list(field["reads"], [](const file::Field& name) { return name.text(); });
  t.allowed = read_allowed(field["allowed"]);
  t.zeros = read_list(field["structural_zeros"], read_zero);
  if (field.has("vanishing")) t.vanishing = read_list(field["vanishing"], read_vanishing);
  return t;
}

Json json_of(const FileEntry& f) { return {{"name", f.name}, {"bytes", f.n_bytes}, {"sha256", f.sha256}}; }

FileEntry read_file_entry(const file::Field& field) {
  return {read_file_name(field["name"]), read_sha256(field["sha256"]), field["bytes"].integer(0, kMostEntries)};
}

// --- the document -------------------------------------------------------------------------------------------------------

// A list with one element to a line.
template <class Items>
std::string lines(const Items& items) {
  std::string text = "[";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i ? ",\n    " : "\n    ") + json_of(items[i]).dump();
  return text + "\n  ]";
}

void require_format(const file::Field& root) {
  if (root["format"].text() != kFormat) root["format"].refuse(std::string("\"") + kFormat + "\"");
  const long version = root["version"].integer(1, kMostEntries);
  if (version != kManifestVersion)
    root["version"].refuse("version " + std::to_string(kManifestVersion) + ", the one this program reads");
}

}  // namespace

const TensorEntry* Manifest::find(const std::string& tensor) const {
  for (const TensorEntry& t : tensors)
    if (t.name == tensor) return &t;
  return nullptr;
}

std::string to_text(const Manifest& m) {
  const auto quoted = [](const std::string& text) { return Json(text).dump(); };
  std::string out = "{\n";
  out += "  \"format\": " + quoted(kFormat) + ",\n  \"version\": " + std::to_string(kManifestVersion) + ",\n";
  out += "  \"kind\": " + quoted(m.kind) + ",\n  \"case\": " + quoted(m.name) + ",\n  \"why\": " + quoted(m.why) + ",\n";
  out += "  \"command\": " + quoted(m.command) + ",\n  \"recorded_because\": " + quoted(m.because) + ",\n";
  out += std::string("  \"certified\": ") + (m.certificate ? "true" : "false") + ",\n";
  if (m.certificate) out += "  \"certificate\": " + json_of(*m.certificate).dump() + ",\n";
  out += "  \"subject\": " + file::parse_json(m.subject, "the subject of " + m.name, kWriteAgain).dump() +
         ",\n  \"tolerance_method\": " + quoted(m.method) + ",\n";
  out += "  \"files\": " + lines(m.files) + ",\n  \"tensors\": " + lines(m.tensors) + "\n}\n";
  return out;
}

Manifest parse_manifest(const std::string& text, const std::string& where) {
  // Parse the JSON, and require our format in our version
  const Json document = file::parse_json(text, where, kWriteAgain);
  const file::Field root(document, where);
  require_format(root);

  // Read what the case is, how it was made, and how it was proved
  Manifest m;
  m.kind = root["kind"].text();
  if (m.kind != kModelCase && m.kind != kOpCase) root["kind"].refuse(std::string("\"") + kModelCase + "\" or \"" + kOpCase + "\"");
  m.name = root["case"].text();
  m.why = root["why"].text();
  m.command = root["command"].text();
  m.because = root["recorded_because"].text();
  if (root["certified"].boolean()) m.certificate = read_certificate(root["certificate"]);
  m.subject = root["subject"].json().dump();
  m.method = root["tolerance_method"].text();

  // Read the list of files, each once
  std::set<std::string> files, names;
  for (std::size_t i = 0; i < root["files"].size(); ++i) {
    const file::Field file = root["files"][i];
    m.files.push_back(read_file_entry(file));
    if (!files.insert(m.files.back().name).second) file["name"].refuse("a file listed once");
  }

  // Read the list of tensors, each once and in a file of that list
  for (std::size_t i = 0; i < root["tensors"].size(); ++i) {
    const file::Field tensor = root["tensors"][i];
    m.tensors.push_back(read_tensor(tensor));
    if (!names.insert(m.tensors.back().name).second) tensor["name"].refuse("a tensor listed once");
    if (!files.contains(m.tensors.back().file)) tensor["file"].refuse("a file that stands in `files`");
  }
  return m;
}

}  // namespace etalon::golden
