#include "oracle/manifest.h"

#include <set>

#include "oracle/json_field.h"

namespace etalon::oracle {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "etalon-golden";
constexpr int kDeepest = 32;             // brackets inside brackets: a deeper document could exhaust the stack
constexpr long kMostEntries = 1L << 40;  // of one tensor: 8 TiB of F64, more than any golden case

// --- writing ---------------------------------------------------------------------------------------

Json json_of(const Region& region) {
  switch (region.kind) {
    case Region::Kind::above_diagonal: return {{"above_diagonal", true}};
    case Region::Kind::rows: return {{"rows", region.rows}};
    case Region::Kind::box: {
      Json ranges = Json::array();
      for (const auto& [first, last] : region.box) ranges.push_back(Json::array({first, last}));
      return {{"box", ranges}};
    }
    case Region::Kind::all: break;
  }
  return {{"all", true}};
}

Json json_of(const AllowedAt& allowed) {
  Json out = Json::object();
  for (const PrecisionRow& row : kPrecisionTable) {
    const auto& at = allowed[static_cast<int>(row.precision)];
    out[row.name] = at ? Json{{"tolerance", at->tolerance}, {"measured", at->measured}} : Json();
    if (at && at->per_entry) out[row.name]["per_entry"] = true;
  }
  return out;
}

Json json_of(const TensorEntry& t) {
  Json out = {{"name", t.name}, {"file", t.file}, {"dtype", t.dtype}, {"shape", t.shape.extents()},
              {"op", t.op},     {"index", t.index}, {"sha256", t.sha256}};
  out["engine_ulp"] = t.engine_ulp ? Json(*t.engine_ulp) : Json();
  if (t.is_given()) return out;
  out["reads"] = t.reads;
  out["allowed"] = json_of(t.allowed);
  out["structural_zeros"] = Json::array();
  for (const StructuralZero& zero : t.zeros)
    out["structural_zeros"].push_back(
        {{"where", json_of(zero.where)}, {"reason", zero.reason}, {"allowed", json_of(zero.allowed)}});
  return out;
}

Json json_of(const FileEntry& f) { return {{"name", f.name}, {"bytes", f.n_bytes}, {"sha256", f.sha256}}; }

// A list with one element to a line.
template <class Items>
std::string lines(const Items& items) {
  std::string text = "[";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i ? ",\n    " : "\n    ") + json_of(items[i]).dump();
  return text + "\n  ]";
}

// --- reading ---------------------------------------------------------------------------------------

Shape read_shape(const Field& field) {
  std::vector<long> extents;
  long n_entries = 1;
  for (std::size_t axis = 0; axis < field.size(); ++axis) {
    extents.push_back(field[axis].integer(0, kMostEntries));
    if (extents.back() > 0 && n_entries > kMostEntries / extents.back()) field.refuse("at most 2^40 entries");
    n_entries *= extents.back();
  }
  return Shape(std::move(extents));
}

Region read_region(const Field& field) {
  if (field.has("all")) return Region::everything();
  if (field.has("above_diagonal")) return Region::future();
  if (field.has("rows")) {
    std::vector<long> rows;
    for (std::size_t i = 0; i < field["rows"].size(); ++i) rows.push_back(field["rows"][i].integer(0, kMostEntries));
    return Region::of_rows(std::move(rows));
  }
  if (!field.has("box")) field.refuse("one of all, above_diagonal, box, rows");
  std::vector<std::pair<long, long>> box;
  for (std::size_t axis = 0; axis < field["box"].size(); ++axis) {
    const Field range = field["box"][axis];
    if (range.size() != 2) range.refuse("[first, last)");
    box.emplace_back(range[0].integer(0, kMostEntries), range[1].integer(0, kMostEntries));
  }
  return Region::in_box(std::move(box));
}

AllowedAt read_allowed(const Field& field) {
  AllowedAt allowed;
  for (const PrecisionRow& row : kPrecisionTable) {
    const Field at = field[row.name];
    if (at.is_null()) continue;
    const bool per_entry = at.has("per_entry") && at["per_entry"].boolean();
    allowed[static_cast<int>(row.precision)] = Allowed{at["tolerance"].size_of_error(), at["measured"].size_of_error(), per_entry};
  }
  return allowed;
}

std::string read_sha256(const Field& field) {
  const std::string digest = field.text();
  const bool is_hex = digest.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (digest.size() != 64 || !is_hex) field.refuse("64 lower-case hexadecimal digits");
  return digest;
}

// A name of a file in the same folder, and nothing that could lead out of it.
std::string read_file_name(const Field& field) {
  const std::string name = field.text();
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.empty() || name[0] == '.' || name.find_first_not_of(kPlain) != std::string::npos)
    field.refuse("a plain file name (letters, digits, '.', '_', '-')");
  return name;
}

TensorEntry read_tensor(const Field& field) {
  TensorEntry t;
  t.name = field["name"].text();
  t.file = read_file_name(field["file"]);
  t.dtype = field["dtype"].text();
  if (t.dtype != "F64" && t.dtype != "I64") field["dtype"].refuse("\"F64\" or \"I64\"");
  t.shape = read_shape(field["shape"]);
  t.op = field["op"].text();
  t.index = field["index"].integer(-1, kMostEntries);
  t.sha256 = read_sha256(field["sha256"]);
  if (field.has("engine_ulp")) t.engine_ulp = field["engine_ulp"].size_of_error();
  if (t.is_given()) return t;
  if (t.dtype != "F64") field["dtype"].refuse("\"F64\" for a tensor that is judged");
  for (std::size_t i = 0; i < field["reads"].size(); ++i) t.reads.push_back(field["reads"][i].text());
  t.allowed = read_allowed(field["allowed"]);
  const Field zeros = field["structural_zeros"];
  for (std::size_t i = 0; i < zeros.size(); ++i)
    t.zeros.push_back({read_region(zeros[i]["where"]), zeros[i]["reason"].text(), read_allowed(zeros[i]["allowed"])});
  return t;
}

void require_format(const Field& root) {
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
  out += "  \"command\": " + quoted(m.command) + ",\n  \"certified\": " + (m.certified ? "true" : "false") + ",\n";
  out += "  \"subject\": " + Json::parse(m.subject).dump() + ",\n  \"tolerance_method\": " + quoted(m.method) + ",\n";
  out += "  \"files\": " + lines(m.files) + ",\n  \"tensors\": " + lines(m.tensors) + "\n}\n";
  return out;
}

Manifest parse_manifest(const std::string& text, const std::string& where) {
  Json document;
  try {
    document = Json::parse(text, [&](int depth, Json::parse_event_t, Json&) {
      if (depth <= kDeepest) return true;
      throw Error(where, "at most " + std::to_string(kDeepest) + " brackets inside each other", "more",
                  "this is no manifest of ours");
    });
  } catch (const nlohmann::json::exception& e) {
    throw Error(where, "a JSON document", e.what(), "is the file complete? `etalon record` writes it again");
  }
  const Field root(document, where);
  require_format(root);

  Manifest m;
  m.kind = root["kind"].text();
  if (m.kind != "model" && m.kind != "op") root["kind"].refuse("\"model\" or \"op\"");
  m.name = root["case"].text();
  m.why = root["why"].text();
  m.command = root["command"].text();
  m.certified = root["certified"].boolean();
  m.subject = root["subject"].json().dump();
  m.method = root["tolerance_method"].text();

  std::set<std::string> files, names;
  for (std::size_t i = 0; i < root["files"].size(); ++i) {
    const Field file = root["files"][i];
    m.files.push_back({read_file_name(file["name"]), read_sha256(file["sha256"]), file["bytes"].integer(0, kMostEntries)});
    if (!files.insert(m.files.back().name).second) file["name"].refuse("a file listed once");
  }
  for (std::size_t i = 0; i < root["tensors"].size(); ++i) {
    const Field tensor = root["tensors"][i];
    m.tensors.push_back(read_tensor(tensor));
    if (!names.insert(m.tensors.back().name).second) tensor["name"].refuse("a tensor listed once");
    if (!files.count(m.tensors.back().file)) tensor["file"].refuse("a file that stands in `files`");
  }
  return m;
}

}  // namespace etalon::oracle
